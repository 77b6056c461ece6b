// The C functions of the library: what Python calls by ctypes.
#include "abi.h"
#include "vectors.h"

VIDREAM_API int vidream_abi(void) { return vidream::ABI; }
VIDREAM_API const char *vidream_vectors(void) { return vidream::vectors_name(); }
VIDREAM_API const char *vidream_vectors_possible(void) { return vidream::vectors_possible(); }
