#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace gateway {

// A deadline that moves at every operation but costs a number, not a timer: the timer is only set
// anew when it is due too late, and looks at the number when it fires. Used on one loop.
class Watchdog {
  public:
    // `on_expiry` is called on the loop, again and again until rest(): what it cancels may just
    // have been between two steps, where there is nothing to cancel.
    Watchdog(const boost::asio::any_io_executor& executor, std::function<void()> on_expiry);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    void expect_within(std::chrono::milliseconds timeout);
    // The operation ended: nothing is expected.
    void rest();
    // True when the last expect_within() ran out.
    bool expired() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace gateway
