// Threads that stay: one call of `parallel` is one region of a computation, cut into units of work.
#pragma once

#include <type_traits>

namespace vidream {

// What is done for each unit: a function and what it closes over, not owned. Unlike std::function it allocates nothing.
struct Work {
    void (*call)(const void* closure, int unit);
    const void* closure;
};

// Call work for 0 .. units - 1, on at most `threads` threads, the caller's included; return when all are done.
//
// Which thread does which unit is open: what is written must depend on the unit alone. Any number of threads may call at
// once; a call from within a unit is done by the thread that makes it. The first exception of a unit is thrown to the
// caller once no thread is at work for it any more; units that have not begun are then left out.
void parallel(int units, int threads, Work work);

// The same with anything that can be called with a unit.
template <class Function>
void parallel(int units, int threads, const Function& function) {
    static_assert(std::is_invocable_v<const Function&, int>, "work takes the number of a unit");
    parallel(units, threads, Work{[](const void* closure, int unit) { (*static_cast<const Function*>(closure))(unit); },
                                  &function});
}

}  // namespace vidream
