// Products of rows of pixels with matrices, and rows of depthwise convolutions: where the time goes.
//
// Included once by each vector set, inside of its namespace (see network.h).

#if defined(__AVX512F__)
constexpr int LANES = 16;
#else
constexpr int LANES = 8;  // two registers of four where there are no wider ones
#endif

using Vector = Real __attribute__((vector_size(LANES * sizeof(Real))));
using Narrow = Real __attribute__((vector_size(PAD * sizeof(Real))));

template <class V>
constexpr int lanes_of = sizeof(V) / sizeof(Real);

// Whether there are 32 vector registers, and not 16.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr bool MANY_REGISTERS = true;
#else
constexpr bool MANY_REGISTERS = false;
#endif

// Which of eight channels each bit of a byte of gates is for.
template <class Mask>
inline Mask bits_of_lanes() {
    Mask bits;
    for (int lane = 0; lane < 8; lane++) bits[lane] = 1 << lane;
    return bits;
}

// Keep as many gates as a vector has channels, one bit each, from -1 where one is open and 0 where it is closed.
template <class V, class Mask>
inline void store_gates(Gates *gates, Mask open) {
#if defined(__AVX512F__)
    if constexpr (sizeof(V) == 64 && sizeof(Real) == 4) {
        const __mmask16 bits = _mm512_movepi32_mask(reinterpret_cast<__m512i>(open));
        __builtin_memcpy(gates, &bits, sizeof bits);
        return;
    }
#endif
#if defined(__AVX2__)
    if constexpr (sizeof(V) == 32) {
        *gates = static_cast<Gates>(_mm256_movemask_ps(reinterpret_cast<__m256>(open)));
        return;
    }
#endif
#if defined(__aarch64__)
    if constexpr (sizeof(V) == 32) {
        const Mask bits = open & bits_of_lanes<Mask>();
        uint32x4_t halves[2];
        __builtin_memcpy(halves, &bits, sizeof bits);
        *gates = static_cast<Gates>(vaddvq_u32(vorrq_u32(halves[0], halves[1])));
        return;
    }
#endif
    for (int byte = 0; byte < lanes_of<V> / 8; byte++) {
        unsigned bits = 0;
        for (int lane = 0; lane < 8; lane++) bits |= static_cast<unsigned>(open[8 * byte + lane] & 1) << lane;
        gates[byte] = static_cast<Gates>(bits);
    }
}

// The value where the gate is open, 0 where it is closed.
template <class V>
inline V gated(V value, const Gates *gates) {
    using Mask = decltype(value < value);
#if defined(__AVX512F__)
    if constexpr (sizeof(V) == 64 && sizeof(Real) == 4) {
        __mmask16 bits;
        __builtin_memcpy(&bits, gates, sizeof bits);
        return reinterpret_cast<V>(_mm512_maskz_mov_ps(bits, reinterpret_cast<__m512>(value)));
    }
#endif
    Mask open;
    if constexpr (lanes_of<V> == 8) {
        const Mask bits = bits_of_lanes<Mask>();
        open = (bits & (Mask{} + *gates)) == bits;
    } else {
        for (int lane = 0; lane < lanes_of<V>; lane++) open[lane] = -(gates[lane / 8] >> lane % 8 & 1);
    }
    return reinterpret_cast<V>(reinterpret_cast<Mask>(value) & open);
}

enum class Ending { PLAIN, RELU6, GATE };

// What is done with a result before it is stored. A NaN stays one.
template <Ending ENDING, class V>
inline V ended(V value, Gates *gates) {
    if constexpr (ENDING == Ending::PLAIN) return value;
    if constexpr (ENDING == Ending::RELU6) {
        const V zero = V{}, six = V{} + 6;
        store_gates<V>(gates, (value > zero) & (value < six));
        value = zero > value ? zero : value;
        return six < value ? six : value;
    }
    return gated(value, gates);
}

// Where the gates of a pixel's channels lie; nowhere, where there are none.
template <Ending ENDING>
inline Gates *gates_at(Gates *gates, std::ptrdiff_t offset) {
    if constexpr (ENDING == Ending::PLAIN) return nullptr;
    return gates + offset;
}

// Rows of pixels: where they begin, and how far apart pixels lie.
template <class T>
struct Row {
    T *at;
    std::ptrdiff_t pitch;
};

