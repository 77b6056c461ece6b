// The gradient of networks and pictures of any size is that of plain loops in double precision, and the same bytes on
// any number of threads. Prints nothing where it is.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "check.h"
#include "network.h"

using vidream::Real;

extern "C" {
void *vidream_network_new(int stem, int head, int classes, int blocks, const int *specs, const Real *const *arrays);
void vidream_network_free(void *network);
void *vidream_pass_new(const void *network, int rows, int columns, int top);
void vidream_pass_free(void *pass);
int vidream_forward(const void *network, void *pass, const Real *picture, Real *const *layers, int threads);
int vidream_backward(const void *network, void *pass, Real *const *slopes, Real *gradient, int threads);
const char *vidream_vectors(void);
}

namespace {

using Numbers = std::vector<double>;
using Random = std::mt19937;

int integer(Random &random, int least, int most) { return std::uniform_int_distribution<>(least, most)(random); }

Numbers uniform(Random &random, std::size_t count, double least, double most) {
    Numbers values(count);
    // numbers that a float holds exactly: both sides compute with the same
    for (double &value : values) value = static_cast<float>(std::uniform_real_distribution<>(least, most)(random));
    return values;
}

// (rows, columns, channels).
struct Image {
    int rows = 0, columns = 0, channels = 0;
    Numbers values;

    Image() = default;
    Image(int height, int width, int depth)
        : rows(height), columns(width), channels(depth), values(static_cast<std::size_t>(height) * width * depth, 0.0) {}
    double &at(int y, int x, int c) { return values[(static_cast<std::size_t>(y) * columns + x) * channels + c]; }
    double at(int y, int x, int c) const { return const_cast<Image *>(this)->at(y, x, c); }
    Image like() const { return Image(rows, columns, channels); }
    void add(const Image &other) {
        for (std::size_t i = 0; i < values.size(); i++) values[i] += other.values[i];
    }
};

// A convolution with SAME padding, of each channel by itself or of all: kernel (side, side, inputs or 1, outputs).
struct Convolution {
    int side, stride, inputs, outputs;
    bool depthwise, relu6;
    Numbers kernel, bias;

    Convolution() = default;
    Convolution(Random &random, int k, int s, int in, int out, bool separate, bool gate)
        : side(k), stride(s), inputs(in), outputs(out), depthwise(separate), relu6(gate) {
        const int fan = side * side * (depthwise ? 1 : inputs);
        const double most = std::sqrt(4.0 / fan);
        kernel = uniform(random, static_cast<std::size_t>(fan) * outputs, -most, most);
        bias = uniform(random, outputs, -0.5, 1.0);
    }

    // Call with each pair of a px of the result and one that it reads, and with the tap between them.
    template <class Each>
    void pairs(int rows, int columns, const Each &each) const {
        const int out_rows = (rows + stride - 1) / stride, out_columns = (columns + stride - 1) / stride;
        const int top = std::max(0, (out_rows - 1) * stride + side - rows) / 2;
        const int left = std::max(0, (out_columns - 1) * stride + side - columns) / 2;
        for (int y = 0; y < out_rows; y++)
            for (int x = 0; x < out_columns; x++)
                for (int i = 0; i < side; i++)
                    for (int j = 0; j < side; j++) {
                        const int from_y = y * stride + i - top, from_x = x * stride + j - left;
                        if (from_y >= 0 && from_y < rows && from_x >= 0 && from_x < columns)
                            each(y, x, from_y, from_x, i * side + j);
                    }
    }

    double weight(int tap, int in, int out) const {
        return kernel[(static_cast<std::size_t>(tap) * (depthwise ? 1 : inputs) + in) * outputs + out];
    }

    Image forward(const Image &from) const {
        Image to((from.rows + stride - 1) / stride, (from.columns + stride - 1) / stride, outputs);
        for (std::size_t i = 0; i < to.values.size(); i++) to.values[i] = bias[i % outputs];
        pairs(from.rows, from.columns, [&](int y, int x, int from_y, int from_x, int tap) {
            for (int o = 0; o < outputs; o++) {
                if (depthwise) to.at(y, x, o) += weight(tap, 0, o) * from.at(from_y, from_x, o);
                for (int c = 0; c < (depthwise ? 0 : inputs); c++)
                    to.at(y, x, o) += weight(tap, c, o) * from.at(from_y, from_x, c);
            }
        });
        if (relu6)
            for (double &value : to.values) value = std::min(6.0, std::max(0.0, value));
        return to;
    }

