#pragma once

#include "mail/address.h"
#include "mail/header.h"
#include "mail/ip_address.h"
#include "mail/mime.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace policy {

// A fact, or the reason why it could not be found out (scanner down, DNS silent, header
// unreadable).
template <class T>
class Fact {
  public:
    // NOLINTNEXTLINE(google-explicit-constructor): a value is a known fact.
    Fact(T value) : value_(std::move(value)) {}
    static Fact unknown(std::string why) { return Fact(std::nullopt, std::move(why)); }

    bool is_known() const { return value_.has_value(); }
    const T& value() const { return *value_; }  // only when known
    const std::string& why_unknown() const { return why_; }

  private:
    Fact(std::nullopt_t, std::string why) : why_(std::move(why)) {}
    std::optional<T> value_;
    std::string why_;
};

// What is known of the connection and envelope at RCPT, for one recipient.
struct EnvelopeFacts {
    mail::Sender sender;
    mail::Address recipient;
    mail::IpAddress client;
    std::string listener;               // its configured name, else its address
    std::uint64_t recipient_count = 1;  // accepted so far at RCPT; all of them after DATA
};

// What is known of the message after DATA, once for all recipients.
struct MessageFacts {
    std::uint64_t size = 0;  // bytes as received
    mail::Header header;
    std::vector<mail::HeaderMailbox> header_from;
    Fact<mail::MimeFacts> mime;
};

}  // namespace policy