// Of a product: pixels and channels that are in registers at a time.
template <class V, int PIXELS, int VECTORS, Ending ENDING>
inline void tile(int depth, Row<const Real> in, const Real *slice, std::ptrdiff_t next_slice, const Real *bias,
                 Row<const Real> start, Row<Real> out, Row<Gates> gates) {
    constexpr int WIDE = lanes_of<V>;
    V sum[PIXELS][VECTORS];
#pragma GCC unroll 16
    for (int j = 0; j < VECTORS; j++) {
        const V first = bias ? load<V>(bias + WIDE * j) : V{};
#pragma GCC unroll 16
        for (int i = 0; i < PIXELS; i++) sum[i][j] = first;
    }
    if (start.at) {
#pragma GCC unroll 16
        for (int i = 0; i < PIXELS; i++)
#pragma GCC unroll 16
            for (int j = 0; j < VECTORS; j++) sum[i][j] += load<V>(start.at + i * start.pitch + WIDE * j);
    }
    for (int k = 0; k < depth; k++) {
        V weights[VECTORS];
#pragma GCC unroll 16
        for (int j = 0; j < VECTORS; j++)
            weights[j] = load<V>(slice + k * SLICE + (WIDE * j / SLICE) * next_slice + WIDE * j % SLICE);
#pragma GCC unroll 16
        for (int i = 0; i < PIXELS; i++) {
            const Real value = in.at[i * in.pitch + k];
#pragma GCC unroll 16
            for (int j = 0; j < VECTORS; j++) sum[i][j] += value * weights[j];
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < PIXELS; i++)
#pragma GCC unroll 16
        for (int j = 0; j < VECTORS; j++)
            store(out.at + i * out.pitch + WIDE * j,
                  ended<ENDING>(sum[i][j], gates_at<ENDING>(gates.at, i * gates.pitch + WIDE * j / 8)));
}

// Any number of pixels, by tiles; the last of them is as small as it must be.
template <class V, int PIXELS, int VECTORS, Ending ENDING>
void tiles(int pixels, int depth, Row<const Real> in, const Real *slice, std::ptrdiff_t next_slice, const Real *bias,
           Row<const Real> start, Row<Real> out, Row<Gates> gates) {
    while (pixels >= PIXELS) {
        tile<V, PIXELS, VECTORS, ENDING>(depth, in, slice, next_slice, bias, start, out, gates);
        in.at += PIXELS * in.pitch;
        if (start.at) start.at += PIXELS * start.pitch;
        out.at += PIXELS * out.pitch;
        gates.at += PIXELS * gates.pitch;
        pixels -= PIXELS;
    }
    if constexpr (PIXELS > 1) {
        if (pixels > 0)
            tiles<V, PIXELS - 1, VECTORS, ENDING>(pixels, depth, in, slice, next_slice, bias, start, out, gates);
    }
}

// What a product reads and writes beside its pixels.
struct Part {
    int input, depth;         // of the matrix' inputs: the first, and how many
    int slice, slices;        // of its outputs, in slices: the first, and how many
    const Real *bias;         // of the whole matrix, or null
};

// out = start + in * matrix + bias, for a row of pixels. `out`, `start`, `gates` begin at the part's first output.
template <Ending ENDING>
void product(const Matrix &matrix, const Part &part, int pixels, Row<const Real> in, Row<const Real> start,
             Row<Real> out, Row<Gates> gates) {
    const std::ptrdiff_t next_slice = static_cast<std::ptrdiff_t>(matrix.inputs) * SLICE;
    for (int q = 0; q < part.slices;) {
        const int index = part.slice + q, channel = q * SLICE;
        const Real *slice = matrix.slices + index * next_slice + static_cast<std::ptrdiff_t>(part.input) * SLICE;
        const Real *bias = part.bias ? part.bias + index * SLICE : nullptr;
        const Row<const Real> first = {start.at ? start.at + channel : nullptr, start.pitch};
        const Row<Real> result = {out.at + channel, out.pitch};
        const Row<Gates> open = {gates_at<ENDING>(gates.at, channel / 8), gates.pitch};
        const int channels = least(matrix.outputs - index * SLICE, (part.slices - q) * SLICE);
        if (LANES >= SLICE && channels >= 2 * SLICE) {
            tiles<Vector, 12, 2, ENDING>(pixels, part.depth, in, slice, next_slice, bias, first, result, open);
            q += 2;
            continue;
        }
        if (channels < SLICE)
            tiles<Narrow, MANY_REGISTERS ? 12 : 8, 1, ENDING>(pixels, part.depth, in, slice, next_slice, bias, first,
                                                             result, open);
        else if constexpr (LANES >= SLICE)
            tiles<Vector, 12, 1, ENDING>(pixels, part.depth, in, slice, next_slice, bias, first, result, open);
        else
            tiles<Vector, 6, 2, ENDING>(pixels, part.depth, in, slice, next_slice, bias, first, result, open);
        q += 1;
    }
}

// One row of a depthwise convolution: result[x] = first[x] + sum over rows r and taps t of in[r][STEP x + t] weights[r][t].
struct DepthwiseRow {
    int rows;                    // that it reads, at most MOST_TAPS
    const Real *const *in;       // each: the pixel that the first tap of the first result reads
    const Real *const *weights;  // each: (taps, weights_pitch)
    std::ptrdiff_t weights_pitch;
    int channels;                // a multiple of SLICE; also how far apart pixels of `in` lie
    const Real *bias;            // (channels,), or null
};

constexpr int MOST_TAPS = 5;

template <int PIXELS, int STEP, int TAPS, Ending ENDING>
inline void depthwise_tile(const DepthwiseRow &row, int x, int channel, Row<const Real> first, Row<Real> out,
                           Row<Gates> gates) {
    const std::ptrdiff_t pitch = row.channels;
    Vector sum[PIXELS];
    const Vector bias = row.bias ? load<Vector>(row.bias + channel) : Vector{};
#pragma GCC unroll 16
    for (int i = 0; i < PIXELS; i++) sum[i] = bias;
    if (first.at) {
#pragma GCC unroll 16
        for (int i = 0; i < PIXELS; i++) sum[i] += load<Vector>(first.at + (x + i) * first.pitch + channel);
    }
    for (int r = 0; r < row.rows; r++) {
        const Real *in = row.in[r] + STEP * x * pitch + channel;
        const Real *weights = row.weights[r] + channel;
        Vector weight[TAPS];
#pragma GCC unroll 16
        for (int t = 0; t < TAPS; t++) weight[t] = load<Vector>(weights + t * row.weights_pitch);
#pragma GCC unroll 32
        for (int p = 0; p < STEP * (PIXELS - 1) + TAPS; p++) {
            const Vector value = load<Vector>(in + p * pitch);
#pragma GCC unroll 16
            for (int t = 0; t < TAPS; t++)
                if (p >= t && (p - t) % STEP == 0 && (p - t) / STEP < PIXELS) sum[(p - t) / STEP] += value * weight[t];
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < PIXELS; i++)
        store(out.at + (x + i) * out.pitch + channel,
              ended<ENDING>(sum[i], gates_at<ENDING>(gates.at, (x + i) * gates.pitch + channel / 8)));
}

template <int STEP, int TAPS, Ending ENDING>
void depthwise_taps(const DepthwiseRow &row, int pixels, Row<const Real> first, Row<Real> out, Row<Gates> gates) {
    constexpr int PIXELS = 8;
    for (int x = 0; x < pixels; x += PIXELS) {
        if (pixels >= PIXELS) {
            const int begin = least(x, pixels - PIXELS);  // some of the last are computed twice: faster than apart
            for (int channel = 0; channel < row.channels; channel += LANES)
                depthwise_tile<PIXELS, STEP, TAPS, ENDING>(row, begin, channel, first, out, gates);
            continue;
        }
        for (int y = x; y < pixels; y++)
            for (int channel = 0; channel < row.channels; channel += LANES)
                depthwise_tile<1, STEP, TAPS, ENDING>(row, y, channel, first, out, gates);
    }
}

template <Ending ENDING>
void depthwise(const DepthwiseRow &row, int step, int taps, int pixels, Row<const Real> first, Row<Real> out,
               Row<Gates> gates) {
    if (step == 2) {
        if (taps == 3) return depthwise_taps<2, 3, ENDING>(row, pixels, first, out, gates);
        return depthwise_taps<2, 5, ENDING>(row, pixels, first, out, gates);
    }
    if (taps == 1) return depthwise_taps<1, 1, ENDING>(row, pixels, first, out, gates);
    if (taps == 2) return depthwise_taps<1, 2, ENDING>(row, pixels, first, out, gates);
    if (taps == 3) return depthwise_taps<1, 3, ENDING>(row, pixels, first, out, gates);
    depthwise_taps<1, 5, ENDING>(row, pixels, first, out, gates);
}
