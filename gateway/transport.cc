#include "gateway/transport.h"

#include "gateway/watchdog.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

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

bool is_end(error_code failure_code) {
    return failure_code == asio::error::eof ||
           failure_code == boost::asio::ssl::error::stream_truncated;
}

}  // namespace

struct Transport::State {
    Tcp::socket socket;
    std::optional<asio::ssl::stream<Tcp::socket&>> tls;
    Watchdog watchdog;
    int operations_without_yield = 0;
    bool interrupted = false;
    bool closed = false;
    std::optional<Tcp::resolver> resolver;  // while connecting

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

    Task<Result<std::size_t>> read_plain(std::span<char> into) {
        if (must_yield()) co_await asio::post(socket.get_executor(), asio::use_awaitable);
        while (true) {
            error_code error;
            const auto size = socket.read_some(asio::buffer(into.data(), into.size()), error);
            if (is_end(error)) co_return std::size_t(0);
            if (!error) co_return size;
            if (!would_block(error)) co_return failed(error);
            // While this yielded there was nothing to interrupt.
            if (interrupted) co_return failed(error);
            operations_without_yield = 0;
            const auto [waited] = co_await socket.async_wait(Tcp::socket::wait_read, use_task);
            if (waited) co_return failed(waited);
        }
    }

    Task<Result<std::size_t>> read_tls(std::span<char> into) {
        const auto buffer = asio::buffer(into.data(), into.size());
        const auto [error, size] = co_await tls->async_read_some(buffer, use_task);
        if (is_end(error)) co_return std::size_t(0);
        if (error) co_return failed(error);
        co_return size;
    }

    Task<Result<void>> write_plain(std::string_view bytes) {
        if (must_yield()) co_await asio::post(socket.get_executor(), asio::use_awaitable);
        while (!bytes.empty()) {
            error_code error;
            const auto size = socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
            bytes.remove_prefix(size);
            if (would_block(error)) {
                operations_without_yield = 0;
                const auto [waited] = co_await socket.async_wait(Tcp::socket::wait_write, use_task);
                if (waited) co_return failed(waited);
            } else if (error) {
                co_return failed(error);
            }
        }
        co_return Result<void>();
    }

    Task<Result<void>> write_tls(std::string_view bytes) {
        const auto buffer = asio::buffer(bytes.data(), bytes.size());
        const auto [error, size] = co_await asio::async_write(*tls, buffer, use_task);
        if (error) co_return failed(error);
        co_return Result<void>();
    }

    Task<Result<void>> handshake(
        TlsContext& context, asio::ssl::stream_base::handshake_type side, const std::string& host
    ) {
        tls.emplace(socket, context);
        if (!host.empty()) {
            // RFC 6066 §3: no name is sent for an IP address.
            error_code not_an_address;
            asio::ip::make_address(host, not_an_address);
            if (not_an_address) SSL_set_tlsext_host_name(tls->native_handle(), host.c_str());
            tls->set_verify_callback(asio::ssl::host_name_verification(host));
        }
        const auto [error] = co_await tls->async_handshake(side, use_task);
        if (error) co_return failed(error);
        co_return Result<void>();
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
    Result<std::size_t> result;
    if (state_->tls)
        result = co_await state_->read_tls(into);
    else
        result = co_await state_->read_plain(into);
    state_->watchdog.rest();
    co_return result;
}

Task<Result<void>> Transport::write(std::string_view bytes, Timeout timeout) {
    state_->watchdog.expect_within(timeout);
    Result<void> result;
    if (state_->tls)
        result = co_await state_->write_tls(bytes);
    else
        result = co_await state_->write_plain(bytes);
    state_->watchdog.rest();
    co_return result;
}

Task<Result<void>> Transport::accept_tls(TlsContext& context, Timeout timeout) {
    state_->watchdog.expect_within(timeout);
    const std::string no_host;
    Result<void> result =
        co_await state_->handshake(context, asio::ssl::stream_base::server, no_host);
    state_->watchdog.rest();
    co_return result;
}

Task<Result<void>> Transport::connect_tls(
    TlsContext& context, const std::string& host, Timeout timeout
) {
    state_->watchdog.expect_within(timeout);
    Result<void> result = co_await state_->handshake(context, asio::ssl::stream_base::client, host);
    state_->watchdog.rest();
    co_return result;
}

bool Transport::is_encrypted() const {
    return state_->tls.has_value();
}

std::string Transport::tls_description() const {
    if (!state_->tls) return {};
    auto* ssl = state_->tls->native_handle();
    return fmt::format("{} {}", SSL_get_version(ssl), SSL_get_cipher_name(ssl));
}

Task<> Transport::finish() {
    error_code ignored;  // the other side may be gone already
    state_->watchdog.expect_within(linger_time);
    // RFC 8446 §6.1: close_notify tells the peer that nothing was cut off.
    if (state_->tls) co_await state_->tls->async_shutdown(use_task);
    state_->socket.shutdown(Tcp::socket::shutdown_send, ignored);
    std::vector<char> rest(16 * 1024);
    std::size_t dropped = 0;
    while (dropped < linger_bytes_max && !state_->watchdog.expired()) {
        const Result<std::size_t> size = co_await state_->read_plain(rest);
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
