#include "portal/http.h"

#include "tests/catch.h"
#include "tests/portal/wire.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <future>
#include <mutex>
#include <thread>

using portal::HttpLimits;
using portal::HttpServer;
using portal::Method;
using portal::Request;
using portal::Response;

namespace {

using namespace std::chrono_literals;

// Answers with what it was given, and keeps every request it ever saw.
class Echo final : public portal::Application {
  public:
    const std::vector<std::string>& hosts() const override { return hosts_; }

    portal::Plan plan(const Request& head) override {
        portal::Plan plan;
        if (head.path == "/refused") {
            plan.refusal.emplace();
            plan.refusal->status = 404;
        }
        plan.body_bytes_max = head.method == Method::post ? 100 : 0;
        return plan;
    }

    base::Task<Response> answer(const Request& request) override {
        if (request.path == "/throws") throw std::runtime_error("a bug");
        Response response;
        response.body = fmt::format(
            "{} {} [{}] cookie={}",
            portal::name_of(request.method),
            request.target,
            request.body,
            request.field("cookie") ? *request.field("cookie") : "none"
        );
        if (request.path == "/large") response.body.assign(16 * 1024 * 1024, 'x');
        const std::lock_guard lock(mutex_);
        seen_.push_back(request.path);
        co_return response;
    }

    Response refuse(const portal::Refusal& refusal) const override {
        Response response;
        response.status = refusal.status;
        response.body = refusal.why;
        return response;
    }
    void complete(Response& response) const override { response.set("X-Everywhere", "yes"); }

    std::vector<std::string> seen() const {
        const std::lock_guard lock(mutex_);
        return seen_;
    }

  private:
    std::vector<std::string> hosts_ = {"portal.test"};
    mutable std::mutex mutex_;
    std::vector<std::string> seen_;
};

struct Running {
    explicit Running(const HttpLimits& limits = HttpLimits()) {
        auto listening = HttpServer::listen(loop, "127.0.0.1", 0, echo, limits, *log, clock);
        REQUIRE(listening);
        server = std::move(*listening);
        thread = std::thread([this] { loop.run(); });
    }
    ~Running() {
        boost::asio::post(loop, [this] {
            server->close([] {});
            server->abort();
        });
        thread.join();
    }
    std::string talk(std::string_view bytes) const { return wire::talk(server->address(), bytes); }

    Echo echo;
    boost::asio::io_context loop;
    base::SystemClock clock;
    std::shared_ptr<base::Log> log = base::Log::to_nowhere();
    std::unique_ptr<HttpServer> server;
    std::thread thread;
};

std::string request(
    std::string_view line, std::string_view fields = "", std::string_view body = ""
) {
    return fmt::format("{} HTTP/1.1\r\nHost: portal.test\r\n{}\r\n{}", line, fields, body);
}

}  // namespace

TEST_CASE("Requests that follow each other on one connection are answered in order") {
    Running running;
    wire::Socket socket(running.server->address());
    socket.send(request("GET /one"));
    CHECK(wire::body_of(socket.read_response()) == "GET /one [] cookie=none");
    socket.send(request("GET /two") + request("POST /three", "Content-Length: 3\r\n", "abc"));
    CHECK(wire::body_of(socket.read_response()) == "GET /two [] cookie=none");
    const std::string third = socket.read_response();
    CHECK(wire::body_of(third) == "POST /three [abc] cookie=none");
    CHECK(wire::field_of(third, "X-Everywhere") == "yes");
    CHECK(wire::field_of(third, "Date").ends_with(" GMT"));
    socket.send(request("GET /four", "Connection: close\r\n"));
    const std::string last = socket.read_all();
    CHECK(wire::status_of(last) == 200);
    CHECK(wire::field_of(last, "Connection") == "close");
}

TEST_CASE("HEAD has the length of GET and no body") {
    Running running;
    wire::Socket socket(running.server->address());
    socket.send(request("HEAD /one") + request("GET /two"));
    const std::string head = socket.read_response(false);
    CHECK(wire::field_of(head, "Content-Length") == "24");
    CHECK(wire::body_of(socket.read_response()) == "GET /two [] cookie=none");
}

