#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace metrics {

// How often a value fell below each of a few bounds, and the sum of all. Thread-safe; an event
// costs a search in the bounds and two atomic additions.
class Histogram {
  public:
    // `bounds`: upper ends, included, ascending, without infinity.
    explicit Histogram(std::vector<double> bounds);
    Histogram(const Histogram&) = delete;
    Histogram& operator=(const Histogram&) = delete;

    void observe(double value);

    struct Snapshot {
        std::vector<std::uint64_t> cumulative;  // for each bound, then for all
        double sum = 0;
        std::uint64_t count() const { return cumulative.back(); }
    };
    Snapshot snapshot() const;
    const std::vector<double>& bounds() const { return bounds_; }

  private:
    const std::vector<double> bounds_;
    std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;  // one more than bounds
    std::atomic<double> sum_ = 0;
};

// Seconds from a tenth of a millisecond to a minute, for what waits for a disk or another server.
std::vector<double> second_bounds();

}  // namespace metrics
