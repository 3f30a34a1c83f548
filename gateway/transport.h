#pragma once

#include "base/async.h"
#include "base/result.h"
#include "conf/settings.h"
#include "gateway/line_reader.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gateway {

using Tcp = base::asio::ip::tcp;
using TlsContext = base::asio::ssl::context;
using Timeout = std::chrono::milliseconds;

// What is left until `deadline`, at least a moment, so that an operation can say "timed out" by
// itself.
Timeout left_of(std::chrono::steady_clock::time_point deadline);

// A TCP connection, plain or TLS, with a deadline on every operation. It knows nothing of SMTP.
// Used by one coroutine at a time; interrupt() and close() are the only calls for others (on the
// same loop).
class Transport {
  public:
    // Of an accepted connection, or of one that connect() is to make.
    explicit Transport(Tcp::socket socket);
    Transport(Transport&&) noexcept;
    Transport& operator=(Transport&&) noexcept;
    ~Transport();

    // Resolves names and tries each address. Errors: unreachable (also close()), timeout.
    base::Task<base::Result<void>> connect(const conf::Endpoint& endpoint, Timeout timeout);

    // What there is, at least one byte and at most `into`, which must stay valid until then; 0 at
    // the end of the stream. Errors: timeout, unreachable (reset), conflict (interrupted).
    base::Task<base::Result<std::size_t>> read(std::span<char> into, Timeout timeout);
    // The same into the reader's own buffer, which rests while there is nothing to read.
    base::Task<base::Result<std::size_t>> read(LineReader& into, Timeout timeout);
    // All of it. The deadline is for the whole call.
    base::Task<base::Result<void>> write(std::string_view bytes, Timeout timeout);

    base::Task<base::Result<void>> accept_tls(TlsContext& context, Timeout timeout);
    base::Task<base::Result<void>> connect_tls(
        TlsContext& context, const std::string& host, Timeout timeout
    );
    bool is_encrypted() const;
    std::string tls_description() const;  // "TLSv1.3 TLS_AES_256_GCM_SHA384", "" when plain

    // Ends our direction, reads and drops what the other side still sends (a bounded time and
    // amount), closes: closing with unread input would send a reset that can overtake our last
    // reply.
    base::Task<> finish();
    // What is under way fails.
    void close();

    // Makes a read that waits, or the next one, end with `conflict`; once.
    void interrupt();

    // True when bytes can be read without waiting (plain connections).
    bool has_waiting() const;

    Tcp::endpoint peer() const;

  private:
    struct State;

    std::unique_ptr<State> state_;
};

}  // namespace gateway
