#pragma once

#include "base/result.h"
#include "conf/settings.h"

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace gateway {

using TlsContext = boost::asio::ssl::context;

// TLS 1.2 and 1.3, no compression, no renegotiation, no tickets and no session cache: nothing of
// one listener or back end is resumed at another. Errors: not_found / invalid, naming the file and
// what OpenSSL says of it.
base::Result<std::shared_ptr<TlsContext>> server_context(const conf::Tls& settings);

enum class PeerCheck { none, system_authorities };
base::Result<std::shared_ptr<TlsContext>> client_context(PeerCheck check);

}  // namespace gateway
