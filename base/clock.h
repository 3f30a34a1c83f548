#pragma once

#include "base/result.h"

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace base {

// A point in time, UTC, in milliseconds: what the store keeps and the portal shows.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

// Wall-clock time as a parameter, so that a test can move it. Deadlines of sockets use the
// monotonic clock of the event loop and not this.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;
};

class SystemClock final : public Clock {
  public:
    Time now() const override;
};

class ManualClock final : public Clock {
  public:
    explicit ManualClock(Time start) : now_(start) {}
    Time now() const override {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    void advance(std::chrono::milliseconds step) {
        const std::lock_guard lock(mutex_);
        now_ += step;
    }
    void set(Time now) {
        const std::lock_guard lock(mutex_);
        now_ = now;
    }

  private:
    mutable std::mutex mutex_;
    Time now_;
};

// "2026-11-21T20:03:47.123Z" (RFC 3339 §5.6), always UTC, always milliseconds.
std::string to_rfc3339(Time time);

// Reads what to_rfc3339 writes, with or without the fraction.
Result<Time> from_rfc3339(std::string_view text);

}  // namespace base
