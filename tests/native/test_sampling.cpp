// Pictures of any shape are fetched, blurred and shrunk as plain loops do it in double precision, from wherever they are
// told, with the same bytes on any number of threads. Prints nothing where it is so.
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "check.h"
#include "sampling.h"

using namespace vidream;

extern "C" {
int vidream_spline(const Picture *, const Places *, const Result *, const float *taps, int reach, const float *weights,
                   float sum, int threads);
int vidream_lanczos(const Picture *, const Places *, const Result *, const float *weights, int threads);
int vidream_blur_sum(const Picture *, const Result *, const float *taps, const int *reach, int threads);
int vidream_shrink(const Picture *, const Result *, const Axis *down, const Axis *across, int threads);
}

namespace {

using Random = std::mt19937;
using Numbers = std::vector<double>;
using Floats = std::vector<float>;

int integer(Random &random, int least, int most) { return std::uniform_int_distribution<>(least, most)(random); }

Floats uniform(Random &random, std::size_t count, float least, float most) {
    Floats values(count);
    for (float &value : values) value = std::uniform_real_distribution<float>(least, most)(random);
    return values;
}

// Its memory ends where the picture does, so that a sanitizer sees what is read beyond.
struct Image {
    int height, width, channels;
    Floats px;

    Image(Random &random, int most_channels)
        : height(integer(random, 1, 40)), width(integer(random, 1, integer(random, 0, 5) ? 40 : 300)), channels(integer(random, 1, most_channels)),
          px(uniform(random, static_cast<std::size_t>(height) * width * channels, 0, 255)) {}
    Picture picture() const { return {px.data(), static_cast<std::ptrdiff_t>(width) * channels, height, width, channels}; }
    double at(int y, int x, int channel) const { return px[(static_cast<std::size_t>(y) * width + x) * channels + channel]; }
};

// About the edges of the outermost px.
int mirrored(int index, int side) {
    index %= 2 * side;
    if (index < 0) index += 2 * side;
    return index < side ? index : 2 * side - 1 - index;
}

// About their middles.
int mirrored_inside(int index, int side) {
    if (side == 1) return 0;
    index %= 2 * side - 2;
    if (index < 0) index += 2 * side - 2;
    return index < side ? index : 2 * side - 2 - index;
}

using Pixel = std::function<double(int y, int x, int channel)>;

// What is done on 1, 2 and 8 threads: with the same bytes, and near what is expected.
void same(int height, int width, int channels, const std::function<int(const Result &, int threads)> &work,
          const Pixel &expected, double tolerance) {
    const std::size_t count = static_cast<std::size_t>(height) * width * channels;
    Floats first;
    for (int threads : {1, 2, 8}) {
        Floats px(count);
        check(work({px.data(), static_cast<std::ptrdiff_t>(width) * channels, height, width}, threads) == 0, "it is done");
        if (first.empty()) first = px;
        check(std::memcmp(first.data(), px.data(), count * sizeof(float)) == 0, "no bit depends on the number of threads");
    }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int channel = 0; channel < channels; channel++) {
                const double wanted = expected(y, x, channel);
                const double found = first[(static_cast<std::size_t>(y) * width + x) * channels + channel];
                check(std::isnan(wanted) ? std::isnan(found) : std::abs(found - wanted) <= tolerance, "plain loops say the same");
            }
}

double folded(float place, int side) {
    if (place >= -0.5f && place < static_cast<float>(side) - 0.5f) return place;
    double from_edge = std::fmod(place + 0.5, 2.0 * side);
    if (from_edge < 0) from_edge += 2 * side;
    return static_cast<float>((from_edge > side ? 2 * side - from_edge : from_edge) - 0.5);
}

// Places around a picture, some of them far out, and some none at all.
struct Scatter {
    int height, width;
    Floats columns, rows;
    Scatter(Random &random, const Image &image)
        : height(integer(random, 1, 12)), width(integer(random, 1, 150)), columns(scattered(random, image.width)),
          rows(scattered(random, image.height)) {}
    Places places() const { return {columns.data(), rows.data(), 1, width, false}; }

   private:
    Floats scattered(Random &random, int side) const {
        const float far = 3.0f * static_cast<float>(side), infinity = std::numeric_limits<float>::infinity();
        Floats values = uniform(random, static_cast<std::size_t>(height) * width, -far, far);
        const float edge = static_cast<float>(side) - 0.5f;
        for (float special : {-0.5f, edge, -1e-9f, 1e18f, -3e38f, infinity, -infinity, std::nanf("")})
            values[integer(random, 0, static_cast<int>(values.size()) - 1)] = special;
        return values;
    }
};

