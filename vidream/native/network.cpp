// Networks and passes: laid out once, read by every vector set; and the C functions that Python calls.

#include "network.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>
#include <vector>

#include "abi.h"
#include "vectors.h"

namespace vidream {
namespace {

constexpr std::size_t ALIGNMENT = 64;

template <class T>
struct Aligned {
    using value_type = T;
    Aligned() = default;
    template <class U>
    Aligned(const Aligned<U> &) {}
    T *allocate(std::size_t count) { return static_cast<T *>(::operator new(count * sizeof(T), std::align_val_t{ALIGNMENT})); }
    void deallocate(T *at, std::size_t) { ::operator delete(at, std::align_val_t{ALIGNMENT}); }
    template <class U>
    bool operator==(const Aligned<U> &) const {
        return true;
    }
    template <class U>
    bool operator!=(const Aligned<U> &) const {
        return false;
    }
};
template <class T>
using Buffer = std::vector<T, Aligned<T>>;

// How the inside of a block is described by whoever makes a network.
struct BlockSpec {
    int inputs, outputs, kernel, stride, expand, adds_input;
};

// SAME padding before the first px of a side.
int before(int side, int kernel, int stride) {
    const int result = (side + stride - 1) / stride, total = (result - 1) * stride + kernel - side;
    return total > 0 ? total / 2 : 0;
}

int divided(int side, int by) { return (side + by - 1) / by; }

}  // namespace

// A network with its numbers.
struct OwnedNetwork : Network {
    std::vector<Buffer<Real>> numbers;
    std::vector<Block> all_blocks;

    const Real *keep(Buffer<Real> values) {
        numbers.push_back(std::move(values));
        return numbers.back().data();
    }

    // weights: (inputs, outputs); `step`: from one input to the next, `stride`: from one output to the next.
    Matrix matrix(const Real *weights, int inputs, int outputs, int step, int stride, int padded_inputs,
                  int padded_outputs, const Real *bias) {
        const int slices = divided(padded_outputs, SLICE);
        Buffer<Real> values(static_cast<std::size_t>(slices) * padded_inputs * SLICE, Real(0));
        for (int i = 0; i < inputs; i++)
            for (int o = 0; o < outputs; o++)
                values[(static_cast<std::size_t>(o / SLICE) * padded_inputs + i) * SLICE + o % SLICE] =
                    weights[static_cast<std::size_t>(i) * step + static_cast<std::size_t>(o) * stride];
        return {padded_inputs, padded_outputs, keep(std::move(values)), bias ? row(bias, outputs, slices * SLICE) : nullptr};
    }

    const Real *row(const Real *values, int count, int padded_count) {
        Buffer<Real> result(padded_count, Real(0));
        for (int i = 0; i < count; i++) result[i] = values[i];
        return keep(std::move(result));
    }

    // (kernel * kernel, channels), with the channels padded; `taps`: which tap lies where.
    const Real *taps(const Real *weights, const std::vector<int> &order, int channels, int padded_channels) {
        Buffer<Real> result(order.size() * padded_channels, Real(0));
        for (std::size_t i = 0; i < order.size(); i++)
            for (int c = 0; c < channels && order[i] >= 0; c++)
                result[i * padded_channels + c] = weights[static_cast<std::size_t>(order[i]) * channels + c];
        return keep(std::move(result));
    }