    Image backward(const Image &from, const Image &answer, Image slope) const {
        if (relu6)
            for (std::size_t i = 0; i < slope.values.size(); i++)
                if (!(answer.values[i] > 0 && answer.values[i] < 6)) slope.values[i] = 0;
        Image to = from.like();
        pairs(from.rows, from.columns, [&](int y, int x, int from_y, int from_x, int tap) {
            for (int o = 0; o < outputs; o++) {
                if (depthwise) to.at(from_y, from_x, o) += weight(tap, 0, o) * slope.at(y, x, o);
                for (int c = 0; c < (depthwise ? 0 : inputs); c++)
                    to.at(from_y, from_x, c) += weight(tap, c, o) * slope.at(y, x, o);
            }
        });
        return to;
    }
};

struct Block {
    bool expands, adds;
    Convolution expand, depthwise, project;
};

// A network by plain loops.
struct Network {
    Convolution stem, head, logits;
    std::vector<Block> blocks;

    explicit Network(Random &random) {
        const int widths[] = {3, 8, 13, 16, 24, 40};
        const auto width = [&] { return widths[integer(random, 0, 5)]; };
        int inputs = width();
        stem = Convolution(random, 3, 2, 3, inputs, false, true);
        for (int i = integer(random, 1, 4); i > 0; i--) {
            const int stride = integer(random, 1, 2), side = integer(random, 0, 1) ? 3 : 5;
            int outputs = integer(random, 0, 1) ? inputs : width();
            // there are no kernels for a first block that adds its input, unless the stem fills its slices
            while (blocks.empty() && outputs == inputs && inputs % vidream::SLICE) outputs = width();
            const int times[] = {1, 2, 3, 6};
            append(random, side, stride, times[integer(random, 0, 3)], inputs, outputs);
            inputs = outputs;
        }
        finish(random, inputs, width(), integer(random, 1, 20));
    }

    // With the shapes of EfficientNet-Lite0 (Tan and Le 2019), as vidream/dream/architecture.py has them.
    static Network lite0(Random &random) {
        const int stages[][5] = {{1, 3, 1, 1, 16},  {2, 3, 2, 6, 24},  {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80},
                                 {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192}, {1, 3, 1, 6, 320}};
        Network network;
        int inputs = 32;
        network.stem = Convolution(random, 3, 2, 3, inputs, false, true);
        for (const auto &[repeats, side, stride, expand, outputs] : stages)
            for (int i = 0; i < repeats; i++) {
                network.append(random, side, i ? 1 : stride, expand, inputs, outputs);
                inputs = outputs;
            }
        network.finish(random, inputs, 1280, 1000);
        return network;
    }

    Network() = default;

    void append(Random &random, int side, int stride, int expand, int inputs, int outputs) {
        const int inside = inputs * expand;
        blocks.push_back({expand > 1, stride == 1 && inputs == outputs,
                          Convolution(random, 1, 1, inputs, inside, false, true),
                          Convolution(random, side, stride, inside, inside, true, true),
                          Convolution(random, 1, 1, inside, outputs, false, false)});
    }

    void finish(Random &random, int inputs, int wide, int classes) {
        head = Convolution(random, 1, 1, inputs, wide, false, true);
        logits = Convolution(random, 1, 1, wide, classes, false, false);
    }

    int count() const { return static_cast<int>(blocks.size()); }
    int top() const { return vidream::logits_of(count()); }
    bool has(int level) const {
        const bool of_block = level > vidream::STEM && level < vidream::head_of(count());
        return !of_block || level % 2 == 0 || blocks[(level - 1) / 2].expands;
    }

    // The library's copy.
    void *native() const {
        std::vector<std::vector<Real>> kept;
        std::vector<int> specs;
        const auto keep = [&](const Convolution &convolution) {
            kept.emplace_back(convolution.kernel.begin(), convolution.kernel.end());
            kept.emplace_back(convolution.bias.begin(), convolution.bias.end());
        };
        keep(stem);
        for (const Block &block : blocks) {
            const int inputs = block.expand.inputs;
            specs.insert(specs.end(), {inputs, block.project.outputs, block.depthwise.side, block.depthwise.stride,
                                       block.depthwise.outputs / inputs, block.adds});
            if (block.expands) keep(block.expand);
            keep(block.depthwise);
            keep(block.project);
        }
        keep(head);
        keep(logits);
        std::vector<const Real *> arrays;
        for (const auto &values : kept) arrays.push_back(values.data());
        return vidream_network_new(stem.outputs, head.outputs, logits.outputs, count(), specs.data(), arrays.data());
    }

    // What every level up to `top` answers; beside those also what lies between the levels.
    struct Answers {
        Image source;
        std::vector<Image> levels, convolved;
        Image mean;
    };

