// The pool's promises, for the sanitizers: every unit once, whoever calls and from where. Prints nothing where all hold.
#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.h"
#include "pool.h"

#ifndef _WIN32
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace {

// Each unit writes a place of its own, which is not atomic: whoever does a unit twice, or returns too early, is seen.
bool every_unit_once(int units, int threads) {
    std::vector<long> seen(static_cast<std::size_t>(units), 0);
    vidream::parallel(units, threads, [&](int unit) { seen[static_cast<std::size_t>(unit)] += unit + 1; });
    for (int unit = 0; unit < units; ++unit) {
        if (seen[static_cast<std::size_t>(unit)] != unit + 1) return false;
    }
    return true;
}

void sizes() {
    for (int threads : {-1, 0, 1, 2, 3, 8, 64, 1000}) {
        for (int units : {0, 1, 2, 3, 7, 64, 1000}) check(every_unit_once(units, threads), "every unit once");
    }
}

void many_regions() {
    for (int round = 0; round < 5000; ++round) check(every_unit_once(1 + round % 9, 4), "many short regions");
}

// A unit that takes its time is over, too, when the call is.
void slow_helpers() {
    for (int round = 0; round < 10; ++round) {
        std::vector<int> done(4, 0);
        vidream::parallel(4, 4, [&](int unit) {
            std::this_thread::sleep_for(std::chrono::milliseconds(3 * unit));
            done[static_cast<std::size_t>(unit)] = 1;
        });
        check(std::accumulate(done.begin(), done.end(), 0) == 4, "a call waits for its slowest unit");
    }
}

void callers_at_once() {
    std::vector<std::thread> callers;
    std::atomic<bool> holds{true};
    for (int caller = 0; caller < 6; ++caller) {
        callers.emplace_back([&, caller] {
            for (int round = 0; round < 300; ++round) {
                if (!every_unit_once(1 + (round + caller) % 50, 2 + caller % 3)) holds = false;
            }
        });
    }
    for (std::thread& caller : callers) caller.join();
    check(holds, "several threads call at once");
}

void at_most_as_many_as_asked() {
    std::atomic<int> present{0}, most{0};
    every_unit_once(64, 16);  // the pool has more helpers than are asked for below
    vidream::parallel(200, 3, [&](int) {
        const int here = ++present;
        for (int before = most; before < here && !most.compare_exchange_weak(before, here);) {
        }
        std::this_thread::sleep_for(std::chrono::microseconds(200));
        --present;
    });
    check(most <= 3, "at most as many threads as were asked for");
    check(most >= 2, "helpers help");
}

void nested() {
    std::vector<int> inner(6 * 5, 0);
    vidream::parallel(6, 3, [&](int outer) {
        const auto self = std::this_thread::get_id();
        vidream::parallel(5, 3, [&, outer](int unit) {
            check(std::this_thread::get_id() == self, "a call from within a unit stays on its thread");
            ++inner[static_cast<std::size_t>(outer * 5 + unit)];
        });
    });
    check(std::accumulate(inner.begin(), inner.end(), 0) == 30, "nested calls do every unit");
}

void exceptions() {
    for (int threads : {1, 4}) {
        for (int round = 0; round < 100; ++round) {
            bool caught = false;
            try {
                vidream::parallel(50, threads, [&](int unit) {
                    if (unit % 10 == 7) throw std::runtime_error("a unit fails");
                });
            } catch (const std::runtime_error&) {
                caught = true;
            }
            check(caught, "a unit's exception is the caller's");
            check(every_unit_once(20, threads), "and the next region works");
        }
    }
}

#ifndef _WIN32
// ThreadSanitizer does not follow a fork of a process with threads.
#if defined(__SANITIZE_THREAD__)
constexpr bool FORKS = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool FORKS = false;
#else
constexpr bool FORKS = true;
#endif
#else
constexpr bool FORKS = true;
#endif

void forks() {
    every_unit_once(100, 4);
    std::atomic<bool> over{false};
    std::thread busy([&] {
        while (!over) every_unit_once(10, 3);
    });
    for (int round = 0; round < 20; ++round) {
        const pid_t child = fork();
        if (child == 0) {
            alarm(20);
            _exit(every_unit_once(100, 4) && every_unit_once(100, 4) ? 0 : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a child of fork has a pool of its own");
    }
    over = true;
    busy.join();
}

void idle() {
    every_unit_once(100, 8);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto used = [] {
        rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        return 1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) +
               static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
    };
    const double before = used();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    check(used() - before < 0.05, "a pool without work takes no time");
}
#endif

}  // namespace

int main() {
    sizes();
    many_regions();
    slow_helpers();
    callers_at_once();
    at_most_as_many_as_asked();
    nested();
    exceptions();
#ifndef _WIN32
    if (FORKS) forks();
    idle();
#endif
    // the end of a program does not wait for a thread that is at work, nor does that thread fall over it
    std::thread([] {
        for (;;) every_unit_once(10, 3);
    }).detach();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}