    OwnedNetwork(int stem_channels, int head_channels, int class_count, int block_count, const BlockSpec *specs,
                 const Real *const *arrays) {
        stem = padded(stem_channels, SLICE);
        const int stem_taps = 27;
        stem_forward = matrix(arrays[0], stem_taps, stem_channels, stem_channels, 1, stem_taps, stem, arrays[1]);
        stem_back = matrix(arrays[0], stem_channels, stem_taps, 1, stem_channels, stem, padded(stem_taps, SLICE), nullptr);
        arrays += 2;
        int inputs = stem;
        for (int i = 0; i < block_count; i++) {
            const BlockSpec &spec = specs[i];
            Block block{};
            const int wide = spec.inputs * spec.expand;
            block.inputs = inputs;
            block.outputs = spec.adds_input ? inputs : padded(spec.outputs, PAD);  // it lies as what is added to it
            inputs = block.outputs;
            block.inside = padded(wide, SLICE);
            block.kernel = spec.kernel, block.stride = spec.stride;
            block.expands = spec.expand > 1, block.adds_input = spec.adds_input != 0;
            if (block.expands) {
                block.expand = matrix(arrays[0], spec.inputs, wide, wide, 1, block.inputs, block.inside, arrays[1]);
                block.expand_back = matrix(arrays[0], wide, spec.inputs, 1, wide, block.inside, block.inputs, nullptr);
                arrays += 2;
            }
            block.depthwise = taps(arrays[0], order(spec.kernel, false, 1), wide, block.inside);
            block.depthwise_back = taps(arrays[0], order(spec.kernel, true, spec.stride), wide, block.inside);
            block.depthwise_bias = row(arrays[1], wide, block.inside);
            block.project = matrix(arrays[2], wide, spec.outputs, spec.outputs, 1, block.inside, block.outputs, arrays[3]);
            block.project_back = matrix(arrays[2], spec.outputs, wide, 1, spec.outputs, block.outputs, block.inside, nullptr);
            arrays += 4;
            all_blocks.push_back(block);
        }
        blocks = block_count, block = all_blocks.data();
        head = padded(head_channels, SLICE), classes = class_count;
        const int top = specs[block_count - 1].outputs;
        head_forward = matrix(arrays[0], top, head_channels, head_channels, 1, inputs, head, arrays[1]);
        head_back = matrix(arrays[0], head_channels, top, 1, head_channels, head, inputs, nullptr);
        const int answers = padded(classes, SLICE);
        logits = matrix(arrays[2], head_channels, classes, classes, 1, head, answers, arrays[3]);
        logits_back = matrix(arrays[2], classes, head_channels, 1, classes, answers, head, nullptr);
    }

    // Which tap of a kernel lies where: as it is; turned around; or, where the stride is 2, those that meet even and
    // then those that meet odd columns, each of the columns turned around.
    static std::vector<int> order(int kernel, bool back, int stride) {
        std::vector<int> result;
        if (!back || stride == 1) {
            for (int tap = 0; tap < kernel * kernel; tap++) result.push_back(back ? kernel * kernel - 1 - tap : tap);
            return result;
        }
        const std::size_t half = static_cast<std::size_t>(kernel) * ((kernel + 1) / 2);
        for (int odd = 0; odd < 2; odd++) {
            for (int row = 0; row < kernel; row++)
                for (int column = (kernel - 1 - odd) / 2 * 2 + odd; column >= 0; column -= 2)
                    result.push_back(row * kernel + column);
            result.resize((odd + 1) * half, -1);
        }
        return result;
    }
};

// A pass with its room.
struct OwnedPass : Pass {
    std::vector<Grid> grids;
    std::vector<Buffer<Gates>> open;
    std::vector<Gates *> expand_gates, inner_gates;
    Buffer<Real> rooms[2], shares;

    Gates *gates_for(int height, int width, int channels) {
        open.emplace_back(static_cast<std::size_t>(height) * width * (channels / 8));
        return open.back().data();
    }

