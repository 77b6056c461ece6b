#include "pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif
#ifndef _WIN32
#include <pthread.h>
#endif

namespace vidream {
namespace {

using Clock = std::chrono::steady_clock;

// Regions of a gradient follow each other within this time; to wake a thread that sleeps takes about as long.
constexpr auto PATIENCE = std::chrono::microseconds(50);
// What is asked for beyond this is done by those who are there.
constexpr int MOST_HELPERS = 255;

thread_local bool in_unit = false;

void pause() {
#if defined(__x86_64__) || defined(_M_X64)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

// Wait busily until `ready()` or the deadline; tell whether it is ready.
template <class Ready>
bool spin(Clock::time_point deadline, const Ready& ready) {
    do {
        for (int i = 0; i < 32; ++i) {
            if (ready()) return true;
            pause();
        }
    } while (Clock::now() < deadline);
    return ready();
}

// One call of `parallel`. It lies on its caller's stack: helpers leave it before the caller does.
class Job {
public:
    Job(int units, int helpers_at_most, Work work) : seats(helpers_at_most), units_(units), work_(work) {}

    // Free places for helpers; the pool's mutex guards it.
    int seats;
    // Helpers that are at work; changed under the pool's mutex, read without.
    std::atomic<int> helpers{0};
    std::exception_ptr problem;

    bool open() const { return next_.load(std::memory_order_relaxed) < units_; }

    void run(std::mutex& mutex) {
        const bool outer = std::exchange(in_unit, true);
        try {
            for (int unit; (unit = claim()) < units_;) work_.call(work_.closure, unit);
        } catch (...) {
            next_.store(units_, std::memory_order_relaxed);
            const std::lock_guard<std::mutex> lock(mutex);
            if (!problem) problem = std::current_exception();
        }
        in_unit = outer;
    }

private:
    int claim() {
        // looked at first, so that the count stays near `units` however often it is asked
        return open() ? next_.fetch_add(1, std::memory_order_relaxed) : units_;
    }

    // on a line of the cache of its own: all threads write it
    alignas(64) std::atomic<int> next_{0};
    alignas(64) const int units_;
    const Work work_;
};

class Pool {
public:
    void run(int units, int threads, Work work) {
        Job job(units, std::min(threads, units) - 1, work);
        post(job);
        job.run(mutex_);
        finish(job);
        if (job.problem) std::rethrow_exception(job.problem);
    }

private:
    void post(Job& job) {
        int sleeping;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            jobs_.push_back(&job);
            posts_.fetch_add(1, std::memory_order_release);
            hire();
            sleeping = std::min(sleepers_, std::max(0, job.seats - spinners_));
        }
        for (; sleeping > 0; --sleeping) posted_.notify_one();
    }

    // Start helpers until all seats of all jobs can be taken. Where none can be had, those who are there do the work.
    void hire() {
        int wanted = 0;
        for (const Job* job : jobs_) wanted += job->seats + job->helpers.load(std::memory_order_relaxed);
        try {
            for (; helpers_ < std::min(wanted, MOST_HELPERS); ++helpers_) std::thread(&Pool::serve, this).detach();
        } catch (const std::system_error&) {
        }
    }

    void finish(Job& job) {
        std::unique_lock<std::mutex> lock(mutex_);
        jobs_.erase(std::find(jobs_.begin(), jobs_.end(), &job));
        const auto alone = [&] { return job.helpers.load(std::memory_order_acquire) == 0; };
        if (alone()) return;
        lock.unlock();
        if (!spin(Clock::now() + PATIENCE, alone)) {
            lock.lock();
            left_.wait(lock, alone);
        }
    }

    // A seat at some job; nullptr: all are taken.
    Job* take_seat() {
        for (Job* job : jobs_) {
            if (job->seats > 0 && job->open()) {
                --job->seats;
                job->helpers.fetch_add(1, std::memory_order_relaxed);
                return job;
            }
        }
        return nullptr;
    }

    void serve() {
        auto deadline = Clock::now() + PATIENCE;
        std::unique_lock<std::mutex> lock(mutex_);
        for (;;) {
            if (Job* job = take_seat()) {
                lock.unlock();
                job->run(mutex_);
                lock.lock();
                // the job may be gone from here on
                if (job->helpers.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_all();
                deadline = Clock::now() + PATIENCE;
                continue;
            }
            const unsigned seen = posts_.load(std::memory_order_relaxed);
            const auto fresh = [&] { return posts_.load(std::memory_order_acquire) != seen; };
            ++spinners_;
            lock.unlock();
            spin(deadline, fresh);
            lock.lock();
            --spinners_;
            ++sleepers_;
            posted_.wait(lock, fresh);
            --sleepers_;
        }
    }

    std::mutex mutex_;
    std::condition_variable posted_, left_;
    std::vector<Job*> jobs_;
    std::atomic<unsigned> posts_{0};
    int helpers_ = 0, spinners_ = 0, sleepers_ = 0;
};

// Never destroyed: at exit, helpers sleep in it.
std::atomic<Pool*> current{nullptr};

// A child of fork has none of its parent's threads, and the mutex as some thread held it: it begins a pool of its own.
void watch_forks() {
#ifndef _WIN32
    static const int watching = pthread_atfork(nullptr, nullptr, [] { current.store(nullptr); });
    static_cast<void>(watching);
#endif
}

Pool& pool() {
    Pool* present = current.load(std::memory_order_acquire);
    if (present) return *present;
    watch_forks();
    Pool* mine = new Pool;
    if (current.compare_exchange_strong(present, mine, std::memory_order_acq_rel)) return *mine;
    delete mine;
    return *present;
}

}  // namespace

void parallel(int units, int threads, Work work) {
    if (threads > 1 && units > 1 && !in_unit) {
        pool().run(units, threads, work);
        return;
    }
    for (int unit = 0; unit < units; ++unit) work.call(work.closure, unit);
}

}  // namespace vidream
