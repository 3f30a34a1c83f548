#include "gateway/transport.h"

#include "gateway/tls_stream.h"
#include "gateway/watchdog.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace gateway {

using base::ErrorKind;
using base::failure;
using base::Result;
using base::Task;
using base::use_task;
using boost::system::error_code;
namespace asio = base::asio;

namespace {

constexpr int operations_without_yield_max = 16;
constexpr std::size_t linger_bytes_max = 4 * 1024 * 1024;
constexpr Timeout linger_time{2000};

bool would_block(error_code error) {
    return error == asio::error::would_block || error == asio::error::try_again;
}

using Status = TlsStream::Status;

}  // namespace

struct Transport::State {
    Tcp::socket socket;
    std::optional<TlsStream> tls;
    Watchdog watchdog;
    int operations_without_yield = 0;
    bool interrupted = false;
    bool closed = false;
    Status waits_for = Status::needs_input;  // of the socket, before the operation can go on
    std::optional<Tcp::resolver> resolver;   // while connecting

    explicit State(Tcp::socket its_socket)
        : socket(std::move(its_socket)), watchdog(socket.get_executor(), [this] { cancel(); }) {
        if (socket.is_open()) prepare();
    }

    void prepare() {
        error_code ignored;  // what cannot be set shows at the first read or write
        socket.non_blocking(true, ignored);
        socket.set_option(Tcp::no_delay(true), ignored);
    }

    void cancel() {
        error_code ignored;  // nothing pending is no error
        if (resolver) {
            resolver->cancel();
            socket.close(ignored);  // or the next address would be tried
        } else {
            socket.cancel(ignored);
        }
    }

    Task<error_code> connect(const conf::Endpoint& endpoint) {
        const error_code aborted = asio::error::operation_aborted;
        error_code not_an_address;
        const auto address = asio::ip::make_address(endpoint.host, not_an_address);
        std::vector<Tcp::endpoint> candidates;
        resolver.emplace(socket.get_executor());
        if (not_an_address) {
            const std::string port = std::to_string(endpoint.port);
            const auto [error, found] =
                co_await resolver->async_resolve(endpoint.host, port, use_task);
            if (error) co_return error;
            for (const auto& entry : found) candidates.push_back(entry.endpoint());
        } else {
            candidates.emplace_back(address, endpoint.port);
        }
        if (closed || watchdog.expired()) co_return aborted;
        const auto [error, connected] = co_await asio::async_connect(socket, candidates, use_task);
        resolver.reset();
        if (!error && closed) co_return aborted;
        co_return error;
    }

    base::Failure failed(error_code error) {
        if (std::exchange(interrupted, false)) return failure(ErrorKind::conflict, "interrupted");
        if (watchdog.expired()) return failure(ErrorKind::timeout, "timed out");
        return failure(ErrorKind::unreachable, error.message());
    }

    // A peer that always has bytes ready must not keep the loop from the others.
    bool must_yield() {
        if (++operations_without_yield < operations_without_yield_max) return false;
        operations_without_yield = 0;
        return true;
    }

    // What there is now; none when that is nothing.
    Result<std::optional<std::size_t>> read_now(std::span<char> into) {
        if (tls) return read_tls_now(into);
        error_code error;
        const auto size = socket.read_some(asio::buffer(into.data(), into.size()), error);
        if (error == asio::error::eof) return std::optional<std::size_t>(0);
        if (would_block(error)) return std::optional<std::size_t>();
        if (error) return failed(error);
        return std::optional<std::size_t>(size);
    }

    Result<std::optional<std::size_t>> read_tls_now(std::span<char> into) {
        std::size_t size = 0;
        const Status status = tls->read(into, size);
        if (status == Status::ended) return std::optional<std::size_t>(0);
        if (status == Status::done) return std::optional<std::size_t>(size);
        if (status == Status::failed) return failure(ErrorKind::unreachable, "{}", tls->error());
        waits_for = status;
        return std::optional<std::size_t>();
    }

    Task<Result<void>> wait() {
        // While this yielded there was nothing to interrupt.
        if (interrupted) co_return failed(error_code());
        operations_without_yield = 0;
        const bool for_output =
            std::exchange(waits_for, Status::needs_input) == Status::needs_output;
        const auto what = for_output ? Tcp::socket::wait_write : Tcp::socket::wait_read;
        const auto [error] = co_await socket.async_wait(what, use_task);
        if (error) co_return failed(error);
        co_return Result<void>();
    }

    Task<Result<std::size_t>> read(std::span<char> into) {
        if (must_yield()) co_await asio::post(socket.get_executor(), asio::use_awaitable);
        while (true) {
            const Result<std::optional<std::size_t>> size = read_now(into);
            if (!size) co_return failure(size.error());
            if (*size) co_return **size;
            const Result<void> waited = co_await wait();
            if (!waited) co_return failure(waited.error());
        }
    }

    Task<Result<void>> write(std::string_view bytes) {
        if (must_yield()) co_await asio::post(socket.get_executor(), asio::use_awaitable);
        while (!bytes.empty()) {
            std::size_t size = 0;
            waits_for = Status::needs_output;
            error_code error;
            if (!tls) {
                size = socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
                if (error && !would_block(error)) co_return failed(error);
            } else if (const Status status = tls->write(bytes, size); status == Status::done) {
                // On with the rest.
            } else if (status == Status::needs_input || status == Status::needs_output) {
                waits_for = status;
            } else {
                co_return failure(
                    ErrorKind::unreachable,
                    "{}",
                    status == Status::ended ? "the other side has closed" : tls->error()
                );
            }
            bytes.remove_prefix(size);
            if (size > 0) continue;
            const Result<void> waited = co_await wait();
            if (!waited) co_return failure(waited.error());
        }
        waits_for = Status::needs_input;
        co_return Result<void>();
    }