    Answers forward(const Image &picture, int top) const {
        Answers answers;
        answers.source = picture;
        for (double &value : answers.source.values) value = (value - 127) / 128;
        answers.levels.resize(this->top() + 1);
        answers.convolved.resize(blocks.size());
        Image x = answers.levels[vidream::STEM] = stem.forward(answers.source);
        for (int i = 0; i < count() && vidream::expansion_of(i) <= top; i++) {
            const Block &block = blocks[i];
            Image inside = block.expands ? block.expand.forward(x) : x;
            answers.levels[vidream::expansion_of(i)] = inside;
            answers.convolved[i] = block.depthwise.forward(inside);
            Image projected = block.project.forward(answers.convolved[i]);
            if (block.adds) projected.add(x);
            x = answers.levels[vidream::answer_of(i)] = projected;
        }
        if (top >= vidream::head_of(count())) x = answers.levels[vidream::head_of(count())] = head.forward(x);
        if (top < vidream::logits_of(count())) return answers;
        answers.mean = Image(1, 1, x.channels);
        for (std::size_t i = 0; i < x.values.size(); i++)
            answers.mean.values[i % x.channels] += x.values[i] / (x.rows * x.columns);
        answers.levels[top] = logits.forward(answers.mean);
        return answers;
    }

    // slopes: of each level, empty where there is none.
    Image backward(const Answers &answers, const std::vector<Image> &slopes) const {
        const auto &levels = answers.levels;
        const int n = count(), at_head = vidream::head_of(n), at_logits = vidream::logits_of(n);
        const auto enter = [&](int level, Image &slope) {
            if (slope.values.empty()) slope = levels[level].like();
            if (!slopes[level].values.empty()) slope.add(slopes[level]);
        };
        Image slope;
        if (!levels[at_head].values.empty()) {
            if (!slopes[at_logits].values.empty()) {
                const Image mean = logits.backward(answers.mean, levels[at_logits], slopes[at_logits]);
                slope = levels[at_head].like();
                for (std::size_t i = 0; i < slope.values.size(); i++)
                    slope.values[i] = mean.values[i % slope.channels] / (slope.rows * slope.columns);
            }
            enter(at_head, slope);
            slope = head.backward(levels[vidream::answer_of(n - 1)], levels[at_head], slope);
        }
        for (int i = n - 1; i >= 0; i--) {
            const Image &answer = levels[vidream::answer_of(i)], &inside = levels[vidream::expansion_of(i)];
            const Image &below = levels[i ? vidream::answer_of(i - 1) : vidream::STEM];
            if (answer.values.empty()) continue;
            enter(vidream::answer_of(i), slope);
            const Image through = slope;
            slope = blocks[i].project.backward(answers.convolved[i], answer, slope);
            slope = blocks[i].depthwise.backward(inside, answers.convolved[i], slope);
            if (blocks[i].expands) {
                enter(vidream::expansion_of(i), slope);
                slope = blocks[i].expand.backward(below, inside, slope);
            }
            if (blocks[i].adds) slope.add(through);
        }
        enter(vidream::STEM, slope);
        slope = stem.backward(answers.source, levels[vidream::STEM], slope);
        for (double &value : slope.values) value /= 128;
        return slope;
    }
};

// A layer's channels as they lie in the library's memory.
int width(const Network &network, int level, int channels) {
    const bool answer = level > 0 && level < vidream::head_of(network.count()) && level % 2 == 0;
    return vidream::padded(channels, answer ? vidream::PAD : vidream::SLICE);
}

std::vector<Real> padded(const Image &image, int width) {
    std::vector<Real> result(image.values.size() / image.channels * width, Real(0));
    for (std::size_t i = 0; i < image.values.size(); i++)
        result[i / image.channels * width + i % image.channels] = static_cast<Real>(image.values[i]);
    return result;
}

Numbers narrowed(const std::vector<Real> &values, int width, int channels) {
    Numbers result;
    for (std::size_t i = 0; i < values.size(); i++) {
        if (static_cast<int>(i % width) < channels) result.push_back(values[i]);
        else check(values[i] == 0, "channels that are not there are zero");
    }
    return result;
}

double relative_error(const Numbers &found, const Numbers &expected) {
    double apart = 0, size = 0;
    check(found.size() == expected.size(), "as many numbers");
    for (std::size_t i = 0; i < found.size(); i++) {
        apart += (found[i] - expected[i]) * (found[i] - expected[i]);
        size += expected[i] * expected[i];
    }
    return std::sqrt(apart / (size + 1e-30));
}

// Double: rounding alone. Float: a sum near 0 or 6 may open another gate, which is a whole path of a small network.
constexpr bool DOUBLE = sizeof(Real) == sizeof(double);
constexpr double ANSWERS_APART = DOUBLE ? 1e-12 : 1e-5, GRADIENTS_APART = DOUBLE ? 1e-12 : 1e-2;

struct Case {
    Network network;
    Image picture;
    int top;
    Network::Answers answers;
    std::vector<Image> slopes;
    Image gradient;

