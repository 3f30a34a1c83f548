#pragma once

#include "mail/address.h"
#include "mail/hold_kind.h"
#include "mail/reply.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace policy {

// What is to happen to one recipient's copy.
enum class Action { deliver, hold, reject, discard };
std::string_view name_of(Action action);

// One thing that was considered on the way to a verdict, in the order it was considered.
struct TraceStep {
    enum class Outcome { matched, not_matched, unknown, skipped };
    std::string
        stage;  // "administrator reject", "administrator deliver", "managed senders", "rules"
    std::string rule;  // the rule's name, or the managed entry ("blocked domain.com")
    Outcome outcome = Outcome::not_matched;
    std::string detail;  // why, in words: "sender bad@domain.com is within domain.com"
};
std::string_view name_of(TraceStep::Outcome outcome);

struct AddedField {
    std::string name;
    std::string value;
};

// Always says which rule gave it and why.
struct Verdict {
    Action action = Action::deliver;
    bool is_temporary = false;  // a needed fact was unknown: reply 4xx, whatever `action` says
    mail::HoldKind hold_for = mail::HoldKind::user;
    std::vector<mail::Address> moderators;  // for HoldKind::moderator
    mail::Reply reply =
        mail::Reply(250, mail::EnhancedCode{2, 0, 0}, "OK");  // for reject and temporary
    std::string rule;  // rule or entry that decided; "nothing matched" for the default
    std::optional<std::size_t> rule_index;  // its place in Rules; none: no administrator's rule
    std::string reason;  // one sentence for people; the portal's "why" and the log's reason
    bool is_personal_block = false;      // the recipient's own managed senders gave it
    std::vector<AddedField> add_fields;  // of all deliver/hold rules that matched
    std::vector<TraceStep> trace;
};

}  // namespace policy