TEST_CASE("A chunked body is put together at every split, and its trailers never become fields") {
    Running running;
    const std::string bytes = request(
        "POST /chunked",
        "Transfer-Encoding: chunked\r\n",
        "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nCookie: forged=1\r\nHost: evil.test\r\n\r\n"
    );
    for (std::size_t split = 1; split < bytes.size(); ++split) {
        INFO(split);
        wire::Socket socket(running.server->address());
        socket.send(bytes.substr(0, split));
        socket.send(bytes.substr(split));
        CHECK(wire::body_of(socket.read_response()) == "POST /chunked [abcde] cookie=none");
    }
}

TEST_CASE("Behind a refused request nothing is ever run") {
    Running running;
    const std::string smuggled = request("GET /smuggled");
    const std::vector<std::string> attacks = {
        request("POST /a", "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"),
        request("POST /a", "Transfer-Encoding: x\r\n"),
        request("POST /a", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
        request("POST /a", "Content-Length: 0, 0\r\n"),
        request("POST /a", "Content-Length: 0\r\nContent-Length: 0\r\n"),
        request("POST /a", "X: a\r\n Content-Length: 60\r\n"),
        request("POST /a", "Transfer-Encoding\x0b: chunked\r\n"),
        "POST /a HTTP/1.0\r\nHost: portal.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: portal.test\r\nHost: portal.test\r\n\r\n",
        "GET /a HTTP/1.1\r\n\r\n",
        // The body breaks its word.
        request("POST /a", "Transfer-Encoding: chunked\r\n", "zz\r\n"),
        request("POST /a", "Transfer-Encoding: chunked\r\n", "-1\r\n"),
        request("POST /a", "Transfer-Encoding: chunked\r\n", "3\r\nabcX"),
        request("POST /a", "Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n"),
        request("POST /a", "Transfer-Encoding: chunked\r\n", "3\nabc\n0\n\n"),
    };
    for (const std::string& attack : attacks) {
        INFO(attack);
        const std::string said = running.talk(attack + smuggled);
        const std::vector<int> statuses = wire::statuses(said);
        REQUIRE(statuses.size() == 1);
        CHECK(statuses.front() == 400);
        CHECK(wire::field_of(said, "Connection") == "close");
        CHECK(wire::field_of(said, "X-Everywhere") == "yes");
    }
    CHECK(running.echo.seen().empty());
}

TEST_CASE("A body that a refused request announces is not taken for a request") {
    Running running;
    const std::string inner = request("GET /smuggled");
    const std::string said = running.talk(
        request("POST /refused", fmt::format("Content-Length: {}\r\n", inner.size()), inner)
    );
    CHECK(wire::statuses(said) == std::vector<int>{404});
    const std::string too_large = running.talk(
        request("POST /a", fmt::format("Content-Length: {}\r\n", 101), inner + std::string(60, ' '))
    );
    CHECK(wire::statuses(too_large) == std::vector<int>{413});
    const std::string chunks = running.talk(request(
        "POST /a", "Transfer-Encoding: chunked\r\n", "ff\r\n" + std::string(255, 'a') + "\r\n"
    ));
    CHECK(wire::statuses(chunks) == std::vector<int>{413});
    CHECK(running.echo.seen().empty());
}

TEST_CASE("A refused request without body leaves the connection open") {
    Running running;
    wire::Socket socket(running.server->address());
    socket.send(request("GET /refused"));
    CHECK(wire::status_of(socket.read_response()) == 404);
    socket.send(request("GET /one"));
    CHECK(wire::status_of(socket.read_response()) == 200);
}

TEST_CASE("A body that is waited for is asked for, and one that is too large is not") {
    Running running;
    wire::Socket socket(running.server->address());
    socket.send(request("POST /a", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
    CHECK(wire::status_of(socket.read_until("\r\n\r\n")) == 100);
    socket.send("abc");
    CHECK(wire::body_of(socket.read_response()) == "POST /a [abc] cookie=none");

    const std::string said =
        running.talk(request("POST /a", "Expect: 100-continue\r\nContent-Length: 300\r\n"));
    CHECK(wire::statuses(said) == std::vector<int>{413});
}

TEST_CASE("A head that grows without end is refused at its limit") {
    Running running;
    const std::string said = running.talk("GET /" + std::string(20'000, 'a'));
    CHECK(wire::statuses(said) == std::vector<int>{431});
}

TEST_CASE("An exception of the application becomes 500 and does not end the server") {
    Running running;
    CHECK(wire::statuses(running.talk(request("GET /throws"))) == std::vector<int>{500});
    CHECK(
        wire::statuses(running.talk(request("GET /", "Connection: close\r\n"))) ==
        std::vector<int>{200}
    );
}

TEST_CASE("Who sends a head or a body too slowly is cut off") {
    HttpLimits limits;
    limits.head_timeout = 100ms;
    limits.body_timeout = 100ms;
    limits.idle_timeout = 100ms;
    Running running(limits);
    CHECK(running.talk("GET / HT").empty());
    CHECK(running.talk("").empty());
    CHECK(running.talk(request("POST /a", "Content-Length: 3\r\n", "ab")).empty());
    // Idle after a request.
    CHECK(wire::statuses(running.talk(request("GET /"))) == std::vector<int>{200});
}

TEST_CASE("Who does not read is cut off") {
    HttpLimits limits;
    limits.write_timeout = 100ms;
    limits.write_rate_min = 1'000'000'000;
    Running running(limits);
    wire::Socket socket(running.server->address());
    socket.send(request("GET /large"));
    socket.read_until("\r\n\r\n");
    // Another connection is served meanwhile, and ours ends before all has been sent.
    CHECK(
        wire::statuses(running.talk(request("GET /", "Connection: close\r\n"))) ==
        std::vector<int>{200}
    );
    std::promise<void> passed;
    boost::asio::steady_timer timer(running.loop, 300ms);
    timer.async_wait([&](boost::system::error_code) { passed.set_value(); });
    passed.get_future().wait();
    CHECK(socket.read_all().size() < 16 * 1024 * 1024);
}

TEST_CASE("A connection serves so many requests and then ends") {
    HttpLimits limits;
    limits.requests_per_connection_max = 2;
    Running running(limits);
    const std::string said =
        running.talk(request("GET /1") + request("GET /2") + request("GET /3"));
    CHECK(wire::statuses(said) == std::vector<int>{200, 200});
}

TEST_CASE("When all connections are taken the one idle for longest makes room") {
    HttpLimits limits;
    limits.connections_max = 2;
    Running running(limits);
    wire::Socket first(running.server->address());
    first.send(request("GET /1"));
    first.read_response();
    wire::Socket second(running.server->address());
    second.send(request("GET /2"));
    second.read_response();
    wire::Socket third(running.server->address());
    third.send(request("GET /3"));
    CHECK(wire::status_of(third.read_response()) == 200);
    CHECK(first.read_all().empty());
    second.send(request("GET /4"));
    CHECK(wire::status_of(second.read_response()) == 200);
}

TEST_CASE("Heads that never end do not keep others out") {
    HttpLimits limits;
    limits.connections_max = 2;
    Running running(limits);
    wire::Socket first(running.server->address());
    first.send("G");
    wire::Socket second(running.server->address());
    second.send("GET /2 HTTP/1.1\r\nHost: ");
    for (int i = 3; i < 6; ++i) {
        wire::Socket next(running.server->address());
        next.send(request(fmt::format("GET /{}", i)));
        CHECK(wire::status_of(next.read_response()) == 200);
    }
    CHECK(first.read_all().empty());
}

TEST_CASE("Closing lets go of idle connections and says when the last has gone") {
    Running running;
    wire::Socket idle(running.server->address());
    idle.send(request("GET /1"));
    idle.read_response();
    std::promise<void> empty;
    boost::asio::post(running.loop, [&] { running.server->close([&] { empty.set_value(); }); });
    CHECK(idle.read_all().empty());
    CHECK(empty.get_future().wait_for(10s) == std::future_status::ready);
}
