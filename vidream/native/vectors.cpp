#include "vectors.h"

#include <cstdlib>
#include <string>
#include <vector>

#if defined(__x86_64__) || defined(_M_X64)
#include <cpuid.h>
#endif

namespace vidream {
namespace {

struct Row {
    Vectors set;
    const char *name;
    bool possible;
};

#if defined(__x86_64__) || defined(_M_X64)

// Of the answer of `cpuid` to one leaf: eax, ebx, ecx, edx.
struct Leaf {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    explicit Leaf(unsigned leaf) { __get_cpuid_count(leaf, 0, &eax, &ebx, &ecx, &edx); }
};

constexpr bool all(unsigned word, unsigned bits) { return (word & bits) == bits; }

// Which registers the system keeps for a thread (XCR0): an instruction of the processor is of no use without.
unsigned kept_registers() {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

// Intel SDM vol. 2A, table "Information Returned by CPUID Instruction"; the flags are those in CMakeLists.txt. Asked by
// hand because __builtin_cpu_supports needs a run-time library that clang-cl does not link.
std::vector<Row> rows() {
    const Leaf basic(1), extended(7);
    const bool saves = all(basic.ecx, bit_OSXSAVE);
    const unsigned kept = saves ? kept_registers() : 0;
    const bool avx2 = all(basic.ecx, bit_AVX | bit_FMA) && all(extended.ebx, bit_AVX2) && all(kept, 0x06);
    const bool avx512 = avx2 && all(extended.ebx, bit_AVX512F | bit_AVX512BW | bit_AVX512VL | bit_AVX512DQ) && all(kept, 0xe6);
    return {{Vectors::avx512, "avx512", avx512}, {Vectors::avx2, "avx2", avx2}};
}

#else

// Every AArch64 processor has it.
std::vector<Row> rows() { return {{Vectors::neon, "neon", true}}; }

#endif

struct Choice {
    Vectors set{};
    const char *name = "";
    std::string possible;

    Choice() {
        const char *wanted = std::getenv("VIDREAM_VECTORS");
        bool found = false;
        for (const Row &row : rows()) {
            if (!row.possible) continue;
            possible += (possible.empty() ? "" : " ") + std::string(row.name);
            const bool named = wanted && std::string(wanted) == row.name;
            if (*name && (found || !named)) continue;
            set = row.set;
            name = row.name;
            found = named;
        }
    }
};

const Choice &choice() {
    static const Choice once;
    return once;
}

}  // namespace

Vectors vectors() { return choice().set; }
const char *vectors_name() { return choice().name; }
const char *vectors_possible() { return choice().possible.c_str(); }

}  // namespace vidream
