// The gradient of an EfficientNet-Lite with respect to its picture, for one vector set.
//
// Each block is one pass over rows. Expansion, ReLU6, depthwise convolution, ReLU6 and projection run on a ring of few
// rows of some channels, which stays in the second-level cache; the way back is the same with turned weights. The
// slope of a picture needs none of the activations, only whether each ReLU6 was open: one bit.
//
// What is computed by whom depends on sizes alone, and sums are taken in one order: the number of threads changes
// nothing in the result.

#include "network.h"
#include "pool.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif

namespace vidream::VIDREAM_SET {
namespace {

#include "vector_memory.h"

#include "kernels.h"

constexpr int NOT_YET = -1;

// Of the second-level cache, what a ring of rows may take.
constexpr int RING_BYTES = 256 * 1024;

inline std::size_t area(int rows, int columns, int channels) {
    return static_cast<std::size_t>(rows) * columns * channels;
}

inline void zero(Real *to, std::size_t count) { __builtin_memset(to, 0, count * sizeof(Real)); }
inline void copy(Real *to, const Real *from, std::size_t count) { __builtin_memcpy(to, from, count * sizeof(Real)); }

// The rows of the inside that a row of the result of a depthwise convolution depends on.
struct Reach {
    int first, last;  // last: one past
};

// One way through a block: from `in` to `out`, forward or back.
struct Way {
    const Block &block;
    const Grid &grid;
    bool back;
    const Real *in;
    Real *out;
    const Real *start;  // (out rows, out columns, outputs): what is added to the result; null: nothing
    bool biased;        // whether the bias of the projection is added
    Gates *gates, *inside_gates;
    Real *tap;          // of the expansion: its activations, forward; its slopes, back; null: none

    int in_rows() const { return back ? grid.out_rows : grid.rows; }
    int in_columns() const { return back ? grid.out_columns : grid.columns; }
    int out_rows() const { return back ? grid.rows : grid.out_rows; }
    int out_columns() const { return back ? grid.columns : grid.out_columns; }
    int in_channels() const { return back ? block.outputs : block.inputs; }
    int out_channels() const { return back ? block.inputs : block.outputs; }

    // Taps of the depthwise convolution begin this far before a row or column of its result.
    int before(int forward) const { return back ? block.kernel - 1 - forward : forward; }

    Reach reach(int row) const {
        const int kernel = block.kernel, stride = block.stride;
        if (!back) return {row * stride - grid.top, row * stride - grid.top + kernel};
        if (stride == 1) return {row - before(grid.top), row - before(grid.top) + kernel};
        const int odd = (row + grid.top) & 1, highest = (kernel - 1 - odd) / 2 * 2 + odd;
        return {(row + grid.top - highest) / 2, (row + grid.top - odd) / 2 + 1};
    }
};

// Rows of the inside, some channels of them, with a border of zeros left and right; the last few rows that were made.
struct Ring {
    Real *rows;
    int count, columns, border, channels;

