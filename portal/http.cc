// The one file that knows Boost.Beast and TCP.
#include "portal/http.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <list>
#include <utility>

namespace portal {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using base::Task;
using base::use_task;
using boost::system::error_code;

constexpr std::size_t read_bytes = 4096;
// A chunk header with extensions must fit beside what is already there.
constexpr std::size_t buffer_bytes_max = 64 * 1024;

struct Connection {
    explicit Connection(tcp::socket socket) : stream(std::move(socket)), buffer(buffer_bytes_max) {}

    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    std::string client;
    std::size_t served = 0;
    bool idle = true;            // waits for the first byte of a request
    bool waits_for_head = true;  // or for the rest of its head

    std::string_view buffered() const {
        return {static_cast<const char*>(buffer.cdata().data()), buffer.size()};
    }
};

std::string text_of(const tcp::endpoint& endpoint) {
    const bool v6 = endpoint.address().is_v6();
    return fmt::format(
        fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), endpoint.address().to_string(), endpoint.port()
    );
}

// RFC 9110 §5.6.7
std::string http_date(base::Time now) {
    return fmt::format(
        "{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::chrono::system_clock::to_time_t(now))
    );
}

class Server final : public HttpServer {
  public:
    Server(
        asio::io_context& loop,
        tcp::acceptor acceptor,
        Application& application,
        const HttpLimits& limits,
        base::Log& log,
        base::Clock& clock
    )
        : loop_(loop),
          acceptor_(std::move(acceptor)),
          application_(application),
          limits_(limits),
          log_(log),
          clock_(clock) {
        address_ = text_of(acceptor_.local_endpoint());
    }

    void start() { asio::co_spawn(loop_, accept(), ended("accepting")); }

    std::string address() const override { return address_; }

    void close(std::function<void()> when_empty) override {
        closing_ = true;
        when_empty_ = std::move(when_empty);
        error_code ignored;  // Closing twice is no harm.
        acceptor_.close(ignored);
        for (Connection* connection : connections_) {
            if (connection->idle) connection->stream.close();
        }
        tell_when_empty();
    }

    void abort() override {
        for (Connection* connection : connections_) connection->stream.close();
    }

  private:
    void tell_when_empty() {
        if (connections_.empty() && when_empty_) std::exchange(when_empty_, nullptr)();
    }

