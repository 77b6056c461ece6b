// Vector sets: for which of a processor's instructions the kernels were compiled, and which of these are used.
#pragma once

namespace vidream {

enum class Vectors { avx2, avx512, neon };

// The largest set that this processor and its system have, or a smaller one that the environment names in
// VIDREAM_VECTORS. Found once; a name that is not possible here is passed over.
Vectors vectors();

// Its name; "" where there are no kernels for this processor.
const char *vectors_name();

// The names of all that are possible here, the largest first, with a space between.
const char *vectors_possible();

}  // namespace vidream
