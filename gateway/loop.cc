#include "gateway/loop.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <exception>

namespace gateway {

using base::Task;
using base::use_task;
namespace asio = base::asio;

namespace {

constexpr Timeout sweep_every{1000};
constexpr Timeout sweep_every_when_short{100};
// A back-end connection that a dawdling client has not used for this long goes to somebody else.
constexpr Timeout lease_idle_max{5000};
// While somebody waits for a place at a back end: a few round trips to a far client.
constexpr Timeout lease_idle_when_short{250};
// After the grace, the time a connection has to say its 421 before it is cut off.
constexpr Timeout last_words{2000};
constexpr Timeout pause_after_bug{200};

}  // namespace

OpenConnection::OpenConnection(Loop& loop, Transport& the_transport)
    : transport(the_transport), loop_(loop) {
    loop_.connections_.insert(this);
}

OpenConnection::~OpenConnection() {
    // Leases go back before the connection is forgotten, or the loop could end in between.
    backends.clear();
    loop_.connections_.erase(this);
}

Loop::Loop(Services& services, std::uint64_t loops, std::string name)
    : services_(services),
      pulse_(services.monitor.liveness.add(std::move(name))),
      pool_(context_, services, loops) {}

void Loop::spawn(std::string name, Task<> task) {
    ++tasks_;
    auto ended = [this, name = std::move(name)](std::exception_ptr bug) {
        if (bug) {
            try {
                std::rethrow_exception(bug);
            } catch (const std::exception& exception) {
                services_.log.error("bug", {{"in", name}, {"what", exception.what()}});
            }
        }
        --tasks_;
        end_when_empty();
    };
    asio::co_spawn(context_, std::move(task), std::move(ended));
}

void Loop::keep_running(std::string name, std::function<Task<>()> make) {
    auto task = run_again_and_again(name, std::move(make));
    spawn(std::move(name), std::move(task));
}

Task<> Loop::run_again_and_again(std::string name, std::function<Task<>()> make) {
    asio::steady_timer timer(context_);
    while (true) {
        try {
            co_await make();
            co_return;
        } catch (const std::exception& bug) {
            services_.log.error("bug", {{"in", name}, {"what", bug.what()}});
        }
        if (stopping_) co_return;
        timer.expires_after(pause_after_bug);
        co_await timer.async_wait(use_task);
    }
}

void Loop::start() {
    work_.emplace(asio::make_work_guard(context_));
    asio::co_spawn(context_, sweep(), asio::detached);
    // The first look-up of a name starts a thread for all of them. Begun now, it cannot be refused
    // later, when that would end the program.
    asio::ip::tcp::resolver resolver(context_);
    resolver.async_resolve("127.0.0.1", "25", asio::ip::resolver_base::numeric_host, [](auto...) {
    });
    thread_ = std::thread([this] {
        context_.run();
        pulse_.rest();
    });
}

Task<> Loop::sweep() {
    while (!stopping_ || tasks_ > 0) {
        pulse_.beat();
        sweep_timer_.expires_after(pool_.is_short() ? sweep_every_when_short : sweep_every);
        // Cancelled when the loop ends.
        const auto [cancelled] = co_await sweep_timer_.async_wait(use_task);
        if (cancelled) co_return;
        pool_.sweep();
        const Timeout idle = pool_.is_short() ? lease_idle_when_short : lease_idle_max;
        for (auto* connection : connections_)
            for (auto& backend : connection->backends) backend->let_go_when_idle(idle);
    }
}

void Loop::stop(Timeout grace) {
    asio::post(context_, [this, grace] { begin_stop(grace); });
}

void Loop::begin_stop(Timeout grace) {
    if (stopping_) return;
    stopping_ = true;
    for (auto& callback : on_stop_) callback();
    for (auto* connection : connections_)
        if (connection->is_idle) connection->transport.interrupt();
    stop_timer_.expires_after(grace);
    stop_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) end_grace();
    });
    end_when_empty();
}

void Loop::end_grace() {
    for (auto* connection : connections_) connection->transport.interrupt();
    stop_timer_.expires_after(last_words);
    stop_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        // Without their sockets the coroutines end by themselves: their frames must not outlive
        // what they refer to.
        for (auto* connection : connections_) connection->transport.close();
        pool_.close_all();
    });
}

void Loop::end_when_empty() {
    if (!stopping_ || tasks_ > 0) return;
    pool_.close_idle();
    sweep_timer_.cancel();
    stop_timer_.cancel();
    work_.reset();
}

void Loop::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace gateway
