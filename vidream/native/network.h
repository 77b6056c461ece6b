// An EfficientNet-Lite as its gradient is computed: what all vector sets share, and who does what for whom.
//
// The files that are compiled once for each vector set (gradient.cpp) may use nothing of the standard library but what
// holds no code: an inline function compiled for AVX-512 could otherwise be the one that the linker keeps for all.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vidream {

#ifndef VIDREAM_REAL
#define VIDREAM_REAL float
#endif
using Real = VIDREAM_REAL;

// Of a gate, one bit a channel: whether a ReLU6 let its input through.
using Gates = std::uint8_t;

// Channels that lie together in a matrix; all widths inside of blocks are multiples of it.
constexpr int SLICE = 16;
// Channels of which every row of pixels has a multiple; what is added to get there is zero.
constexpr int PAD = 8;

constexpr int padded(int channels, int to) { return (channels + to - 1) / to * to; }

// A 1x1 convolution: (inputs, outputs), in slices of SLICE outputs, each (inputs, SLICE); zeros fill the last.
struct Matrix {
    int inputs, outputs;  // both padded
    const Real *slices;
    const Real *bias;  // (outputs padded to SLICE,), or null
};

// One inverted residual with batch norm folded in.
struct Block {
    int inputs, outputs;  // channels, padded to PAD
    int inside;           // channels, padded to SLICE
    int kernel, stride;   // of the depthwise convolution, px
    bool expands;         // else its inside is its input
    bool adds_input;
    Matrix expand, project;            // forward
    Matrix expand_back, project_back;  // turned, without bias
    const Real *depthwise;             // (kernel, kernel, inside)
    const Real *depthwise_bias;        // (inside,)
    const Real *depthwise_back;        // see network.cpp: turned; where the stride is 2, by parity of the column
};

struct Network {
    int stem;  // channels of the stem, padded to SLICE
    Matrix stem_forward, stem_back;
    int blocks;
    const Block *block;
    int head, classes;  // channels; 0: there is no head
    Matrix head_forward, head_back, logits, logits_back;
};

// Rows and columns of what a block reads and of what it answers, and how far its first tap lies outside.
struct Grid {
    int rows, columns, out_rows, out_columns, top, left;
};

// One picture on its way: what is computed of the network, and the gates for the way back.
struct Pass {
    int rows, columns;  // of the picture
    int blocks;         // that are computed in full
    bool expands_last;  // whether the expansion of the block after them is the top
    bool head;          // whether the head is computed
    bool logits;        // and the logits
    int threads;
    const Grid *grid;        // of each block
    Gates *stem_gates;       // (h, w, stem / 8)
    Gates *const *gates;     // of each block: (rows, columns, inside / 8), after the expansion
    Gates *const *inside;    // of each block: (out_rows, out_columns, inside / 8), after the depthwise convolution
    Gates *head_gates;       // (h, w, head / 8)
    Real *first, *second;    // room for a layer's activations or slopes, in turn
    Real *partial;           // room for SHARES of the activations of a small layer
};

// Activations that are asked for, or slopes that enter: a pointer for each layer, by its level; null where there is none.
// Rows of pixels with their channels as padded as inside of a Pass; those of the logits are padded to SLICE.
using Taps = Real *const *;

// Levels of the layers, from the picture up. The expansion of a block lies below its answer; then come head and logits.
constexpr int STEM = 0;
constexpr int expansion_of(int block) { return 2 * block + 1; }
constexpr int answer_of(int block) { return 2 * block + 2; }
constexpr int head_of(int blocks) { return 2 * blocks + 1; }
constexpr int logits_of(int blocks) { return 2 * blocks + 2; }

// Rows that are enough for a layer's rows to be divided among units of work; of fewer, the channels inside are, into
// SHARES.
constexpr int MANY_ROWS = 48, SHARES = 4;

// What each vector set offers.
struct Functions {
    void (*forward)(const Network &, const Pass &, const Real *picture, Taps activations);
    void (*backward)(const Network &, const Pass &, Taps slopes, Real *gradient);
};

// Room of the calling thread, at least `count` numbers, aligned for any vector; it stays until the next call.
Real *scratch(std::size_t count);

}  // namespace vidream
