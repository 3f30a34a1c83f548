#pragma once

#include "base/result.h"
#include "mail/ip_address.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace command {

// Few DNS questions for a person who waits, through the system's resolver library; it blocks. Not
// for the gateway's loops. Answers are strangers' text: names that are no host names are left out,
// and of one answer at most a hundred records are looked at.
class DnsQuestions {
  public:
    // The name servers of the system; or `server` ("192.0.2.53:53", IPv4) instead. Error: invalid.
    static base::Result<DnsQuestions> create(std::string_view server);
    ~DnsQuestions();
    DnsQuestions(DnsQuestions&&) noexcept;
    DnsQuestions& operator=(DnsQuestions&&) noexcept;

    struct Exchange {
        int preference = 0;
        std::string host;  // lower case, without the last dot; "" for "no mail" (RFC 7505)
    };
    // An empty answer is an answer: there is no such name or record. Error timeout or trouble: it
    // could not be asked (no server answered, or they refused or failed).
    base::Result<std::vector<Exchange>> mail_exchanges(const std::string& domain);  // by preference
    base::Result<std::vector<mail::IpAddress>> addresses(const std::string& host);
    base::Result<std::vector<std::string>> names_of(const mail::IpAddress& address);

  private:
    struct State;
    explicit DnsQuestions(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace command