    Case(Random &random, int rows, int columns) : Case(random, Network(random), rows, columns, false) {}

    Case(Random &random, const Network &any, int rows, int columns, bool whole)
        : network(any), picture(rows, columns, 3) {
        picture.values = uniform(random, picture.values.size(), 0, 255);
        do top = whole ? network.top() : integer(random, 0, network.top());
        while (!network.has(top));
        answers = network.forward(picture, top);
        slopes.resize(network.top() + 1);
        for (int level = 0; level <= top; level++) {
            if (!network.has(level) || (level != top && integer(random, 0, 2))) continue;
            slopes[level] = answers.levels[level].like();
            slopes[level].values = uniform(random, slopes[level].values.size(), -1, 1);
        }
        gradient = network.backward(answers, slopes);
    }

    // The library's gradient, and whether it is right.
    std::vector<Real> compute(const void *native, int threads) const {
        void *pass = vidream_pass_new(native, picture.rows, picture.columns, top);
        check(pass != nullptr, "there is room for a pass");
        const std::vector<Real> source(picture.values.begin(), picture.values.end());
        std::vector<std::vector<Real>> rooms(slopes.size()), entering(slopes.size());
        std::vector<Real *> layers(slopes.size(), nullptr), starts(slopes.size(), nullptr);
        for (std::size_t i = 0; i < slopes.size(); i++) {
            if (slopes[i].values.empty()) continue;
            const int wide = width(network, static_cast<int>(i), slopes[i].channels);
            entering[i] = padded(slopes[i], wide);
            rooms[i].resize(entering[i].size());
            layers[i] = rooms[i].data(), starts[i] = entering[i].data();
        }
        check(vidream_forward(native, pass, source.data(), layers.data(), threads) == 0, "the way up");
        for (std::size_t i = 0; i < slopes.size(); i++) {
            if (slopes[i].values.empty()) continue;
            const int channels = slopes[i].channels;
            const Numbers found = narrowed(rooms[i], width(network, static_cast<int>(i), channels), channels);
            check(relative_error(found, answers.levels[i].values) < ANSWERS_APART, "activations");
        }
        std::vector<Real> result(source.size(), Real(0));
        check(vidream_backward(native, pass, starts.data(), result.data(), threads) == 0, "the way back");
        vidream_pass_free(pass);
        const Numbers found(result.begin(), result.end());
        check(relative_error(found, gradient.values) < GRADIENTS_APART, "gradients");
        return result;
    }
};

bool same(const std::vector<Real> &a, const std::vector<Real> &b) {
    return std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0;
}

void any_size(int cases) {
    Random random(7);
    for (int i = 0; i < cases; i++) {
        const int sides[][2] = {{130, 70}, {9, 9}, {450, 12}, {9, 9}, {12, 450}};  // px at most: middling, small, long
        const auto &most = sides[i % 5];
        const Case one(random, integer(random, 1, most[0]), integer(random, 1, most[1]));
        void *native = one.network.native();
        check(native != nullptr, "there is room for a network");
        const std::vector<Real> alone = one.compute(native, 1);
        for (int threads : {2, 3, 8}) check(same(one.compute(native, threads), alone), "the same on any threads");
        vidream_network_free(native);
    }
}

void lite0() {
    Random random(9);
    for (const auto &[rows, columns] : {std::pair{67, 45}, std::pair{224, 31}}) {
        const Case one(random, Network::lite0(random), rows, columns, true);
        void *native = one.network.native();
        check(same(one.compute(native, 1), one.compute(native, 2)), "EfficientNet-Lite0 on two threads");
        vidream_network_free(native);
    }
}

// Several threads of a program with one network, each with a pass of its own.
void callers_at_once() {
    Random random(8);
    const Case one(random, 60, 50);
    void *native = one.network.native();
    const std::vector<Real> alone = one.compute(native, 1);
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 3; caller++)
        callers.emplace_back([&] {
            for (int i = 0; i < 3; i++) check(same(one.compute(native, 2), alone), "several callers at once");
        });
    for (std::thread &caller : callers) caller.join();
    vidream_network_free(native);
}

}  // namespace

int main(int, char **words) {
    if (!*vidream_vectors()) return 0;  // there are no kernels for this processor
    any_size(words[1] ? std::atoi(words[1]) : 100);
    lite0();
    callers_at_once();
}
