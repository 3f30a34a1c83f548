#pragma once

#include "base/result.h"
#include "mail/hold_kind.h"
#include "policy/condition.h"
#include "policy/verdict.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace policy {

// What a rule does when a fact it needs is unknown.
enum class OnUnknown { temporary_failure, matches, does_not_match };

// An administrator's rule: every condition must match. Immutable once built; shared by all threads.
struct Rule {
    std::string name;
    std::vector<Condition> conditions;  // none: matches everything
    Action action = Action::deliver;
    mail::HoldKind hold_for = mail::HoldKind::user;
    std::vector<mail::Address> moderators;
    std::optional<mail::Reply> reply;  // for reject; default 550 5.7.1
    std::vector<AddedField> add_fields;
    std::string reason;  // for people; default is made from what matched
    OnUnknown on_unknown = OnUnknown::temporary_failure;
    bool is_spam_check = false;        // a permitted sender skips it
    bool trusted_senders_may = false;  // a trusted sender's content passes it
};

using Rules = std::vector<Rule>;

}  // namespace policy
