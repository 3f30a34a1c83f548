#include "command/heartbeat.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <string>

namespace command {

namespace asio = boost::asio;
using base::Task;

namespace {

// Beats in one of the watchdog's intervals: several may be missed before it barks.
constexpr int beats_per_interval = 6;
// Loops show a sign of life every second; a shorter limit would blame them for that.
constexpr std::chrono::microseconds silence_min = std::chrono::seconds(3);

}  // namespace

Heartbeat::Heartbeat(
    asio::io_context& loop,
    Supervisor& supervisor,
    const metrics::Liveness& liveness,
    base::Log& log
)
    : loop_(loop), supervisor_(supervisor), liveness_(liveness), log_(log) {}

void Heartbeat::start(database::Store& store) {
    store_ = &store;
    // It ends with the loop.
    if (supervisor_.watchdog()) asio::co_spawn(loop_, beat(), asio::detached);
}

Task<> Heartbeat::beat() {
    asio::steady_timer timer(loop_);
    for (;;) {
        if (is_stopping_) {
            supervisor_.alive();
        } else if (is_alive()) {
            has_complained_ = false;
            // The writer's answer is the beat.
            writer_asked_ = true;
            asio::co_spawn(loop_, ask_writer(), asio::detached);
        }
        timer.expires_after(pause());
        const auto [cancelled] = co_await timer.async_wait(base::use_task);
        if (cancelled) co_return;
    }
}

bool Heartbeat::is_alive() {
    if (writer_asked_) {
        complain("writer");
        return false;
    }
    const auto silent = liveness_.silent(std::max(pause(), silence_min));
    if (silent.empty()) return true;
    complain(silent.front());
    return false;
}

void Heartbeat::complain(std::string_view who) {
    if (std::exchange(has_complained_, true)) return;
    log_.warning("heartbeat_missed", {{"silent", std::string(who)}});
}

// A transaction that changes nothing: it waits its turn in the writer's queue and writes nothing.
Task<> Heartbeat::ask_writer() {
    asio::steady_timer timer(loop_);
    for (;;) {
        auto nothing = [](database::Transaction&) { return base::Result<void>(); };
        const auto done = co_await store_->write(std::move(nothing));
        // A store that refuses to write (a broken disk) has answered, and a restart would not mend
        // it. A full queue is no answer: whoever should empty it may hang.
        if (done || done.error().kind != base::ErrorKind::limit) break;
        timer.expires_after(pause());
        const auto [cancelled] = co_await timer.async_wait(base::use_task);
        if (cancelled) co_return;
    }
    writer_asked_ = false;
    supervisor_.alive();
}

std::chrono::microseconds Heartbeat::pause() const {
    return *supervisor_.watchdog() / beats_per_interval;
}

}  // namespace command
