#pragma once

#include "base/async.h"
#include "base/result.h"
#include "conf/settings.h"
#include "gateway/services.h"
#include "gateway/smtp_client.h"
#include "gateway/transport.h"
#include "mail/message_bytes.h"

#include <chrono>
#include <memory>
#include <string_view>

namespace gateway {

// Where mail goes: a back end and how to speak to it.
struct Route {
    conf::Endpoint endpoint;
    conf::TlsMode tls = conf::TlsMode::off;
    std::string key() const;  // two routes with one key may share a connection
};

// A connection to a back end: the dialogue and the transport under it. Used by one coroutine at a
// time.
class BackendConnection {
  public:
    // Not connected yet. `measures` may be null: then nobody counts.
    static std::unique_ptr<BackendConnection> create(
        const boost::asio::any_io_executor& executor,
        Route route,
        std::shared_ptr<const Current> current,
        Measures* measures = nullptr
    );
    ~BackendConnection();
    BackendConnection(const BackendConnection&) = delete;
    BackendConnection& operator=(const BackendConnection&) = delete;

    // Connects, greets, encrypts as the route says; once. Errors: unreachable, timeout; also when
    // the back end greets with a refusal. `limit` bounds the whole of it.
    base::Task<base::Result<void>> open(Timeout limit);

    // Runs the exchange that was started on dialogue() to its end. Each reply has its own deadline
    // from the settings, all of it `limit`. After an error the connection must be dropped.
    base::Task<base::Result<void>> perform(Timeout limit);

    // After 354: `fields` and the message through the one writer, the end of data, the final reply
    // (dialogue().answer()).
    base::Task<base::Result<void>> send_message(
        std::string_view fields, const mail::MessageBytes& bytes
    );

    // What is under way fails.
    void close() { transport_.close(); }

    SmtpClient& dialogue() { return client_; }
    std::uint64_t transactions = 0;
    std::chrono::steady_clock::time_point idle_since;

  private:
    BackendConnection(
        Transport transport, Route route, std::shared_ptr<const Current> current, Measures* measures
    );
    Timeout timeout_of(SmtpClient::Waiting waiting) const;
    base::Task<base::Result<void>> send_piece(std::string_view piece, std::span<char> buffer);

    Transport transport_;
    Route route_;
    std::shared_ptr<const Current> current_;
    SmtpClient client_;
    TlsContext* tls_;  // of current_
    Measures* measures_;
    metrics::Gauge* counted_in_ = nullptr;
    std::size_t buffered_ = 0;  // of the body, in send_message's buffer, not yet sent
};

inline constexpr Timeout no_limit = std::chrono::hours(24);

}  // namespace gateway
