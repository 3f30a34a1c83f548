#pragma once

#include "base/result.h"
#include "mail/ip_address.h"
#include "mail/mime.h"
#include "policy/address_set.h"
#include "policy/facts.h"
#include "policy/text_patterns.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace policy {

enum class Answer { no, yes, unknown };
std::string_view name_of(Answer answer);

constexpr Answer negation_of(Answer answer) {
    switch (answer) {
        case Answer::no:
            return Answer::yes;
        case Answer::yes:
            return Answer::no;
        case Answer::unknown:
            return Answer::unknown;
    }
    return Answer::unknown;
}

// What a condition may look at. Without a message (at RCPT) whatever depends on it is unknown, and
// so is whatever may still change: the number of recipients only grows.
struct Evidence {
    const EnvelopeFacts& envelope;
    const MessageFacts* message = nullptr;
};

// An answer and the observation behind it, true whether the condition is negated or not: "the
// sender bad@domain.com is within domain.com", "no attachment has one of the extensions exe, js",
// or why it is unknown.
struct Finding {
    Answer answer = Answer::no;
    std::string words;
};

// One condition of a rule: pure and three-valued. Immutable; copies share what they hold.
class Condition {
  public:
    // Envelope.
    static Condition sender(AddressSet senders);
    static Condition recipient(AddressSet recipients);
    static Condition client(std::vector<mail::IpNetwork> networks);
    static Condition listener(std::vector<std::string> names);
    static Condition recipients_over(std::uint64_t count);

    // Message. One header From mailbox, value or attachment that matches is enough.
    static Condition header_from(AddressSet senders);
    static Condition larger_than(std::uint64_t bytes);
    static Condition smaller_than(std::uint64_t bytes);
    static Condition subject(TextPatterns patterns);
    static Condition header(std::string name, TextPatterns patterns);
    static Condition attachment_name(TextPatterns patterns);
    // Lower case, without dot.
    static Condition attachment_extension(std::vector<std::string> extensions);
    // "application/pdf", or "image/*" for every image.
    static Condition attachment_type(std::vector<std::string> types);
    // None named: any.
    static Condition ambiguous(std::vector<mail::Ambiguity> ambiguities);

    Condition negated() const;

    Finding judge(const Evidence& evidence) const;
    // False: the envelope alone decides it.
    bool needs_message() const;
    // For people: "not sender example.org, news@example.net".
    std::string text() const;

    struct Test;  // one kind of condition; defined in condition.cc

  private:
    explicit Condition(std::shared_ptr<const Test> test) : test_(std::move(test)) {}
    template <class T, class... Arguments>
    static Condition of(Arguments&&... arguments);

    std::shared_ptr<const Test> test_;
    bool is_negated_ = false;
};

// The ambiguity of that name ("odd_boundary"), for the configuration reader.
std::optional<mail::Ambiguity> ambiguity_named(std::string_view name);
// All of them, in the order of the enumeration.
const std::vector<mail::Ambiguity>& all_ambiguities();

}  // namespace policy
