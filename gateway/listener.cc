#include "gateway/listener.h"

#include "gateway/connection.h"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>

#include <memory>

namespace gateway {

using base::ErrorKind;
using base::failure;
using base::Result;
using base::Task;
using base::use_task;
using boost::system::error_code;
namespace asio = base::asio;

namespace {

// When no descriptor or memory is left for another connection: wait for some to end.
constexpr Timeout pause_when_exhausted{200};

}  // namespace

Result<Acceptor> listen(asio::io_context& context, const conf::Endpoint& endpoint) {
    const auto failed = [&](const char* doing, error_code error) {
        return failure(
            ErrorKind::invalid, "cannot {} {}: {}", doing, endpoint.text(), error.message()
        );
    };
    error_code error;
    const auto address = asio::ip::make_address(endpoint.host, error);
    if (error) return failed("use as an address", error);
    const Tcp::endpoint local(address, endpoint.port);
    Acceptor acceptor(context);
    acceptor.open(local.protocol(), error);
    if (error) return failed("open a socket for", error);
    acceptor.set_option(Acceptor::reuse_address(true), error);
    if (error) return failed("prepare the socket for", error);
    const int on = 1;
    if (setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
        return failed("share the port of", error_code(errno, boost::system::system_category()));
    if (address.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    if (error) return failed("prepare the socket for", error);
    acceptor.bind(local, error);
    if (error) return failed("listen on", error);
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed("listen on", error);
    return acceptor;
}

namespace {

Task<> accept_until_stopped(Acceptor& acceptor, Loop& loop, const conf::SmtpListener& listener) {
    auto& services = loop.services();
    while (!loop.is_stopping()) {
        auto [error, socket] = co_await acceptor.async_accept(use_task);
        if (loop.is_stopping()) co_return;
        if (error) {
            services.log.warning("accept_failed", {{"error", error.message()}});
            asio::steady_timer timer(loop.context());
            timer.expires_after(pause_when_exhausted);
            co_await timer.async_wait(use_task);
            continue;
        }
        error_code gone;
        const auto endpoint = socket.remote_endpoint(gone);
        if (gone) continue;  // reset before we looked
        const mail::IpAddress peer = address_of(endpoint);
        bool proxied = false;
        for (const auto& network : listener.proxy_protocol_from)
            if (network.contains(peer)) proxied = true;
        loop.spawn(
            "connection",
            serve(std::move(socket), loop, services.current(), listener, peer, proxied)
        );
    }
}

}  // namespace

void accept_connections(Acceptor acceptor, Loop& loop, const conf::SmtpListener& listener) {
    const auto shared = std::make_shared<Acceptor>(std::move(acceptor));
    loop.on_stop([shared] {
        error_code ignored;  // closed is what we want
        shared->close(ignored);
    });
    loop.keep_running("listener", [shared, listener, &loop] {
        return accept_until_stopped(*shared, loop, listener);
    });
}

}  // namespace gateway
