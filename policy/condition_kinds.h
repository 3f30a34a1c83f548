#pragma once

#include "policy/condition.h"

#include <memory>
#include <string>
#include <utility>

// Inside of Condition, shared by condition.cc (the envelope) and message_conditions.cc; nobody else
// includes it.

namespace policy {

struct Condition::Test {
    virtual ~Test() = default;
    virtual Finding judge(const Evidence& evidence) const = 0;
    virtual std::string text() const = 0;
    virtual bool needs_message() const { return false; }
};

template <class T, class... Arguments>
Condition Condition::of(Arguments&&... arguments) {
    return Condition(std::make_shared<const T>(std::forward<Arguments>(arguments)...));
}

inline Finding yes(std::string words) {
    return {Answer::yes, std::move(words)};
}
inline Finding no(std::string words) {
    return {Answer::no, std::move(words)};
}
inline Finding unknown(std::string words) {
    return {Answer::unknown, std::move(words)};
}

// "the sender bad@domain.com is within domain.com", or that nothing in the set covers it.
Finding judge_address(
    std::string_view what, const mail::Address& address, const AddressSet& addresses
);

}  // namespace policy
