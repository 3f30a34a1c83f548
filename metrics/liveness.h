#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace metrics {

// The sign of life of one thread. A thread that goes round says beat() each time round; one that
// sleeps until there is work says beat() when it begins and with each step, and rest() when it has
// finished: from then on nothing is expected of it. Thread-safe, and costs a clock and a store.
class Pulse {
  public:
    using Instant = std::chrono::steady_clock::time_point;

    void beat(Instant now = std::chrono::steady_clock::now()) {
        last_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    }
    void rest() { last_.store(resting, std::memory_order_relaxed); }
    // Since the last beat(); zero while it rests.
    std::chrono::steady_clock::duration silence(Instant now) const;

  private:
    static constexpr std::int64_t resting = -1;
    std::atomic<std::int64_t> last_ = resting;  // steady_clock ticks
};

// Whether the threads that mail depends on (each loop, the writer) still answer: one answer for the
// health endpoint and for the supervisor's watchdog. Says nothing about whether mail is accepted.
// Thread-safe.
class Liveness {
  public:
    // Loops beat every second, the writer with every job. Who restarts the program for it should be
    // more patient than who only looks: a slow disk is not mended by a restart.
    static constexpr std::chrono::seconds limit_for_a_look{30};
    static constexpr std::chrono::seconds limit_for_a_restart{180};

    // A new thread, resting at first. The pulse lives as long as this.
    Pulse& add(std::string name);

    // Names of those that have been silent for longer than `limit`, in the order of add(). Empty:
    // all live.
    std::vector<std::string> silent(
        std::chrono::steady_clock::duration limit = limit_for_a_look,
        Pulse::Instant now = std::chrono::steady_clock::now()
    ) const;

  private:
    struct Thread {
        explicit Thread(std::string its_name) : name(std::move(its_name)) {}
        std::string name;
        Pulse pulse;
    };
    mutable std::mutex mutex_;
    std::deque<Thread> threads_;
};

}  // namespace metrics
