// Pictures fetched from between their pixels, by one vector set.
//
// A picture is laid out in quads of channels, with what is mirrored outside of it around it. A place is folded into the
// picture first, so that no tap of it can lie further outside than that margin, whatever was asked for.

#include "pool.h"
#include "sampling.h"

namespace vidream {
namespace VIDREAM_SET {
namespace {

#include "vector_memory.h"

using Quad = float __attribute__((vector_size(QUAD * sizeof(float))));
using Pair = float __attribute__((vector_size(2 * QUAD * sizeof(float))));  // two px of a quad

// The px that is seen at `index`, 0 .. side - 1: the picture is mirrored at its edges, again and again.
inline int mirrored(std::ptrdiff_t index, int side) {
    const std::ptrdiff_t period = 2 * static_cast<std::ptrdiff_t>(side);
    index %= period;
    if (index < 0) index += period;
    return static_cast<int>(index < side ? index : period - 1 - index);
}

// A picture in quads, with `margin` px around it.
struct Quads {
    float *px;
    int height, width, margin;  // of the picture, without its margin

    std::ptrdiff_t next_row() const { return static_cast<std::ptrdiff_t>(width + 2 * margin) * QUAD; }
    std::ptrdiff_t next_quad() const { return (height + 2 * margin) * next_row(); }
    // The first px of the picture in a row, which may be one of the margin.
    float *row(int quad, int y) const { return px + quad * next_quad() + (y + margin) * next_row() + margin * QUAD; }
};

// The channels of a quad in a row of the picture, side by side.
void gather(const Picture &picture, int y, int quad, int channels, float *out) {
    const float *px = picture.px + y * picture.next_row + quad * QUAD;
    if (channels == picture.channels) {
        __builtin_memcpy(out, px, static_cast<std::size_t>(picture.width) * channels * sizeof(float));
        return;
    }
    for (std::ptrdiff_t x = 0; x < picture.width; x++)
        for (int channel = 0; channel < channels; channel++) out[x * channels + channel] = px[x * picture.channels + channel];
}

// Channels that lie side by side become quads, in the same place: from the last px to the first.
void widen(float *row, int width, int channels) {
    if (channels == QUAD) return;
    std::ptrdiff_t x = width;
    if (channels == 3) {  // by far the most
        while (x-- > 1) {
            const Quad value = load<Quad>(row + x * 3 - 1);
            store(row + x * QUAD, Quad{value[1], value[2], value[3], 0});
        }
        x = 1;
    }
    while (x-- > 0) {
        Quad value = {};
        for (int channel = 0; channel < channels; channel++) value[channel] = row[x * channels + channel];
        store(row + x * QUAD, value);
    }
}

// Fill in what is mirrored at both ends of a row whose channels lie side by side.
void mirror(float *row, int width, int channels, int margin) {
    const auto copy = [=](std::ptrdiff_t to) {
        const float *from = row + static_cast<std::ptrdiff_t>(mirrored(to, width)) * channels;
        for (int channel = 0; channel < channels; channel++) row[to * channels + channel] = from[channel];
    };
    for (int i = 1; i <= margin; i++) copy(-i), copy(static_cast<std::ptrdiff_t>(width) - 1 + i);
}

// out[i] = sum over k = -reach .. reach of taps[|k|] * in(k)[i].
template <class Rows>
inline void filter(const Spline &spline, const Rows &in, std::ptrdiff_t count, float *out) {
    constexpr int WIDE = 4;  // sums that grow side by side
    constexpr std::ptrdiff_t LANES = 2 * QUAD;
    std::ptrdiff_t i = 0;
    for (; i + WIDE * LANES <= count; i += WIDE * LANES) {
        Pair sum[WIDE];
#pragma GCC unroll 4
        for (int j = 0; j < WIDE; j++) sum[j] = spline.taps[0] * load<Pair>(in(0) + i + j * LANES);
        for (int k = 1; k <= spline.reach; k++) {
            const float *before = in(-k) + i, *after = in(k) + i, tap = spline.taps[k];
#pragma GCC unroll 4
            for (int j = 0; j < WIDE; j++) sum[j] += tap * (load<Pair>(before + j * LANES) + load<Pair>(after + j * LANES));
        }
#pragma GCC unroll 4
        for (int j = 0; j < WIDE; j++) store(out + i + j * LANES, sum[j]);
    }
    for (; i < count; i++) {
        float sum = spline.taps[0] * in(0)[i];
        for (int k = 1; k <= spline.reach; k++) sum += spline.taps[k] * (in(-k)[i] + in(k)[i]);
        out[i] = sum;
    }
}

// The coefficients of a spline through the picture, with what is mirrored around them. Until they are put there, a
// quad's channels lie side by side, with no room for one that is missing.
void prefilter(const Picture &picture, const Spline &spline, const Quads &coefficients, int threads) {
    const Quads lines = {spline.lines, picture.height, picture.width, 0};
    const int all = quads(picture.channels), height = picture.height, width = picture.width;
    const auto in_quad = [&](int quad) { return least(QUAD, picture.channels - quad * QUAD); };
    parallel(height, threads, [&](int y) {
        for (int quad = 0; quad < all; quad++) {
            const int channels = in_quad(quad);
            float *row = coefficients.row(quad, y);  // room that is free as yet
            gather(picture, y, quad, channels, row);
            mirror(row, width, channels, spline.reach);
            const auto px = [=](int k) { return row + k * channels; };
            filter(spline, px, static_cast<std::ptrdiff_t>(width) * channels, lines.row(quad, y));
        }
    });
    parallel(height + 2 * SPLINE_REACH, threads, [&](int unit) {
        const int y = unit - SPLINE_REACH;
        for (int quad = 0; quad < all; quad++) {
            const int channels = in_quad(quad);
            const float *line[2 * MOST_REACH + 1];
            for (int k = -spline.reach; k <= spline.reach; k++) line[MOST_REACH + k] = lines.row(quad, mirrored(y + k, height));
            float *row = coefficients.row(quad, y);
            const auto px = [&](int k) { return line[MOST_REACH + k]; };
            filter(spline, px, static_cast<std::ptrdiff_t>(width) * channels, row);
            widen(row, width, channels);
            mirror(row, width, QUAD, SPLINE_REACH);
        }
    });
}

// A place along one axis, folded into a picture's side: no further out than the edges of the outermost px, which lie
// half a px outside of their middles. Not a number, where it is none or infinite.
inline float folded(float place, int side) {
    const float last = static_cast<float>(side) - 0.5f;
    if (place >= -0.5f && place < last) return place;
    const double period = 2.0 * side;
    double from_edge = __builtin_fmod(static_cast<double>(place) + 0.5, period);
    if (from_edge < 0) from_edge += period;
    if (from_edge > side) from_edge = period - from_edge;
    return static_cast<float>(from_edge - 0.5);
}

// Some places of a row, side by side, folded into the picture.
struct Spots {
    static constexpr int MOST = 64;
    float columns[MOST], rows[MOST];
    int first, count;