void fetch_by_spline(Random &random) {
    const Image image(random, 9);
    const Scatter scatter(random, image);
    const int reach = integer(random, SPLINE_REACH, 16);
    const Floats taps = uniform(random, reach + 1, -0.2f, 0.2f), weights = uniform(random, 36, -1, 1);
    const float sum = 2;
    const auto filtered = [&](int y, int x, int channel) {
        double total = 0;
        for (int j = -reach; j <= reach; j++)
            for (int i = -reach; i <= reach; i++)
                total += static_cast<double>(taps[std::abs(j)]) * taps[std::abs(i)] *
                         image.at(mirrored(y + j, image.height), mirrored(x + i, image.width), channel);
        return total;
    };
    Numbers coefficients;
    for (int y = 0; y < image.height; y++)
        for (int x = 0; x < image.width; x++)
            for (int channel = 0; channel < image.channels; channel++) coefficients.push_back(filtered(y, x, channel));
    const auto weight = [&](int tap, double f) {
        double value = 0;
        for (int power = 5; power >= 0; power--) value = value * f + weights[tap * 6 + power];
        return value / sum;
    };
    const Picture picture = image.picture();
    const Places places = scatter.places();
    same(scatter.height, scatter.width, image.channels,
         [&](const Result &result, int threads) {
             return vidream_spline(&picture, &places, &result, taps.data(), reach, weights.data(), sum, threads);
         },
         [&](int y, int x, int channel) {
             const double column = folded(scatter.columns[y * scatter.width + x], image.width);
             const double row = folded(scatter.rows[y * scatter.width + x], image.height);
             if (!std::isfinite(column + row)) return std::nan("");
             double total = 0;
             for (int j = 0; j < SPLINE_TAPS; j++)
                 for (int i = 0; i < SPLINE_TAPS; i++) {
                     const int line = mirrored(static_cast<int>(std::floor(row)) - 2 + j, image.height);
                     const int px = mirrored(static_cast<int>(std::floor(column)) - 2 + i, image.width);
                     total += weight(j, row - std::floor(row)) * weight(i, column - std::floor(column)) *
                              coefficients[(line * image.width + px) * image.channels + channel];
                 }
             return total;
         },
         2e-2);
}

void fetch_by_lanczos(Random &random) {
    const Image image(random, 9);
    const Scatter scatter(random, image);
    const Floats weights = uniform(random, STEPS * LANCZOS_TAPS, -0.5f, 0.5f);
    const Picture picture = image.picture();
    const Places places = scatter.places();
    same(scatter.height, scatter.width, image.channels,
         [&](const Result &result, int threads) { return vidream_lanczos(&picture, &places, &result, weights.data(), threads); },
         [&](int y, int x, int channel) {
             const double column = folded(scatter.columns[y * scatter.width + x], image.width);
             const double row = folded(scatter.rows[y * scatter.width + x], image.height);
             if (!std::isfinite(column + row)) return std::nan("");
             const int left = static_cast<int>(std::nearbyint(column * STEPS)), top = static_cast<int>(std::nearbyint(row * STEPS));
             const int first_px = static_cast<int>(std::floor(left / double(STEPS))) - 3;
             const int first_line = static_cast<int>(std::floor(top / double(STEPS))) - 3;
             double total = 0;
             for (int j = 0; j < LANCZOS_TAPS; j++)
                 for (int i = 0; i < LANCZOS_TAPS; i++)
                     total += static_cast<double>(weights[(top & (STEPS - 1)) * LANCZOS_TAPS + j]) *
                              weights[(left & (STEPS - 1)) * LANCZOS_TAPS + i] *
                              image.at(mirrored(first_line + j, image.height), mirrored(first_px + i, image.width), channel);
             return total;
         },
         1e-2);
}

void blur(Random &random) {
    const Image image(random, MOST_BLUR_CHANNELS);
    int reach[BLURS] = {integer(random, 0, 4), 0, 0};
    for (int i = 1; i < BLURS; i++) reach[i] = integer(random, reach[i - 1], MOST_BLUR_REACH);
    const Floats taps = uniform(random, reach[0] + reach[1] + reach[2] + BLURS, -0.2f, 0.2f);
    const Picture picture = image.picture();
    same(image.height, image.width, image.channels,
         [&](const Result &result, int threads) { return vidream_blur_sum(&picture, &result, taps.data(), reach, threads); },
         [&](int y, int x, int channel) {
             double total = 0;
             const float *own = taps.data();
             for (int blur = 0; blur < BLURS; own += reach[blur++] + 1)
                 for (int j = -reach[blur]; j <= reach[blur]; j++)
                     for (int i = -reach[blur]; i <= reach[blur]; i++)
                         total += static_cast<double>(own[std::abs(j)]) * own[std::abs(i)] *
                                  image.at(mirrored_inside(y + j, image.height), mirrored_inside(x + i, image.width), channel);
             return total;
         },
         1e-2);
}

// Of a smaller side: where its px begin in the larger, and what they weigh.
struct Side {
    int count, taps;
    std::vector<int> first;
    Floats weights;
    Side(Random &random, int side) : count(integer(random, 1, 50)), taps(integer(random, 1, side)), first(count) {
        for (int &px : first) px = integer(random, 0, side - taps);
        weights = uniform(random, static_cast<std::size_t>(count) * taps, -0.2f, 0.2f);
    }
    Axis axis() const { return {first.data(), weights.data(), taps}; }
};

void shrink(Random &random) {
    const Image image(random, 9);
    const Side down(random, image.height), across(random, image.width);
    const Picture picture = image.picture();
    const Axis rows = down.axis(), columns = across.axis();
    same(down.count, across.count, image.channels,
         [&](const Result &result, int threads) { return vidream_shrink(&picture, &result, &rows, &columns, threads); },
         [&](int y, int x, int channel) {
             double total = 0;
             for (int j = 0; j < down.taps; j++)
                 for (int i = 0; i < across.taps; i++)
                     total += static_cast<double>(down.weights[y * down.taps + j]) * across.weights[x * across.taps + i] *
                              image.at(down.first[y] + j, across.first[x] + i, channel);
             return total;
         },
         1e-2);
}

}  // namespace

int main() {
    Random random(15);
    for (int round = 0; round < 60; round++) {
        fetch_by_spline(random);
        fetch_by_lanczos(random);
        blur(random);
        shrink(random);
    }
}
