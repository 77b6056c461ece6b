// What the programs beside this file end with where a promise is not kept.
#pragma once

#include <cstdio>
#include <cstdlib>

inline void check(bool holds, const char *what) {
    if (holds) return;
    std::fprintf(stderr, "FAILED: %s\n", what);
    std::exit(1);
}
