#pragma once

#include "base/result.h"
#include "conf/settings.h"
#include "gateway/loop.h"

#include <boost/asio/ip/tcp.hpp>

namespace gateway {

using Acceptor = boost::asio::ip::tcp::acceptor;

// A listening socket with SO_REUSEPORT, so that each loop has its own and the kernel spreads the
// connections. Port 0 picks a free one. Error: invalid, in words an operator understands (in use,
// not allowed, no such address).
base::Result<Acceptor> listen(boost::asio::io_context& context, const conf::Endpoint& endpoint);

// Accepts on the loop until it stops; each connection is served there. Before the loop's start.
void accept_connections(Acceptor acceptor, Loop& loop, const conf::SmtpListener& listener);

}  // namespace gateway