    Spots(const Picture &picture, const Places &places, int y, int first, int count) : first(first), count(count) {
        const std::ptrdiff_t begin = y * places.next_row + first * places.next;
        take(places.columns + begin, places, static_cast<float>(first), 1, picture.width, columns);
        take(places.rows + begin, places, static_cast<float>(y), 0, picture.height, rows);
    }

   private:
    void take(const float *from, const Places &places, float own, float step, int side, float *to) const {
        const std::ptrdiff_t next = places.next;
        if (!places.relative) own = step = 0;
        for (int i = 0; i < count; i++) to[i] = (own + step * static_cast<float>(i)) + from[i * next];
        const float last = static_cast<float>(side) - 0.5f;
        int outside = 0;
        for (int i = 0; i < count; i++) outside += !(to[i] >= -0.5f && to[i] < last);
        if (outside)
            for (int i = 0; i < count; i++) to[i] = folded(to[i], side);
    }
};

// A row of a result, filled from left to right.
struct Line {
    float *px;
    int width, channels;

    // Give a px some of its channels. Where there are three, a fourth is written, too, if the next px overwrites it.
    void put(int x, int quad, Quad value) const {
        float *to = px + static_cast<std::ptrdiff_t>(x) * channels + quad * QUAD;
        const int count = least(QUAD, channels - quad * QUAD);
        if (count == QUAD || (channels == 3 && x + 1 < width)) return store(to, value);
        for (int channel = 0; channel < count; channel++) to[channel] = value[channel];
    }
};

// Fill in a result, row by row: fetch(column, row) answers a function from the number of a quad to its values.
template <class Fetch>
void fill(const Picture &picture, const Places &places, const Result &result, int threads, const Fetch &fetch) {
    parallel(result.height, threads, [&](int y) {
        const Line line = {result.px + y * result.next_row, result.width, picture.channels};
        const Fetch own = fetch;  // a copy that nothing else can write to stays in registers
        const int all = quads(line.channels);
        for (int begin = 0; begin < line.width; begin += Spots::MOST) {
            const Spots spots(picture, places, y, begin, least(Spots::MOST, line.width - begin));
            for (int i = 0; i < spots.count; i++) {
                const float column = spots.columns[i], row = spots.rows[i];
                if (column + row < __builtin_inff()) {
                    const auto values = own(column, row);
                    for (int quad = 0; quad < all; quad++) line.put(begin + i, quad, values(quad));
                } else {
                    for (int quad = 0; quad < all; quad++) line.put(begin + i, quad, Quad{} + __builtin_nanf(""));
                }
            }
        }
    });
}

// The sum of TAPS x TAPS px, two of a row at a time. across: of each pair of px, each weight as often as a quad has
// channels.
template <int TAPS>
inline Quad product(const float *px, std::ptrdiff_t next_row, const float *down, const Pair *across) {
    constexpr int PAIRS = TAPS / 2;
    Pair column[PAIRS];
#pragma GCC unroll 8
    for (int i = 0; i < PAIRS; i++) column[i] = down[0] * load<Pair>(px + i * 2 * QUAD);
#pragma GCC unroll 8
    for (int row = 1; row < TAPS; row++) {
        px += next_row;
#pragma GCC unroll 8
        for (int i = 0; i < PAIRS; i++) column[i] += down[row] * load<Pair>(px + i * 2 * QUAD);
    }
    Pair sum = across[0] * column[0];
#pragma GCC unroll 8
    for (int i = 1; i < PAIRS; i++) sum += across[i] * column[i];
    return Quad{sum[0], sum[1], sum[2], sum[3]} + Quad{sum[4], sum[5], sum[6], sum[7]};
}

constexpr int DEGREE = 5;

// Polynomials side by side, by Horner's rule. coefficients: of 1, f, ... f^DEGREE.
inline Pair polynomials(const Pair *coefficients, float f) {
    Pair value = coefficients[DEGREE];
#pragma GCC unroll 8
    for (int power = DEGREE - 1; power >= 0; power--) value = value * f + coefficients[power];
    return value;
}

// The weights of a spline, side by side: of the taps down, and of pairs of taps across.
struct Polynomials {
    Pair down[DEGREE + 1];
    Pair across[SPLINE_REACH][DEGREE + 1];

