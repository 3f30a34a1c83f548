#pragma once

#include "base/result.h"
#include "conf/settings.h"
#include "gateway/smtp_client.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace command {

// A dialogue with a mail server for a person who waits: the gateway's own client, one exchange
// after the other, blocking, all of it within one limit. And bytes as they are, which the gateway
// never sends: only for asking a server what it would do with them.
class SmtpTalk {
  public:
    struct Other {
        conf::Endpoint endpoint;
        conf::TlsMode tls = conf::TlsMode::off;
    };
    // Not connected yet. Error trouble: the system's certificate authorities cannot be read.
    static base::Result<std::unique_ptr<SmtpTalk>> create(
        const Other& other, const std::string& hostname, std::chrono::milliseconds limit
    );
    ~SmtpTalk();
    SmtpTalk(const SmtpTalk&) = delete;
    SmtpTalk& operator=(const SmtpTalk&) = delete;

    // Connects, greets, encrypts as wanted. Errors: unreachable (also when it does not want us),
    // timeout.
    base::Result<void> open();
    // Runs the exchange that was started on client() to its end.
    base::Result<void> perform();
    gateway::SmtpClient& client();

    base::Result<void> send_raw(std::string_view bytes);
    // What comes within `wait`: none when nothing does. Error unreachable: the end of the stream.
    base::Result<std::optional<std::string>> hear(std::chrono::milliseconds wait);

  private:
    struct State;
    explicit SmtpTalk(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// The first line that a server on this address says, without its end. Errors: unreachable, timeout.
base::Result<std::string> first_line_of(
    const conf::Endpoint& endpoint, std::string_view said_first, std::chrono::milliseconds limit
);

}  // namespace command
