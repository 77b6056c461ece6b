// The C functions that fetch and blur pictures, and the room that their kernels work in.

#include "sampling.h"

#include <memory>
#include <new>

#include "abi.h"
#include "vectors.h"

namespace vidream {
namespace {

// Which kernels run here.
struct Kernels {
    decltype(&avx2::spline) spline;
    decltype(&avx2::lanczos) lanczos;
    decltype(&avx2::blur_sum) blur_sum;
    decltype(&avx2::shrink) shrink;
};

Kernels kernels() {
#if defined(__aarch64__) || defined(_M_ARM64)
    return {neon::spline, neon::lanczos, neon::blur_sum, neon::shrink};
#else
    if (vectors() == Vectors::avx512) return {avx512::spline, avx512::lanczos, avx512::blur_sum, avx512::shrink};
    return {avx2::spline, avx2::lanczos, avx2::blur_sum, avx2::shrink};
#endif
}

std::unique_ptr<float[]> floats(std::size_t count) { return std::unique_ptr<float[]>(new float[count]); }

// 0: done. 1: there was no room. 2: a size is not possible.
template <class Function>
int told(const Picture &picture, const Result &result, const Function &work) {
    if (picture.height < 1 || picture.width < 1 || picture.channels < 1 || result.height < 0 || result.width < 0) return 2;
    try {
        work();
        return 0;
    } catch (...) {
        return 1;
    }
}

// Whether every px that an axis of a smaller picture is made of is there.
bool is_possible(const Axis &axis, int count, int side) {
    if (axis.taps < 1 || axis.taps > side) return false;
    for (int i = 0; i < count; i++)
        if (axis.first[i] < 0 || axis.first[i] > side - axis.taps) return false;
    return true;
}

}  // namespace
}  // namespace vidream

using namespace vidream;

VIDREAM_API int vidream_spline(const Picture *picture, const Places *places, const Result *result, const float *taps,
                               int reach, const float *weights, float sum, int threads) {
    if (reach < SPLINE_REACH || reach > MOST_REACH) return 2;
    return told(*picture, *result, [&] {
        const auto lines = floats(room(*picture, 0)), coefficients = floats(room(*picture, reach));
        kernels().spline(*picture, *places, *result, {taps, reach, weights, sum, lines.get(), coefficients.get()}, threads);
    });
}

VIDREAM_API int vidream_lanczos(const Picture *picture, const Places *places, const Result *result, const float *weights,
                                int threads) {
    return told(*picture, *result, [&] {
        const auto padded = floats(room(*picture, LANCZOS_REACH));
        kernels().lanczos(*picture, *places, *result, {weights, padded.get()}, threads);
    });
}

// The sum of a picture's blurs, mirrored about its outermost px. taps: of all blurs, one after the other.
VIDREAM_API int vidream_blur_sum(const Picture *picture, const Result *result, const float *taps, const int *reach,
                                 int threads) {
    if (picture->channels > MOST_BLUR_CHANNELS) return 2;
    Blurs blurs;
    for (int blur = 0; blur < BLURS; taps += reach[blur++] + 1) {
        if (reach[blur] < (blur ? reach[blur - 1] : 0) || reach[blur] > MOST_BLUR_REACH) return 2;
        blurs.taps[blur] = taps;
        blurs.reach[blur] = reach[blur];
    }
    return told(*picture, *result, [&] { kernels().blur_sum(*picture, *result, blurs, threads); });
}

VIDREAM_API int vidream_shrink(const Picture *picture, const Result *result, const Axis *down, const Axis *across,
                               int threads) {
    if (!is_possible(*down, result->height, picture->height) || !is_possible(*across, result->width, picture->width)) return 2;
    return told(*picture, *result, [&] {
        const std::size_t line = static_cast<std::size_t>(picture->width) * picture->channels + QUAD;
        const auto lines = floats(line * result->height);
        kernels().shrink(*picture, *result, {*down, *across, lines.get()}, threads);
    });
}
