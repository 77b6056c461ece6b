// A picture blurred by several widths at once, by one vector set.

#include "pool.h"
#include "sampling.h"

namespace vidream {
namespace VIDREAM_SET {
namespace {

#include "vector_memory.h"

using Vector = float __attribute__((vector_size(32)));

// The px that is seen at `index`, 0 .. side - 1: the picture is mirrored about the middles of its outermost px.
inline int mirrored(int index, int side) {
    const int period = 2 * (side - 1);
    if (period == 0) return 0;
    index %= period;
    if (index < 0) index += period;
    return index < side ? index : period - index;
}

// Vectors that are worked on side by side, so that none waits for its own last sum.
template <class V, int COUNT>
struct Group {
    using Type = V;
    static constexpr int VECTORS = COUNT, FLOATS = COUNT * static_cast<int>(sizeof(V) / sizeof(float));
};

// work(i, group) for floats first .. end - 1: by groups, and what is left by ever smaller ones.
template <class Work>
inline void each(int first, int end, const Work &work) {
    const auto all = [&](auto group) {
        for (; first + group.FLOATS <= end; first += group.FLOATS) work(first, group);
    };
    all(Group<Vector, 3>{});
    all(Group<Vector, 1>{});
    all(Group<float, 1>{});
}

// Px of a row that are worked on together, and those that the taps along the row reach at both sides.
constexpr int PART = 128;
constexpr int ROOM = (PART + 2 * MOST_BLUR_REACH) * MOST_BLUR_CHANNELS;

// One part of a row of the result. rows[k]: the row k further down, -reach .. reach.
void blur_part(const Blurs &blurs, const float *const *rows, int width, int channels, int begin, float *out) {
    const int widest = blurs.reach[BLURS - 1];
    const int end = least(begin + PART, width), left = most(0, begin - widest), right = least(width, end + widest);
    const int halo = begin - widest;  // the px that the rooms below begin with
    float room[BLURS][ROOM];
    each((left - halo) * channels, (right - halo) * channels, [&](int i, auto group) {
        using V = typename decltype(group)::Type;
        constexpr int VECTORS = group.VECTORS, NEXT = sizeof(V) / sizeof(float);
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(halo) * channels + i;
        V sum[BLURS][VECTORS];
#pragma GCC unroll 8
        for (int j = 0; j < VECTORS; j++) {
            const V middle = load<V>(rows[0] + at + j * NEXT);
#pragma GCC unroll 8
            for (int blur = 0; blur < BLURS; blur++) sum[blur][j] = blurs.taps[blur][0] * middle;
        }
        int k = 1;
#pragma GCC unroll 8
        for (int from = 0; from < BLURS; from++)  // those that reach no further are done
            for (; k <= blurs.reach[from]; k++)
#pragma GCC unroll 8
                for (int j = 0; j < VECTORS; j++) {
                    const V pair = load<V>(rows[-k] + at + j * NEXT) + load<V>(rows[k] + at + j * NEXT);
#pragma GCC unroll 8
                    for (int blur = from; blur < BLURS; blur++) sum[blur][j] += blurs.taps[blur][k] * pair;
                }
#pragma GCC unroll 8
        for (int j = 0; j < VECTORS; j++)
#pragma GCC unroll 8
            for (int blur = 0; blur < BLURS; blur++) store(room[blur] + i + j * NEXT, sum[blur][j]);
    });
    const auto mirror = [&](int first, int last) {
        for (int x = first; x < last; x++)
            for (int blur = 0; blur < BLURS; blur++)
                for (int channel = 0; channel < channels; channel++)
                    room[blur][(x - halo) * channels + channel] =
                        room[blur][(mirrored(x, width) - halo) * channels + channel];
    };
    mirror(halo, left);
    mirror(right, end + widest);
    each(0, (end - begin) * channels, [&](int i, auto group) {
        using V = typename decltype(group)::Type;
        constexpr int VECTORS = group.VECTORS, NEXT = sizeof(V) / sizeof(float);
        const int at = widest * channels + i;
        V sum[VECTORS] = {};
#pragma GCC unroll 8
        for (int blur = 0; blur < BLURS; blur++) {
            const float *middle = room[blur] + at;
#pragma GCC unroll 8
            for (int j = 0; j < VECTORS; j++) sum[j] += blurs.taps[blur][0] * load<V>(middle + j * NEXT);
            for (int k = 1; k <= blurs.reach[blur]; k++) {
                const float *before = middle - k * channels, *after = middle + k * channels;
#pragma GCC unroll 8
                for (int j = 0; j < VECTORS; j++)
                    sum[j] += blurs.taps[blur][k] * (load<V>(before + j * NEXT) + load<V>(after + j * NEXT));
            }
        }
#pragma GCC unroll 8
        for (int j = 0; j < VECTORS; j++)
            store(out + static_cast<std::ptrdiff_t>(begin) * channels + i + j * NEXT, sum[j]);
    });
}

}  // namespace

void blur_sum(const Picture &picture, const Result &result, const Blurs &blurs, int threads) {
    const int widest = blurs.reach[BLURS - 1];
    parallel(picture.height, threads, [&](int y) {
        const float *rows[2 * MOST_BLUR_REACH + 1];
        for (int k = -widest; k <= widest; k++)
            rows[MOST_BLUR_REACH + k] = picture.px + mirrored(y + k, picture.height) * picture.next_row;
        for (int begin = 0; begin < picture.width; begin += PART)
            blur_part(blurs, rows + MOST_BLUR_REACH, picture.width, picture.channels, begin,
                      result.px + y * result.next_row);
    });
}

}  // namespace VIDREAM_SET
}  // namespace vidream
