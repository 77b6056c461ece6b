// Pictures fetched from between their pixels, and blurred: what the vector sets share, and who does what for whom.
//
// resample.cpp and blur.cpp, which are compiled once for each vector set, may use nothing of the standard library that holds code.
#pragma once

#include <cstddef>

namespace vidream {

// A picture. A pixel's channels lie side by side, and so do the pixels of a row.
struct Picture {
    const float *px;
    std::ptrdiff_t next_row;  // floats
    int height, width, channels;
};

// Where each pixel of a result is fetched from: px, counted from the middle of the picture's first one.
struct Places {
    const float *columns, *rows;
    std::ptrdiff_t next, next_row;  // floats from one place to the next, and from one row of them to the next
    bool relative;                  // they are counted from the result's own pixel
};

// What is made of it, with as many channels, laid out likewise.
struct Result {
    float *px;
    std::ptrdiff_t next_row;  // floats
    int height, width;
};

// Channels that are fetched together: a quad. Those that are missing from the last are zero.
constexpr int QUAD = 4;

static inline constexpr int quads(int channels) { return (channels + QUAD - 1) / QUAD; }

// A kernel reaches so many px to each side of a place: from 1 - REACH past the px at or before it to REACH.
constexpr int SPLINE_REACH = 3, LANCZOS_REACH = 4;
constexpr int SPLINE_TAPS = 2 * SPLINE_REACH, LANCZOS_TAPS = 2 * LANCZOS_REACH;

// Floats of a picture in quads, with `margin` px of what is mirrored around it.
static inline constexpr std::size_t room(const Picture &picture, int margin) {
    return static_cast<std::size_t>(quads(picture.channels)) * (static_cast<std::size_t>(picture.height) + 2 * margin) *
           (static_cast<std::size_t>(picture.width) + 2 * margin) * QUAD;
}

constexpr int MOST_REACH = 32;

// A B-spline of degree 5 through the pixels.
struct Spline {
    // Of the prefilter, along each axis: from the middle one to the last of a symmetric row of 2 * reach + 1.
    const float *taps;
    int reach;  // SPLINE_REACH .. MOST_REACH
    // (SPLINE_TAPS, 6): of each tap, from the first on, the coefficients of 1, f, ... f^5; f = 0..1, a place's distance
    // from the px at or before it.
    const float *weights;
    float sum;  // of the taps' weights
    float *lines, *coefficients;  // room(picture, 0) and room(picture, reach) floats to work in
};

constexpr int LOG_STEPS = 5, STEPS = 1 << LOG_STEPS;

// Lanczos' window over places that are rounded to 1 / STEPS px.
struct Lanczos {
    const float *weights;  // (STEPS, LANCZOS_TAPS)
    float *padded;         // room(picture, LANCZOS_REACH) floats to work in
};

// Symmetric blurs, each the same along both axes; the further ones reach no less.
constexpr int BLURS = 3;
constexpr int MOST_BLUR_REACH = 16, MOST_BLUR_CHANNELS = 4;

struct Blurs {
    const float *taps[BLURS];  // of each: from the middle one to the last
    int reach[BLURS];          // of each: how many there are beside the middle one, MOST_BLUR_REACH at most
};

// Of one axis of a smaller picture: what each of its px is the weighted sum of.
struct Axis {
    const int *first;      // the first of its px in the larger picture
    const float *weights;  // (px, taps); 0 where there are fewer
    int taps;              // first + taps: at most the larger picture's side
};

struct Shrinking {
    Axis down, across;
    float *lines;  // (result.height, picture.width * channels + QUAD) floats to work in
};

namespace avx2 {
void spline(const Picture &, const Places &, const Result &, const Spline &, int threads);
void lanczos(const Picture &, const Places &, const Result &, const Lanczos &, int threads);
void blur_sum(const Picture &, const Result &, const Blurs &, int threads);
void shrink(const Picture &, const Result &, const Shrinking &, int threads);
}  // namespace avx2
namespace avx512 {
void spline(const Picture &, const Places &, const Result &, const Spline &, int threads);
void lanczos(const Picture &, const Places &, const Result &, const Lanczos &, int threads);
void blur_sum(const Picture &, const Result &, const Blurs &, int threads);
void shrink(const Picture &, const Result &, const Shrinking &, int threads);
}  // namespace avx512
namespace neon {
void spline(const Picture &, const Places &, const Result &, const Spline &, int threads);
void lanczos(const Picture &, const Places &, const Result &, const Lanczos &, int threads);
void blur_sum(const Picture &, const Result &, const Blurs &, int threads);
void shrink(const Picture &, const Result &, const Shrinking &, int threads);
}  // namespace neon

}  // namespace vidream
