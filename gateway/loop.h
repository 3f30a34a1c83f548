#pragma once

#include "gateway/backend_pool.h"
#include "gateway/backend_transaction.h"
#include "gateway/services.h"
#include "gateway/transport.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace gateway {

// A connection as its loop sees it: what may be done to it from outside its own coroutine.
// Registered by its life.
class Loop;
class OpenConnection {
  public:
    OpenConnection(Loop& loop, Transport& transport);
    ~OpenConnection();
    OpenConnection(const OpenConnection&) = delete;
    OpenConnection& operator=(const OpenConnection&) = delete;

    Transport& transport;
    bool is_idle = true;  // between messages: may be ended at once when we stop
    std::vector<std::unique_ptr<BackendTransaction>>
        backends;  // of the message that is being received

  private:
    Loop& loop_;
};

// One thread with its event loop, the connections that live on it and its back-end connections.
// Connections never move to another.
class Loop {
  public:
    // `name` for whoever asks which loop has stopped answering.
    Loop(Services& services, std::uint64_t loops, std::string name);

    boost::asio::io_context& context() { return context_; }
    Services& services() { return services_; }
    BackendPool& pool() { return pool_; }
    bool is_stopping() const { return stopping_; }  // on the loop

    // Runs `task` on this loop until it ends; what it throws is our bug and is logged. The loop's
    // thread does not end before.
    void spawn(std::string name, base::Task<> task);
    // For what has to run as long as the loop: when what `make` gives ends with an exception
    // (memory that ran out, a bug), it is logged and made anew a moment later.
    void keep_running(std::string name, std::function<base::Task<>()> make);
    // Tells the courier, wherever it runs, that the outbox has something new. Set before start().
    std::function<void()> wake_courier = [] {};

    // Called on the loop when stopping begins.
    void on_stop(std::function<void()> callback) { on_stop_.push_back(std::move(callback)); }

    void start();
    // From any thread: no new connections, idle ones are told 421 now, the others after their
    // message; when `grace` is over all are told and cut off. The thread ends when nothing is left.
    void stop(Timeout grace);
    void join();

  private:
    friend class OpenConnection;
    base::Task<> run_again_and_again(std::string name, std::function<base::Task<>()> make);
    base::Task<> sweep();
    void begin_stop(Timeout grace);
    void end_grace();
    void end_when_empty();

    Services& services_;
    metrics::Pulse& pulse_;
    boost::asio::io_context context_{1};
    BackendPool pool_;
    std::set<OpenConnection*> connections_;
    std::vector<std::function<void()>> on_stop_;
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    boost::asio::steady_timer sweep_timer_{context_};
    boost::asio::steady_timer stop_timer_{context_};
    bool stopping_ = false;
    std::atomic<int> tasks_ = 0;
    std::thread thread_;
};

}  // namespace gateway
