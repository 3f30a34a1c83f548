#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gateway {

// One side of a TLS connection over a socket that does not block. It never waits: an operation
// that cannot go on says what the socket must become first, and is then called again with the same
// arguments. While it waits for the other side it keeps no buffers, so that an idle connection
// costs little. Asio's stream keeps about 70 KB for each.
class TlsStream {
  public:
    enum class Side { server, client };
    // `descriptor` must stay open as long as this lives. `host` is whom a client wants to reach: a
    // name or an address, looked for in the certificate when `context` verifies; "" for a server.
    TlsStream(SSL_CTX* context, int descriptor, Side side, const std::string& host);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    enum class Status {
        done,
        needs_input,   // the socket must become readable first
        needs_output,  // the socket must become writable first
        ended,         // the other side has closed, with or without saying so
        failed         // error() says why; nothing more can be done
    };
    Status handshake();
    // done: `size` bytes, at least one.
    Status read(std::span<char> into, std::size_t& size);
    // done: the first `size` bytes have been taken.
    Status write(std::string_view bytes, std::size_t& size);
    // Says that nothing more follows (close_notify). Does not wait for the other side to say so.
    Status shut_down();

    const std::string& error() const { return error_; }
    std::string description() const;  // "TLSv1.3 TLS_AES_256_GCM_SHA384"

  private:
    struct Free {
        void operator()(SSL* ssl) const;
    };
    Status status_of(int returned);

    // What the layer below needs to know; OpenSSL keeps its address.
    struct Wire {
        int descriptor = -1;
        bool ended = false;
    };
    friend struct WireMethod;

    Wire wire_;
    std::unique_ptr<SSL, Free> ssl_;
    std::string error_;
};

}  // namespace gateway