    explicit Polynomials(const float *weights) {
        for (int power = 0; power <= DEGREE; power++) {
            for (int lane = 0; lane < 2 * QUAD; lane++) {
                down[power][lane] = lane < SPLINE_TAPS ? weights[lane * (DEGREE + 1) + power] : 0.0f;
                for (int pair = 0; pair < SPLINE_REACH; pair++)
                    across[pair][power][lane] = weights[(2 * pair + lane / QUAD) * (DEGREE + 1) + power];
            }
        }
    }
};

}  // namespace

void spline(const Picture &picture, const Places &places, const Result &result, const Spline &spline, int threads) {
    const Quads coefficients = {spline.coefficients, picture.height, picture.width, spline.reach};
    prefilter(picture, spline, coefficients, threads);
    const Polynomials weights(spline.weights);
    const float scale = 1 / (spline.sum * spline.sum);
    const float *px = coefficients.row(0, 1 - SPLINE_REACH) + (1 - SPLINE_REACH) * QUAD;
    const std::ptrdiff_t next_row = coefficients.next_row(), next_quad = coefficients.next_quad();
    fill(picture, places, result, threads, [=, &weights](float column, float row) {
        const float left = __builtin_floorf(column), top = __builtin_floorf(row);
        const Pair down = polynomials(weights.down, row - top) * scale;
        Pair across[SPLINE_REACH];
#pragma GCC unroll 4
        for (int i = 0; i < SPLINE_REACH; i++) across[i] = polynomials(weights.across[i], column - left);
        const float *first = px + static_cast<int>(top) * next_row + static_cast<int>(left) * QUAD;
        return [=](int quad) {
            float each[2 * QUAD];
            store(each, down);
            return product<SPLINE_TAPS>(first + quad * next_quad, next_row, each, across);
        };
    });
}

void lanczos(const Picture &picture, const Places &places, const Result &result, const Lanczos &lanczos, int threads) {
    const Quads padded = {lanczos.padded, picture.height, picture.width, LANCZOS_REACH};
    const int all = quads(picture.channels);
    parallel(picture.height + 2 * LANCZOS_REACH, threads, [&](int unit) {
        const int y = unit - LANCZOS_REACH;
        for (int quad = 0; quad < all; quad++) {
            const int channels = least(QUAD, picture.channels - quad * QUAD);
            float *row = padded.row(quad, y);
            gather(picture, mirrored(y, picture.height), quad, channels, row);
            widen(row, picture.width, channels);
            mirror(row, picture.width, QUAD, LANCZOS_REACH);
        }
    });
    Pair across[STEPS][LANCZOS_REACH];
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < LANCZOS_REACH; i++)
            for (int lane = 0; lane < 2 * QUAD; lane++)
                across[step][i][lane] = lanczos.weights[step * LANCZOS_TAPS + 2 * i + lane / QUAD];
    const float *px = padded.row(0, 1 - LANCZOS_REACH) + (1 - LANCZOS_REACH) * QUAD;
    const std::ptrdiff_t next_row = padded.next_row(), next_quad = padded.next_quad();
    const float *weights = lanczos.weights;
    const Pair(*beside)[LANCZOS_REACH] = across;
    fill(picture, places, result, threads, [=](float column, float row) {
        // half to even, as OpenCV rounds
        const int left = static_cast<int>(__builtin_rintf(column * STEPS));
        const int top = static_cast<int>(__builtin_rintf(row * STEPS));
        const float *first = px + (top >> LOG_STEPS) * next_row + (left >> LOG_STEPS) * QUAD;
        return [=](int quad) {
            return product<LANCZOS_TAPS>(first + quad * next_quad, next_row, weights + (top & (STEPS - 1)) * LANCZOS_TAPS,
                                         beside[left & (STEPS - 1)]);
        };
    });
}

void shrink(const Picture &picture, const Result &result, const Shrinking &shrinking, int threads) {
    const Axis &down = shrinking.down, &across = shrinking.across;
    const std::ptrdiff_t channels = picture.channels, count = picture.width * channels;
    parallel(result.height, threads, [&](int y) {
        float *line = shrinking.lines + y * (count + QUAD);
        const float *rows = picture.px + down.first[y] * picture.next_row, *weights = down.weights + y * down.taps;
        constexpr int LANES = sizeof(Pair) / sizeof(float);
        std::ptrdiff_t i = 0;
        for (; i + LANES <= count; i += LANES) {
            Pair sum = weights[0] * load<Pair>(rows + i);
            for (int k = 1; k < down.taps; k++) sum += weights[k] * load<Pair>(rows + k * picture.next_row + i);
            store(line + i, sum);
        }
        for (; i < count; i++) {
            float sum = weights[0] * rows[i];
            for (int k = 1; k < down.taps; k++) sum += weights[k] * rows[k * picture.next_row + i];
            line[i] = sum;
        }
        for (i = count; i < count + QUAD; i++) line[i] = 0;  // what a last quad reads, but no px has
        const Line out = {result.px + y * result.next_row, result.width, picture.channels};
        const int all = quads(picture.channels);
        for (int x = 0; x < result.width; x++) {
            const float *px = line + across.first[x] * channels, *shares = across.weights + x * across.taps;
            for (int quad = 0; quad < all; quad++) {
                Quad sum = shares[0] * load<Quad>(px + quad * QUAD);
                for (int k = 1; k < across.taps; k++) sum += shares[k] * load<Quad>(px + k * channels + quad * QUAD);
                out.put(x, quad, sum);
            }
        }
    });
}

}  // namespace VIDREAM_SET
}  // namespace vidream
