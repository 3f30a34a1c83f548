#pragma once

#include "base/result.h"
#include "mail/domain.h"

#include <optional>
#include <string>
#include <string_view>

namespace mail {

// An RFC 5321 Mailbox: parsed once, and everything uses that value. What is sent again is generated
// from it.
class Address {
  public:
    // "local@domain" with or without quotes in the local part, no angle brackets, no comments.
    // Local part at most 64 bytes, whole at most 254 (RFC 5321 §4.5.3.1); non-ASCII local parts are
    // accepted when they are UTF-8 (RFC 6531 §3.3). Error: invalid.
    static base::Result<Address> parse(std::string_view text);

    const std::string& local_part() const { return local_part_; }  // unquoted
    const Domain& domain() const { return domain_; }

    // For the wire: the local part is quoted where RFC 5321 §4.1.2 needs it.
    std::string text() const;
    // For people: as text(), the domain in Unicode.
    std::string display() const;
    // For comparing and as the key in the store: text() with A-Z in the local part lower-cased.
    // Deliberately not RFC 5321 §2.4: no mail system in use tells Bob@ from bob@, and a block must
    // not be escaped by a capital.
    const std::string& key() const { return key_; }

    bool is_ascii() const;  // false: SMTPUTF8 is needed to send it
    // '%', '!' or '@' in the local part: the back end might relay it elsewhere.
    bool has_routing_characters() const;

    bool operator==(const Address& other) const { return key_ == other.key_; }
    auto operator<=>(const Address& other) const { return key_ <=> other.key_; }

  private:
    Address(std::string local_part, Domain domain);
    std::string local_part_;
    Domain domain_;
    std::string key_;
};

// The envelope sender: an address, or the null sender "<>" of notices (RFC 5321 §4.5.5).
class Sender {
  public:
    Sender() = default;  // null
    // NOLINTNEXTLINE(google-explicit-constructor): every address is a sender.
    Sender(Address address) : address_(std::move(address)) {}

    bool is_null() const { return !address_; }
    const Address& address() const { return *address_; }  // not for the null sender
    const std::optional<Address>& optional() const { return address_; }
    std::string text() const { return address_ ? address_->text() : std::string(); }

    bool operator==(const Sender&) const = default;

  private:
    std::optional<Address> address_;
};

}  // namespace mail
