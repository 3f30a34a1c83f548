#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "portal/http_guard.h"
#include "portal/http_message.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace portal {

struct HttpLimits {
    HeadLimits head;
    std::chrono::milliseconds head_timeout{10'000};
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds idle_timeout{60'000};  // between two requests
    std::chrono::milliseconds write_timeout{30'000};
    std::uint64_t write_rate_min = 16 * 1024;  // bytes a second, adds to write_timeout
    std::size_t connections_max = 512;
    std::size_t requests_per_connection_max = 1000;
};

// What is decided about a request before its body is read.
struct Plan {
    std::optional<Response> refusal;
    std::size_t body_bytes_max = 0;
    // Something that is counted for as long as the exchange lasts.
    std::shared_ptr<const void> place;
};

// What stands behind the server. All of it runs on the server's loop.
class Application {
  public:
    virtual ~Application() = default;
    // Accepted Host values, lower case.
    virtual const std::vector<std::string>& hosts() const = 0;
    virtual Plan plan(const Request& head) = 0;
    // `request` lives until the answer is there.
    virtual base::Task<Response> answer(const Request& request) = 0;
    // The response for what the server itself refuses.
    virtual Response refuse(const Refusal& refusal) const = 0;
    // Called for every response, those of the server itself too: fields that stand on all of them.
    virtual void complete(Response& response) const = 0;
};

// HTTP/1.1 over plain TCP, for one loop. Boost.Beast is a parser, not a guard: what it is given has
// been through read_head() first, and it only takes bodies apart. Knows nothing of what it serves.
// TLS is the business of a reverse proxy in front.
class HttpServer {
  public:
    // Binds and starts to accept. `host` is an IP address; port 0 picks a free one. Errors: in_use,
    // trouble. The application must outlive the server's last connection.
    static base::Result<std::unique_ptr<HttpServer>> listen(
        boost::asio::io_context& loop,
        const std::string& host,
        std::uint16_t port,
        Application& application,
        const HttpLimits& limits,
        base::Log& log,
        base::Clock& clock
    );
    virtual ~HttpServer() = default;

    virtual std::string address() const = 0;  // "127.0.0.1:8080", "[::1]:8080"
    // On the loop: accepts no more, closes what is idle, lets what works finish. Calls `when_empty`
    // on the loop when the last connection has gone.
    virtual void close(std::function<void()> when_empty) = 0;
    // On the loop: cuts off what is still there.
    virtual void abort() = 0;
};

}  // namespace portal