    Task<Result<void>> handshake(
        TlsContext& context, TlsStream::Side side, const std::string& host
    ) {
        tls.emplace(context.native_handle(), socket.native_handle(), side, host);
        while (true) {
            const Status status = tls->handshake();
            if (status == Status::done) co_return Result<void>();
            if (status == Status::failed)
                co_return failure(ErrorKind::unreachable, "{}", tls->error());
            waits_for = status;
            const Result<void> waited = co_await wait();
            if (!waited) co_return failure(waited.error());
        }
    }

    // RFC 8446 §6.1: close_notify tells the peer that nothing was cut off.
    Task<> end_tls() {
        while (true) {
            waits_for = tls->shut_down();
            if (waits_for != Status::needs_input && waits_for != Status::needs_output) break;
            const Result<void> waited = co_await wait();
            if (!waited) break;
        }
        tls.reset();  // what still comes is dropped as it is
    }
};

Timeout left_of(std::chrono::steady_clock::time_point deadline) {
    return std::max(
        std::chrono::ceil<Timeout>(deadline - std::chrono::steady_clock::now()), Timeout(1)
    );
}

Transport::Transport(Tcp::socket socket) : state_(std::make_unique<State>(std::move(socket))) {}
Transport::Transport(Transport&&) noexcept = default;
Transport& Transport::operator=(Transport&&) noexcept = default;
Transport::~Transport() = default;

Task<Result<void>> Transport::connect(const conf::Endpoint& endpoint, Timeout timeout) {
    state_->watchdog.expect_within(timeout);
    const error_code error = co_await state_->connect(endpoint);
    const bool late = state_->watchdog.expired();
    state_->watchdog.rest();
    if (late) co_return failure(ErrorKind::timeout, "connecting to {} timed out", endpoint.text());
    if (error)
        co_return failure(
            ErrorKind::unreachable, "cannot connect to {}: {}", endpoint.text(), error.message()
        );
    state_->prepare();
    co_return Result<void>();
}

Task<Result<std::size_t>> Transport::read(std::span<char> into, Timeout timeout) {
    if (state_->interrupted) co_return state_->failed(error_code());
    state_->watchdog.expect_within(timeout);
    const Result<std::size_t> result = co_await state_->read(into);
    state_->watchdog.rest();
    co_return result;
}

Task<Result<std::size_t>> Transport::read(LineReader& into, Timeout timeout) {
    if (state_->interrupted) co_return state_->failed(error_code());
    if (state_->must_yield())
        co_await asio::post(state_->socket.get_executor(), asio::use_awaitable);
    // Most of the time there is something already, and nothing to be watched.
    bool is_watched = false;
    while (true) {
        const Result<std::optional<std::size_t>> size = state_->read_now(into.space());
        if (!size || *size) {
            if (is_watched) state_->watchdog.rest();
            if (!size) co_return failure(size.error());
            into.received(**size);
            co_return **size;
        }
        if (!is_watched) state_->watchdog.expect_within(timeout);
        is_watched = true;
        into.rest();
        const Result<void> waited = co_await state_->wait();
        if (!waited) {
            state_->watchdog.rest();
            co_return failure(waited.error());
        }
    }
}

Task<Result<void>> Transport::write(std::string_view bytes, Timeout timeout) {
    state_->watchdog.expect_within(timeout);
    const Result<void> result = co_await state_->write(bytes);
    state_->watchdog.rest();
    co_return result;
}

Task<Result<void>> Transport::accept_tls(TlsContext& context, Timeout timeout) {
    state_->watchdog.expect_within(timeout);
    const std::string no_host;
    const Result<void> result =
        co_await state_->handshake(context, TlsStream::Side::server, no_host);
    state_->watchdog.rest();
    co_return result;
}

Task<Result<void>> Transport::connect_tls(
    TlsContext& context, const std::string& host, Timeout timeout
) {
    state_->watchdog.expect_within(timeout);
    const Result<void> result = co_await state_->handshake(context, TlsStream::Side::client, host);
    state_->watchdog.rest();
    co_return result;
}

bool Transport::is_encrypted() const {
    return state_->tls.has_value();
}

std::string Transport::tls_description() const {
    return state_->tls ? state_->tls->description() : std::string();
}

Task<> Transport::finish() {
    error_code ignored;  // the other side may be gone already
    state_->watchdog.expect_within(linger_time);
    if (state_->tls) co_await state_->end_tls();
    state_->socket.shutdown(Tcp::socket::shutdown_send, ignored);
    std::vector<char> rest(16 * 1024);
    std::size_t dropped = 0;
    while (dropped < linger_bytes_max && !state_->watchdog.expired()) {
        const Result<std::size_t> size = co_await state_->read(rest);
        if (!size || *size == 0) break;
        dropped += *size;
    }
    close();
}

void Transport::close() {
    error_code ignored;
    state_->closed = true;
    state_->watchdog.rest();
    if (state_->resolver) state_->resolver->cancel();
    state_->socket.close(ignored);
}

void Transport::interrupt() {
    state_->interrupted = true;
    state_->cancel();
}

bool Transport::has_waiting() const {
    error_code ignored;  // a broken socket shows at the next read
    return state_->socket.available(ignored) > 0;
}

Tcp::endpoint Transport::peer() const {
    error_code ignored;  // a peer that is gone has no address
    return state_->socket.remote_endpoint(ignored);
}

}  // namespace gateway
