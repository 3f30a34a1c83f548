#include "gateway/watchdog.h"

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace gateway {

using Instant = std::chrono::steady_clock::time_point;

namespace {

// Between two of its steps an operation has nothing that could be cancelled.
constexpr std::chrono::milliseconds again_after{100};

}  // namespace

struct Watchdog::State {
    boost::asio::steady_timer timer;
    std::function<void()> on_expiry;
    Instant deadline = Instant::max();
    Instant timer_due = Instant::max();
    bool expired = false;

    State(const boost::asio::any_io_executor& executor, std::function<void()> callback)
        : timer(executor), on_expiry(std::move(callback)) {}

    // A cancelled wait is still called once, maybe after the watchdog is gone: it holds the state
    // weakly.
    static void set_timer(const std::shared_ptr<State>& state) {
        state->timer_due = state->deadline;
        state->timer.expires_at(state->deadline);
        state->timer.async_wait([weak = std::weak_ptr(state)](boost::system::error_code error) {
            const auto alive = weak.lock();
            if (!error && alive) fired(alive);
        });
    }

    static void fired(const std::shared_ptr<State>& state) {
        state->timer_due = Instant::max();
        if (state->deadline == Instant::max()) return;
        if (std::chrono::steady_clock::now() < state->deadline) {
            set_timer(state);
            return;
        }
        state->expired = true;
        state->deadline = std::chrono::steady_clock::now() + again_after;
        set_timer(state);
        state->on_expiry();
    }
};

Watchdog::Watchdog(const boost::asio::any_io_executor& executor, std::function<void()> on_expiry)
    : state_(std::make_shared<State>(executor, std::move(on_expiry))) {}
Watchdog::~Watchdog() = default;

void Watchdog::expect_within(std::chrono::milliseconds timeout) {
    state_->expired = false;
    state_->deadline = std::chrono::steady_clock::now() + timeout;
    if (state_->deadline < state_->timer_due) State::set_timer(state_);
}

void Watchdog::rest() {
    state_->deadline = Instant::max();
}

bool Watchdog::expired() const {
    return state_->expired;
}

}  // namespace gateway
