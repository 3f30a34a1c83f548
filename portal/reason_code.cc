#include "portal/reason_code.h"

#include "policy/built_in_rules.h"

#include <fmt/format.h>

namespace portal {

ReasonCode reason_code_of(std::string_view rule, std::string_view reason) {
    // A rule of the file may not have a built-in one's name, but an older file may have had its own
    // words; only the sentence itself can be translated.
    static const policy::Rules built_in = policy::built_in_rules();
    for (const policy::Rule& known : built_in) {
        if (known.name != rule || known.reason != reason) continue;
        return {rule == policy::not_one_from_rule ? "not_one_from" : "ambiguous_content", {}, {}};
    }
    // As policy/evaluate.cc says it for a rule without a reason of its own.
    const std::string made = fmt::format("Held by the mail administrator's rule \"{}\": ", rule);
    if (!reason.starts_with(made) || !reason.ends_with('.')) return {};
    reason.remove_prefix(made.size());
    reason.remove_suffix(1);
    return {"held_by_rule", std::string(rule), std::string(reason)};
}

}  // namespace portal