    // The owner of every coroutine: what ends by an exception is written down.
    std::function<void(std::exception_ptr)> ended(std::string_view what) {
        return [this, what](std::exception_ptr failure) {
            tell_when_empty();
            if (!failure) return;
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& exception) {
                log_.error(
                    "portal_failed", {{"doing", std::string(what)}, {"why", exception.what()}}
                );
            }
        };
    }

    Task<> accept() {
        while (acceptor_.is_open()) {
            tcp::socket socket(loop_);
            auto [error] = co_await acceptor_.async_accept(socket, use_task);
            if (error) {
                if (closing_ || error == asio::error::operation_aborted) co_return;
                // Out of descriptors or the like: give others time to close theirs.
                log_.warning("portal_accept_failed", {{"why", error.message()}});
                asio::steady_timer pause(loop_, std::chrono::milliseconds(100));
                auto [stopped] = co_await pause.async_wait(use_task);
                if (stopped) co_return;
                continue;
            }
            if (connections_.size() >= limits_.connections_max && !close_longest_waiting()) {
                continue;  // The socket closes: better one person turned away than all slow.
            }
            asio::co_spawn(loop_, serve(std::move(socket)), ended("serving"));
        }
    }

    // A new person is worth more than a connection that asks nothing, or takes its time to ask:
    // else one byte on each would keep everybody out.
    bool close_longest_waiting() {
        auto found = std::find_if(connections_.begin(), connections_.end(), [](Connection* other) {
            return other->waits_for_head && other->stream.socket().is_open();
        });
        if (found == connections_.end()) return false;
        (*found)->stream.close();
        return true;
    }

    Task<> serve(tcp::socket socket) {
        Connection connection(std::move(socket));
        error_code error;
        const tcp::endpoint peer = connection.stream.socket().remote_endpoint(error);
        if (error) co_return;
        connection.client = peer.address().to_string();
        connection.stream.socket().set_option(tcp::no_delay(true), error);
        const Place place(connections_, connection);

        bool go_on = true;
        while (go_on && !closing_) {
            go_on = co_await exchange(connection);
            // What has just been served waits behind those that have been idle for longer.
            connections_.splice(connections_.end(), connections_, place.at);
        }
        co_await part(connection);
    }

    // Keeps a connection in the list for as long as its coroutine lives.
    struct Place {
        Place(std::list<Connection*>& all, Connection& connection)
            : list(all), at(all.insert(all.end(), &connection)) {}
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() { list.erase(at); }
        std::list<Connection*>& list;
        std::list<Connection*>::iterator at;
    };

    // One request and its response. False: the connection has to end.
    Task<bool> exchange(Connection& connection) {
        connection.waits_for_head = true;
        auto head_bytes = co_await receive_head(connection);
        connection.waits_for_head = false;
        if (!head_bytes) co_return false;
        connection.idle = false;
        ++connection.served;

        auto head = read_head(
            connection.buffered().substr(0, *head_bytes), application_.hosts(), limits_.head
        );
        if (!head) {
            log_.info(
                "portal_refused",
                {
                    {"client", connection.client},
                    {"status", std::to_string(head.error().status)},
                    {"why", std::string(head.error().why)},
                }
            );
            Response refusal = refused(head.error());
            co_await send(connection, nullptr, refusal);
            co_return false;
        }
        Request request = std::move(*head);
        request.client = connection.client;

        Plan plan = application_.plan(request);
        if (!plan.refusal && request.content_length.value_or(0) > plan.body_bytes_max) {
            plan.refusal = refused(too_large);
        }
        if (plan.refusal) {
            // The body, if there is one, has not been read and must not be taken for a request.
            plan.refusal->close |= request.announces_body();
            co_return co_await finish_exchange(connection, request, *plan.refusal, *head_bytes);
        }
        auto body_refusal = co_await receive_body(connection, request, plan, *head_bytes);
        if (body_refusal) {
            Response refusal = refused(*body_refusal);
            co_await send(connection, &request, refusal);
            co_return false;
        }
        Response response = co_await answer(request);
        co_return co_await finish_exchange(connection, request, response, 0);
    }

    // The end of the connection too.
    Response refused(const Refusal& refusal) const {
        Response response = application_.refuse(refusal);
        response.close = true;
        return response;
    }

    static constexpr Refusal too_large{413, "The request body is too large."};

    Task<bool> finish_exchange(
        Connection& connection, const Request& request, Response& response, std::size_t consume
    ) {
        connection.buffer.consume(consume);
        const bool last = connection.served >= limits_.requests_per_connection_max;
        response.close |= !request.keep_alive || last || closing_;
        const bool sent = co_await send(connection, &request, response);
        co_return sent && !response.close;
    }

    // The size of the head that now stands in the buffer; none: nobody is there any more (or was
    // too slow), or what was sent could not be a head and has been answered.
    Task<std::optional<std::size_t>> receive_head(Connection& connection) {
        const std::optional<std::size_t> nothing;
        const bool first = connection.served == 0;
        connection.idle = connection.buffer.size() == 0;
        connection.stream.expires_after(
            connection.idle && !first ? limits_.idle_timeout : limits_.head_timeout
        );
        std::size_t searched = 0;
        for (;;) {
            const std::string_view seen = connection.buffered();
            const std::size_t end = seen.find("\r\n\r\n", searched < 3 ? 0 : searched - 3);
            if (end != seen.npos) co_return end + 4;
            if (seen.size() > limits_.head.bytes_max) co_return seen.size();
            searched = seen.size();

            auto room = connection.buffer.prepare(read_bytes);
            auto [error, count] = co_await connection.stream.async_read_some(room, use_task);
            if (error) co_return nothing;
            connection.buffer.commit(count);
            if (connection.idle) {
                connection.idle = false;
                connection.stream.expires_after(limits_.head_timeout);
            }
        }
    }

    // Takes the body apart with Beast, which sees the same head that the guard has passed. The
    // fields of `request` stay as they are: Beast merges trailers into its own.
    Task<std::optional<Refusal>> receive_body(
        Connection& connection, Request& request, const Plan& plan, std::size_t head_bytes
    ) {
        std::optional<Refusal> refusal;
        http::request_parser<http::string_body> parser;
        parser.header_limit(static_cast<std::uint32_t>(limits_.head.bytes_max));
        parser.body_limit(plan.body_bytes_max);
        parser.eager(false);
        error_code error;
        const auto head = asio::buffer(connection.buffer.cdata(), head_bytes);
        const std::size_t taken = parser.put(head, error);
        if (error || taken != head_bytes || !parser.is_header_done()) {
            refusal.emplace(Refusal{400, "The request head is malformed."});
            co_return refusal;
        }
        connection.buffer.consume(head_bytes);
        if (parser.is_done()) co_return refusal;

        connection.stream.expires_after(limits_.body_timeout);
        if (request.expects_continue && connection.buffer.size() == 0) {
            static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            const auto bytes = asio::buffer(go_on);
            auto [unsent, count] = co_await asio::async_write(connection.stream, bytes, use_task);
            if (unsent) {
                refusal.emplace(Refusal{408, "The body did not come."});
                co_return refusal;
            }
        }
        auto [unread, count] =
            co_await http::async_read(connection.stream, connection.buffer, parser, use_task);
        if (unread) {
            if (unread == http::error::body_limit) {
                refusal.emplace(too_large);
            } else {
                // After a time-out the stream is closed already, and nobody hears this.
                refusal.emplace(Refusal{400, "The body is malformed or ends too early."});
            }
            co_return refusal;
        }
        request.body = std::move(parser.get().body());
        co_return refusal;
    }

    Task<Response> answer(const Request& request) {
        try {
            Task<Response> answering = application_.answer(request);
            co_return co_await std::move(answering);
        } catch (const std::exception& exception) {
            log_.error(
                "portal_failed", {{"target", path_for_log(request.path)}, {"why", exception.what()}}
            );
        }
        co_return refused(Refusal{500, "Postern has a problem; its log says more."});
    }

    // False when it could not be sent. `request` is null when there was none that could be read.
    Task<bool> send(Connection& connection, const Request* request, Response& response) {
        application_.complete(response);
        const std::string_view content = response.content();
        const bool has_content = response.status != 204 && response.status != 304;
        const std::size_t bytes = has_content ? content.size() : 0;
        connection.stream.expires_after(
            limits_.write_timeout + std::chrono::seconds(bytes / limits_.write_rate_min)
        );
        http::response<http::span_body<const char>> message;
        message.version(11);
        message.result(static_cast<unsigned>(response.status));
        message.reason(as_beast(reason_phrase(response.status)));
        message.set(http::field::date, http_date(clock_.now()));
        for (const Field& field : response.fields) {
            message.insert(as_beast(field.name), as_beast(field.value));
        }
        if (has_content) message.content_length(content.size());
        message.keep_alive(!response.close);
        if (response.close) message.set(http::field::connection, "close");
        const bool body = has_content && !(request && request->method == Method::head);
        if (body) {
            message.body() = beast::span<const char>(content.data(), content.size());
        }
        auto [error, count] = co_await http::async_write(connection.stream, message, use_task);
        co_return !error;
    }

    static beast::string_view as_beast(std::string_view text) { return {text.data(), text.size()}; }

    // Ends our half, then takes what is still on its way: closing with unread bytes would reset the
    // connection, and the other side might never see our last answer (RFC 9112 §9.6).
    Task<> part(Connection& connection) {
        connection.idle = false;
        error_code error;
        connection.stream.socket().shutdown(tcp::socket::shutdown_send, error);
        if (error) co_return;
        connection.stream.expires_after(std::chrono::seconds(2));
        connection.buffer.consume(connection.buffer.size());
        for (std::size_t drained = 0; drained < 1024 * 1024;) {
            auto room = connection.buffer.prepare(read_bytes);
            auto [ended, count] = co_await connection.stream.async_read_some(room, use_task);
            if (ended) co_return;
            drained += count;
        }
    }

    asio::io_context& loop_;
    tcp::acceptor acceptor_;
    Application& application_;
    HttpLimits limits_;
    base::Log& log_;
    base::Clock& clock_;
    std::string address_;
    bool closing_ = false;
    std::function<void()> when_empty_;
    std::list<Connection*> connections_;  // those idle for longest in front
};

}  // namespace

base::Result<std::unique_ptr<HttpServer>> HttpServer::listen(
    asio::io_context& loop,
    const std::string& host,
    std::uint16_t port,
    Application& application,
    const HttpLimits& limits,
    base::Log& log,
    base::Clock& clock
) {
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) {
        return base::failure(
            base::ErrorKind::invalid, "portal address {}: {}", host, error.message()
        );
    }
    const tcp::endpoint endpoint(address, port);
    tcp::acceptor acceptor(loop);
    const auto failed = [&](std::string_view step) {
        const bool in_use = error == asio::error::address_in_use;
        return base::failure(
            in_use ? base::ErrorKind::in_use : base::ErrorKind::trouble,
            "portal address {}: {}: {}",
            text_of(endpoint),
            step,
            error.message()
        );
    };
    acceptor.open(endpoint.protocol(), error);
    if (error) return failed("open");
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (error) return failed("option");
    acceptor.bind(endpoint, error);
    if (error) return failed("bind");
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed("listen");
    auto server =
        std::make_unique<Server>(loop, std::move(acceptor), application, limits, log, clock);
    server->start();
    return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace portal
