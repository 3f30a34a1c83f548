#pragma once

#include <atomic>
#include <cstdint>

namespace metrics {

// What only grows. Whoever counts holds a reference; an event costs one atomic addition, with a
// cache line of its own so that two counters never slow each other down.
class alignas(64) Counter {
  public:
    void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_ = 0;
};

// What goes up and down, in whole units.
class alignas(64) Gauge {
  public:
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_ = 0;
};

}  // namespace metrics
