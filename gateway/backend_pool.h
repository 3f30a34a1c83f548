#pragma once

#include "gateway/backend_connection.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

class BackendPool;

// A place among the connections to a back end, and the connection in it. It goes back to the pool
// when the lease ends; the connection is kept if it may be used again.
class Lease {
  public:
    Lease() = default;
    Lease(BackendPool* pool, std::string key, BackendMeasures& measures)
        : pool_(pool), key_(std::move(key)), measures_(&measures) {}
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          key_(std::move(other.key_)),
          measures_(other.measures_),
          connection_(std::move(other.connection_)) {}
    Lease& operator=(Lease&& other) noexcept {
        end();
        pool_ = std::exchange(other.pool_, nullptr);
        key_ = std::move(other.key_);
        measures_ = other.measures_;
        connection_ = std::move(other.connection_);
        return *this;
    }
    ~Lease() { end(); }

    explicit operator bool() const { return connection_ != nullptr; }
    BackendConnection* operator->() const { return connection_.get(); }
    // What an exchange on it came to, for those who watch the back end.
    void answered() const { measures_->answered(); }
    void failed() const { measures_->failed(); }
    void end();

  private:
    friend class BackendPool;
    BackendPool* pool_ = nullptr;
    std::string key_;
    BackendMeasures* measures_ = nullptr;
    std::unique_ptr<BackendConnection> connection_;
};

// The kept connections of one loop to all back ends. Not thread-safe: each loop has its own. Idle
// ones are closed after idle_timeout; one that may have gone stale is tested with RSET before it is
// lent again.
class BackendPool {
  public:
    // `loops`: how many pools share the configured limits.
    BackendPool(boost::asio::io_context& context, Services& services, std::uint64_t loops);

    // An idle connection or a new one. Waits, within `limit`, when the back end's connections are
    // all on loan. Errors: unreachable, timeout, limit.
    base::Task<base::Result<Lease>> take(Route route, Timeout limit);

    // The `limit` for a message that is to be sent: it may wait for a place as long as for the
    // back end's answer, and somebody waits for ours.
    Timeout patience() const;

    // Somebody waits for a place.
    bool is_short() const;

    // Closes idle connections that are past their time, and those over max_idle_connections that
    // nobody wanted lately; called every second or so by the loop.
    void sweep(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());
    void close_idle();
    // Also those on loan or being opened: what they are used for fails, and from now on nothing is
    // lent. For the end of a stop that took too long.
    void close_all();

  private:
    friend class Lease;
    struct Waiter {
        boost::asio::steady_timer timer;
        bool has_place = false;  // given by who took it off the list
    };
    struct Backend {
        BackendMeasures* measures = nullptr;
        std::vector<std::unique_ptr<BackendConnection>> idle;  // most recently used last
        std::uint64_t lent = 0;      // places, also of what is being opened
        std::list<Waiter*> waiting;  // first come, first served
    };
    std::uint64_t places() const;
    Backend& of(const Route& route, const std::string& key);
    void put(Lease& lease, std::unique_ptr<BackendConnection> connection);
    void give_back(const std::string& key, std::unique_ptr<BackendConnection> connection);
    base::Task<base::Result<void>> wait_for_place(Backend& backend, Timeout limit);
    base::Task<base::Result<void>> open(Lease& lease, Route route, Timeout limit);

    boost::asio::io_context& context_;
    Services& services_;
    std::uint64_t loops_;
    std::set<BackendConnection*> on_loan_;
    bool closed_ = false;
    std::map<std::string, Backend>
        backends_;  // entries stay: references to them are held while waiting
};

}  // namespace gateway
