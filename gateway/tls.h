#pragma once

#include "base/result.h"
#include "conf/settings.h"

#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <memory>

namespace gateway {

using TlsContext = boost::asio::ssl::context;

// TLS 1.2 and 1.3, no compression, no renegotiation, no tickets and no session cache: nothing of
// one listener or back end is resumed at another. Errors: not_found / invalid, naming the file and
// what OpenSSL says of it.
base::Result<std::shared_ptr<TlsContext>> server_context(const conf::Tls& settings);

// When its certificate ends, in seconds since 1970.
std::int64_t certificate_end(const TlsContext& context);

// What tells one state of a file from another without reading it, through symbolic links: certbot
// changes where a link leads, others write in place or rename over it.
struct FileState {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;  // all zero: it cannot be looked at
    std::int64_t size = 0;
    std::int64_t written_ns = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const FileState&) const = default;
};
struct TlsFiles {
    FileState certificate;
    FileState key;
    static TlsFiles of(const conf::Tls& settings);
    bool operator==(const TlsFiles&) const = default;
};

enum class PeerCheck { none, system_authorities };
base::Result<std::shared_ptr<TlsContext>> client_context(PeerCheck check);

}  // namespace gateway