    OwnedPass(const Network &network, int picture_rows, int picture_columns, int top) : Pass{} {
        rows = picture_rows, columns = picture_columns;
        head = top >= head_of(network.blocks), logits = top >= logits_of(network.blocks);
        blocks = head ? network.blocks : top / 2;
        expands_last = !head && top % 2 == 1;
        int height = divided(rows, 2), width = divided(columns, 2);
        stem_gates = gates_for(height, width, network.stem);
        std::size_t most = static_cast<std::size_t>(height) * width * network.stem, most_shared = 0;
        for (int i = 0; i < blocks + (expands_last ? 1 : 0); i++) {
            const Block &block = network.block[i];
            const Grid grid = {height, width, divided(height, block.stride), divided(width, block.stride),
                               before(height, block.kernel, block.stride), before(width, block.kernel, block.stride)};
            grids.push_back(grid);
            expand_gates.push_back(block.expands ? gates_for(height, width, block.inside) : nullptr);
            if (i == blocks) break;
            inner_gates.push_back(gates_for(grid.out_rows, grid.out_columns, block.inside));
            const std::size_t in = static_cast<std::size_t>(height) * width * block.inputs;
            height = grid.out_rows, width = grid.out_columns;
            const std::size_t out = static_cast<std::size_t>(height) * width * block.outputs;
            most = std::max({most, in, out});
            if (grid.rows < MANY_ROWS) most_shared = std::max(most_shared, in);
            if (grid.out_rows < MANY_ROWS) most_shared = std::max(most_shared, out);
        }
        if (head) {
            head_gates = gates_for(height, width, network.head);
            most = std::max(most, static_cast<std::size_t>(height) * width * network.head);
        }
        most = std::max<std::size_t>(most, network.head);
        for (Buffer<Real> &room : rooms) room.resize(most);
        shares.resize(most_shared * SHARES);
        grid = grids.data(), gates = expand_gates.data(), inside = inner_gates.data();
        first = rooms[0].data(), second = rooms[1].data(), partial = shares.data();
    }
};


Real *scratch(std::size_t count) {
    thread_local Buffer<Real> room;
    if (room.size() < count) {
        room.clear();  // what it held is of no use: nothing is copied
        room.resize(count);
    }
    return room.data();
}

namespace avx2 {
extern const Functions functions;
}
namespace avx512 {
extern const Functions functions;
}
namespace neon {
extern const Functions functions;
}

namespace {

const Functions &functions() {
#if defined(__aarch64__)
    return neon::functions;
#else
    return vectors() == Vectors::avx512 ? avx512::functions : avx2::functions;
#endif
}

// What goes wrong is told by a number: exceptions stop here.
enum Status { DONE = 0, NO_MEMORY = 1, FAILED = 2 };

template <class F>
int told(const F &work) {
    try {
        work();
        return DONE;
    } catch (const std::bad_alloc &) {
        return NO_MEMORY;
    } catch (const std::exception &) {
        return FAILED;
    }
}

}  // namespace
}  // namespace vidream

using vidream::OwnedNetwork;
using vidream::OwnedPass;
using vidream::Real;

// A network of `blocks` blocks. specs: inputs, outputs, kernel, stride, expand, adds_input of each. arrays: kernel and
// bias of the stem (27, stem); of each block's expansion, where it has one (inputs, inside), of its depthwise
// convolution (kernel * kernel, inside), of its projection (inside, outputs); of the head, (outputs, head); of the
// logits, (head, classes). They are copied. Null where there is no memory for it.
VIDREAM_API void *vidream_network_new(int stem, int head, int classes, int blocks, const int *specs,
                                      const Real *const *arrays) {
    void *result = nullptr;
    vidream::told([&] {
        const auto *all = reinterpret_cast<const vidream::BlockSpec *>(specs);
        result = new OwnedNetwork(stem, head, classes, blocks, all, arrays);
    });
    return result;
}

VIDREAM_API void vidream_network_free(void *network) { delete static_cast<OwnedNetwork *>(network); }

// Room for a picture of `rows` x `columns` px on its way to the layer of the level `top`. Null where there is no memory
// for it.
VIDREAM_API void *vidream_pass_new(const void *network, int rows, int columns, int top) {
    void *result = nullptr;
    vidream::told([&] { result = new OwnedPass(*static_cast<const OwnedNetwork *>(network), rows, columns, top); });
    return result;
}

VIDREAM_API void vidream_pass_free(void *pass) { delete static_cast<OwnedPass *>(pass); }

// The activations of the layers that are not null (see Taps), up to the pass' top, which must be among them. Answers 0; 1
// where there is no memory for it.
VIDREAM_API int vidream_forward(const void *network, void *pass, const Real *picture, Real *const *layers, int threads) {
    return vidream::told([&] {
        const auto &net = *static_cast<const OwnedNetwork *>(network);
        auto &way = *static_cast<OwnedPass *>(pass);
        way.threads = threads;
        vidream::functions().forward(net, way, picture, layers);
    });
}

// The gradient, (rows, columns, 3), from the slopes of the layers that are not null; after a forward with this pass.
VIDREAM_API int vidream_backward(const void *network, void *pass, Real *const *slopes, Real *gradient, int threads) {
    return vidream::told([&] {
        const auto &net = *static_cast<const OwnedNetwork *>(network);
        auto &way = *static_cast<OwnedPass *>(pass);
        way.threads = threads;
        vidream::functions().backward(net, way, slopes, gradient);
    });
}
