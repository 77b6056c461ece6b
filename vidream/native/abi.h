// What the library shows to whoever loads it.
#pragma once

// A function of the library. Nothing else of it can be seen from without.
#if defined(_WIN32)
#define VIDREAM_API extern "C" __declspec(dllexport)
#else
#define VIDREAM_API extern "C" __attribute__((visibility("default")))
#endif

namespace vidream {

// The number of the agreement between the functions in api.cpp and their callers in Python, where library.py has it, too:
// one more whenever a function takes or means something else, or answers other bytes: sessions remember it.
constexpr int ABI = 2;

}  // namespace vidream