    std::size_t row_size() const { return area(1, columns + 2 * border, channels); }
    Real *row(int index) const { return rows + (index % count) * row_size() + area(1, border, channels); }
    void clear_borders() const {
        for (int i = 0; i < count; i++) {
            zero(row(i) - area(1, border, channels), area(1, border, channels));
            zero(row(i) + area(1, columns, channels), area(1, border, channels));
        }
    }
};

// One row of the inside, the channels from `channel` on, into the ring. `owner`: whether this unit keeps its gates.
void make_inside(const Way &way, int row, int channel, const Ring &ring, bool owner, Gates *unused) {
    const Block &block = way.block;
    const int columns = way.in_columns(), channels = way.in_channels();
    const Row<const Real> in = {way.in + area(row, columns, channels), channels};
    const Row<Real> out = {ring.row(row), ring.channels};
    const std::ptrdiff_t gates_pitch = block.inside / 8;
    if (!way.back && !block.expands) {
        const int read = least(ring.channels, channels - channel);
        for (int x = 0; x < columns; x++) {
            copy(out.at + x * out.pitch, in.at + x * in.pitch + channel, read);
            zero(out.at + x * out.pitch + read, ring.channels - read);
        }
        return;
    }
    const Part part = {0, channels, channel / SLICE, ring.channels / SLICE, way.back ? nullptr : block.expand.bias};
    Gates *gates = (way.back ? way.inside_gates : way.gates) + row * columns * gates_pitch + channel / 8;
    if (way.back) {
        product<Ending::GATE>(block.project_back, part, columns, in, {nullptr, 0}, out, {gates, gates_pitch});
        return;
    }
    const Row<Gates> open = owner ? Row<Gates>{gates, gates_pitch} : Row<Gates>{unused, 0};
    product<Ending::RELU6>(block.expand, part, columns, in, {nullptr, 0}, out, open);
    if (way.tap && owner)
        for (int x = 0; x < columns; x++)
            copy(way.tap + area(row, columns, block.inside) + area(1, x, block.inside) + channel,
                 out.at + x * out.pitch, ring.channels);
}

// One row of the depthwise convolution of what is in the ring, into `wide`.
void convolve(const Way &way, int row, int channel, const Ring &ring, Real *wide) {
    const Block &block = way.block;
    const int kernel = block.kernel, columns = way.out_columns(), channels = ring.channels;
    const Reach reach = way.reach(row);
    const bool parts = way.back && block.stride == 2;
    const std::ptrdiff_t gates_pitch = block.inside / 8;
    Gates *gates = (way.back ? way.gates : way.inside_gates);
    if (gates) gates += row * columns * gates_pitch + channel / 8;
    const Real *slopes = nullptr;
    if (way.back && way.tap) slopes = way.tap + area(row, columns, block.inside) + channel;

    const Real *weights[MOST_TAPS], *in[MOST_TAPS];
    for (int parity = 0; parity < (parts ? 2 : 1); parity++) {
        int taps = kernel, offset = -way.before(way.grid.left);
        int first_tap_row = 0, tap_row_step = 1;
        const Real *kernels = way.back ? block.depthwise_back : block.depthwise;
        if (parts) {
            const int odd_column = (parity + way.grid.left) & 1, odd_row = (row + way.grid.top) & 1;
            const int highest = (kernel - 1 - odd_column) / 2 * 2 + odd_column;
            taps = highest / 2 + 1;
            offset = (parity + way.grid.left - highest) / 2;
            first_tap_row = (kernel - 1 - odd_row) / 2 * 2 + odd_row;  // the rows of the reach have falling taps
            tap_row_step = -2;
            kernels += odd_column * area(kernel, (kernel + 1) / 2, block.inside);
        }
        int rows = 0;
        for (int r = reach.first; r < reach.last; r++) {
            if (r < 0 || r >= way.in_rows()) continue;
            const int tap_row = first_tap_row + (r - reach.first) * tap_row_step;
            weights[rows] = kernels + area(tap_row, parts ? taps : kernel, block.inside) + channel;
            in[rows++] = ring.row(r) + static_cast<std::ptrdiff_t>(offset) * channels;
        }
        const int step = parts ? 2 : 1, pixels = (columns - parity + step - 1) / step;
        const DepthwiseRow job = {rows, in, weights, block.inside, channels,
                                  way.back ? nullptr : block.depthwise_bias + channel};
        const Row<const Real> first = {slopes ? slopes + parity * block.inside : nullptr,
                                       static_cast<std::ptrdiff_t>(step) * block.inside};
        const Row<Real> out = {wide + parity * channels, static_cast<std::ptrdiff_t>(step) * channels};
        const Row<Gates> open = {gates ? gates + parity * gates_pitch : nullptr, step * gates_pitch};
        const int stride = way.back ? 1 : block.stride;
        if (!way.back)
            depthwise<Ending::RELU6>(job, stride, taps, pixels, first, out, open);
        else if (block.expands)
            depthwise<Ending::GATE>(job, stride, taps, pixels, first, out, open);
        else
            depthwise<Ending::PLAIN>(job, stride, taps, pixels, first, out, open);
    }
}

// From the wide row to a row of the result: the first channels begin it, further ones are added.
void narrow(const Way &way, int row, int channel, int channels, bool begins, const Real *wide) {
    const Block &block = way.block;
    const int columns = way.out_columns(), outputs = way.out_channels();
    Real *out = way.out + area(row, columns, outputs);
    const Real *start = begins ? (way.start ? way.start + area(row, columns, outputs) : nullptr) : out;
    if (way.back && !block.expands) {
        for (int x = 0; x < columns; x++)
            for (int c = 0; c < least(channels, outputs - channel); c += PAD) {
                const std::size_t at = area(1, x, outputs) + channel + c;
                Narrow sum = load<Narrow>(wide + area(1, x, channels) + c);
                if (way.start) sum += load<Narrow>(way.start + area(row, columns, outputs) + at);
                store(out + at, sum);
            }
        return;
    }
    const Matrix &matrix = way.back ? block.expand_back : block.project;
    const Part part = {channel, channels, 0, (outputs + SLICE - 1) / SLICE, begins && way.biased ? matrix.bias : nullptr};
    product<Ending::PLAIN>(matrix, part, columns, {wide, channels}, {start, outputs}, {out, outputs}, {nullptr, 0});
}

// Some rows of the result, of some channels of the inside.
void rows_of_block(const Way &way, int first_row, int last_row, int first_channel, int last_channel) {
    const Block &block = way.block;
    const int border = block.kernel, count = block.kernel + 1, columns = way.in_columns();
    const int ring_pixels = count * (columns + 2 * border), wide_pixels = way.out_columns();
    const int room = RING_BYTES / static_cast<int>(sizeof(Real)) / (ring_pixels + wide_pixels) / SLICE * SLICE;
    const int most_channels = least(most(room, SLICE), last_channel - first_channel);
    Real *memory = scratch(area(1, ring_pixels + wide_pixels, most_channels) + block.inside);
    Real *wide = memory + area(1, ring_pixels, most_channels);
    Gates *unused = reinterpret_cast<Gates *>(wide + area(1, wide_pixels, most_channels));
    const int stride = way.back ? 1 : block.stride;
    for (int channel = first_channel; channel < last_channel; channel += most_channels) {
        const int channels = least(most_channels, last_channel - channel);
        const Ring ring = {memory, count, columns, border, channels};
        ring.clear_borders();
        int made = NOT_YET;
        for (int row = first_row; row < last_row; row++) {
            const Reach reach = way.reach(row);
            for (int r = most(most(reach.first, 0), made); r < least(reach.last, way.in_rows()); r++) {
                const bool owner = r >= first_row * stride && (r < last_row * stride || last_row == way.out_rows());
                make_inside(way, r, channel, ring, owner, unused);
            }
            made = most(made, least(reach.last, way.in_rows()));
            convolve(way, row, channel, ring, wide);
            narrow(way, row, channel, channels, channel == first_channel, wide);
        }
    }
}

// A whole block, divided into units: by rows where there are many of them, else by channels of the inside.
void whole_block(const Way &way, const Pass &pass) {
    const Block &block = way.block;
    const int rows = way.out_rows(), slices = block.inside / SLICE;
    if (rows >= MANY_ROWS || slices < SHARES || (way.back && !block.expands)) {
        const int units = rows < 2 * MANY_ROWS ? 4 : rows < 4 * MANY_ROWS ? 8 : 16;
        parallel(units, pass.threads,
             [&](int unit) { rows_of_block(way, unit * rows / units, (unit + 1) * rows / units, 0, block.inside); });
        return;
    }
    const std::size_t size = area(rows, way.out_columns(), way.out_channels());
    parallel(SHARES, pass.threads, [&](int unit) {
        Way share = way;
        share.out = pass.partial + unit * size;
        share.start = nullptr;
        share.biased = false;
        rows_of_block(share, 0, rows, unit * slices / SHARES * SLICE, (unit + 1) * slices / SHARES * SLICE);
    });
    const Real *bias = way.biased ? block.project.bias : nullptr;
    const int columns = way.out_columns(), channels = way.out_channels();
    parallel(rows, pass.threads, [&](int row) {
        for (int x = 0; x < columns; x++)
            for (int c = 0; c < channels; c += PAD) {
                const std::size_t at = area(row, columns, channels) + area(1, x, channels) + c;
                Narrow sum = bias ? load<Narrow>(bias + c) : Narrow{};
                if (way.start) sum += load<Narrow>(way.start + at);
                for (int share = 0; share < SHARES; share++) sum += load<Narrow>(pass.partial + share * size + at);
                store(way.out + at, sum);
            }
    });
}

// A 1x1 convolution with ReLU6 of whole rows: the head, and an expansion at the top.
void pointwise(const Matrix &matrix, int rows, int columns, const Real *in, Real *out, Gates *gates, int threads) {
    const int outputs = matrix.outputs;
    parallel(rows, threads, [&](int row) {
        const Part part = {0, matrix.inputs, 0, (outputs + SLICE - 1) / SLICE, matrix.bias};
        product<Ending::RELU6>(matrix, part, columns, {in + area(row, columns, matrix.inputs), matrix.inputs},
                               {nullptr, 0}, {out + area(row, columns, outputs), outputs},
                               {gates + area(row, columns, outputs / 8), outputs / 8});
    });
}

// And its way back; `slopes` are of its result, before the gates; `everywhere` is added to those of each pixel.
void pointwise_back(const Matrix &turned, int rows, int columns, const Real *slopes, const Real *everywhere,
                    const Gates *gates, Real *out, int threads) {
    const int inside = turned.inputs, outputs = turned.outputs;
    parallel(rows, threads, [&](int row) {
        Real *open = scratch(area(1, columns, inside));
        for (int x = 0; x < columns; x++)
            for (int c = 0; c < inside; c += PAD) {
                const std::size_t at = area(row, columns, inside) + area(1, x, inside) + c;
                Narrow sum = slopes ? load<Narrow>(slopes + at) : Narrow{};
                if (everywhere) sum += load<Narrow>(everywhere + c);
                store(open + area(1, x, inside) + c, gated(sum, gates + at / 8));
            }
        const Part part = {0, inside, 0, (outputs + SLICE - 1) / SLICE, nullptr};
        product<Ending::PLAIN>(turned, part, columns, {open, inside}, {nullptr, 0},
                               {out + area(row, columns, outputs), outputs}, {nullptr, 0});
    });
}

constexpr int STEM_KERNEL = 3, COLOURS = 3, STEM_ROW = STEM_KERNEL * COLOURS, STEM_TAPS = STEM_KERNEL * STEM_ROW;
constexpr int STEM_UNIT = 8;  // rows

inline int stem_before(int side) { return side % 2; }  // SAME padding for a kernel of 3 and a stride of 2

inline Real normalised(Real level) { return (level - 127) * (Real(1) / 128); }

// The stem: 3x3, stride 2, ReLU6; each pixel's taps are laid out in a row first.
void stem_forward(const Network &network, const Pass &pass, const Real *picture, Real *out) {
    const int rows = (pass.rows + 1) / 2, columns = (pass.columns + 1) / 2, channels = network.stem;
    const int top = stem_before(pass.rows), left = stem_before(pass.columns);
    parallel((rows + STEM_UNIT - 1) / STEM_UNIT, pass.threads, [&](int unit) {
        Real *taps = scratch(area(1, columns, STEM_TAPS));
        for (int row = unit * STEM_UNIT; row < least(rows, (unit + 1) * STEM_UNIT); row++) {
            for (int k = 0; k < STEM_KERNEL; k++) {
                const int y = 2 * row + k - top;
                for (int x = 0; x < columns; x++) {
                    Real *to = taps + area(1, x, STEM_TAPS) + k * STEM_ROW;
                    const int first = 2 * x - left;
                    if (y < 0 || y >= pass.rows) {
                        zero(to, STEM_ROW);
                    } else if (first >= 0 && first + STEM_KERNEL <= pass.columns) {
                        const Real *from = picture + area(y, pass.columns, COLOURS) + area(1, first, COLOURS);
                        for (int i = 0; i < STEM_ROW; i++) to[i] = normalised(from[i]);
                    } else {
                        for (int i = 0; i < STEM_ROW; i++) {
                            const int column = first + i / COLOURS;
                            const bool inside = column >= 0 && column < pass.columns;
                            const std::size_t at = area(y, pass.columns, COLOURS) + area(1, inside ? column : 0, COLOURS);
                            to[i] = inside ? normalised(picture[at + i % COLOURS]) : 0;
                        }
                    }
                }
            }
            const Part part = {0, STEM_TAPS, 0, channels / SLICE, network.stem_forward.bias};
            product<Ending::RELU6>(network.stem_forward, part, columns, {taps, STEM_TAPS}, {nullptr, 0},
                                   {out + area(row, columns, channels), channels},
                                   {pass.stem_gates + area(row, columns, channels / 8), channels / 8});
        }
    });
}

// And its way back to the picture: what each pixel's taps get is added up where they lie.
void stem_backward(const Network &network, const Pass &pass, const Real *slopes, Real *gradient) {
    const int rows = (pass.rows + 1) / 2, columns = (pass.columns + 1) / 2, channels = network.stem;
    const int top = stem_before(pass.rows), left = stem_before(pass.columns);
    const int spread = network.stem_back.outputs, width = 2 * columns + STEM_KERNEL;
    parallel((pass.rows + 2 * STEM_UNIT - 1) / (2 * STEM_UNIT), pass.threads, [&](int unit) {
        const int first_row = unit * 2 * STEM_UNIT, last_row = least(pass.rows, first_row + 2 * STEM_UNIT);
        Real *open = scratch(area(1, columns, channels + spread) + area(2 * STEM_UNIT, width, COLOURS) + 64);
        Real *taps = open + area(1, columns, channels), *sums = taps + area(1, columns, spread);
        zero(sums, area(2 * STEM_UNIT, width, COLOURS));
        const int first = most(0, (first_row + top - STEM_KERNEL + 2) / 2), last = least(rows, (last_row - 1 + top) / 2 + 1);
        for (int row = first; row < last; row++) {
            for (int x = 0; x < columns; x++)
                for (int c = 0; c < channels; c += PAD) {
                    const std::size_t at = area(row, columns, channels) + area(1, x, channels) + c;
                    store(open + area(1, x, channels) + c, gated(load<Narrow>(slopes + at), pass.stem_gates + at / 8));
                }
            const Part part = {0, channels, 0, spread / SLICE, nullptr};
            product<Ending::PLAIN>(network.stem_back, part, columns, {open, channels}, {nullptr, 0}, {taps, spread},
                                   {nullptr, 0});
            for (int k = 0; k < STEM_KERNEL; k++) {
                const int y = 2 * row + k - top;
                if (y < first_row || y >= last_row) continue;
                Real *sum = sums + area(y - first_row, width, COLOURS);
                for (int odd = 0; odd < 2; odd++)  // neighbours overlap: what was just stored is not loaded at once
                    for (int x = odd; x < columns; x += 2) {
                        const Real *from = taps + area(1, x, spread) + k * STEM_ROW;
                        Real *to = sum + area(1, 2 * x, COLOURS);  // `left` px further right than in the picture
                        store(to, load<Narrow>(to) + load<Narrow>(from));
                        to[PAD] += from[PAD];
                    }
            }
        }
        for (int y = first_row; y < last_row; y++) {
            const Real *sum = sums + area(y - first_row, width, COLOURS) + left * COLOURS;
            Real *to = gradient + area(y, pass.columns, COLOURS);
            for (int i = 0; i < pass.columns * COLOURS; i++) to[i] = sum[i] * (Real(1) / 128);
        }
    });
}

// What a layer answers, kept for who asked for it.
void keep(Real *tap, const Real *values, std::size_t count) {
    if (tap) copy(tap, values, count);
}

// The slopes that enter at a layer, added to those that come from above; the first to come are copied.
void enter(const Real *tap, Real *slopes, std::size_t count, bool &begun) {
    if (tap && !begun) copy(slopes, tap, count);
    if (tap && begun)
        for (std::size_t i = 0; i < count; i++) slopes[i] += tap[i];
    if (!tap && !begun) zero(slopes, count);
    begun = true;
}

void turn(Real *&a, Real *&b) {
    Real *kept = a;
    a = b;
    b = kept;
}

}  // namespace

static void forward(const Network &network, const Pass &pass, const Real *picture, Taps taps) {
    Real *in = pass.first, *out = pass.second;
    int rows = (pass.rows + 1) / 2, columns = (pass.columns + 1) / 2;
    stem_forward(network, pass, picture, in);
    keep(taps[STEM], in, area(rows, columns, network.stem));
    for (int i = 0; i < pass.blocks; i++) {
        const Block &block = network.block[i];
        const Grid &grid = pass.grid[i];
        const Real *start = block.adds_input ? in : nullptr;
        whole_block({block, grid, false, in, out, start, true, pass.gates[i], pass.inside[i], taps[expansion_of(i)]}, pass);
        rows = grid.out_rows, columns = grid.out_columns;
        keep(taps[answer_of(i)], out, area(rows, columns, block.outputs));
        turn(in, out);
    }
    if (pass.expands_last) {
        const int i = pass.blocks;
        pointwise(network.block[i].expand, rows, columns, in, taps[expansion_of(i)], pass.gates[i], pass.threads);
    }
    if (!pass.head) return;
    Real *head = taps[head_of(network.blocks)] ? taps[head_of(network.blocks)] : out;
    pointwise(network.head_forward, rows, columns, in, head, pass.head_gates, pass.threads);
    if (!pass.logits) return;
    Real *mean = in;
    zero(mean, network.head);
    for (int pixel = 0; pixel < rows * columns; pixel++)
        for (int c = 0; c < network.head; c++) mean[c] += head[area(1, pixel, network.head) + c];
    for (int c = 0; c < network.head; c++) mean[c] /= static_cast<Real>(rows * columns);
    const Part part = {0, network.head, 0, padded(network.classes, SLICE) / SLICE, network.logits.bias};
    product<Ending::PLAIN>(network.logits, part, 1, {mean, network.head}, {nullptr, 0}, {taps[logits_of(network.blocks)], 0}, {nullptr, 0});
}

static void backward(const Network &network, const Pass &pass, Taps taps, Real *gradient) {
    Real *slopes = pass.first, *below = pass.second;
    bool begun = false;
    if (pass.head) {
        const Grid &grid = pass.grid[pass.blocks - 1];
        const int rows = grid.out_rows, columns = grid.out_columns;
        Real *mean = nullptr;
        if (pass.logits) {
            mean = below;
            const Matrix &turned = network.logits_back;
            const Part part = {0, turned.inputs, 0, (turned.outputs + SLICE - 1) / SLICE, nullptr};
            product<Ending::PLAIN>(turned, part, 1, {taps[logits_of(network.blocks)], 0}, {nullptr, 0}, {mean, 0}, {nullptr, 0});
            for (int c = 0; c < network.head; c++) mean[c] /= static_cast<Real>(rows * columns);
        }
        pointwise_back(network.head_back, rows, columns, taps[head_of(network.blocks)], mean, pass.head_gates, slopes, pass.threads);
        begun = true;
    }
    if (pass.expands_last) {
        const int i = pass.blocks;
        const Grid &grid = pass.grid[i];
        pointwise_back(network.block[i].expand_back, grid.rows, grid.columns, taps[expansion_of(i)], nullptr, pass.gates[i],
                       slopes, pass.threads);
        begun = true;
    }
    for (int i = pass.blocks - 1; i >= 0; i--) {
        const Block &block = network.block[i];
        const Grid &grid = pass.grid[i];
        enter(taps[answer_of(i)], slopes, area(grid.out_rows, grid.out_columns, block.outputs), begun);
        const Real *start = block.adds_input ? slopes : nullptr;
        whole_block({block, grid, true, slopes, below, start, false, pass.gates[i], pass.inside[i], taps[expansion_of(i)]},
                    pass);
        turn(slopes, below);
    }
    enter(taps[STEM], slopes, area((pass.rows + 1) / 2, (pass.columns + 1) / 2, network.stem), begun);
    stem_backward(network, pass, slopes, gradient);
}

extern const Functions functions;
const Functions functions = {forward, backward};

}  // namespace vidream::VIDREAM_SET
