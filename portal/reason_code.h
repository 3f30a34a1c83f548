#pragma once

#include <string>
#include <string_view>

namespace portal {

// The sentence of a reason as a stable word and what stands in it, so that the front end can say it
// in the person's language.
struct ReasonCode {
    std::string_view code;  // "ambiguous_content", "not_one_from", "held_by_rule"; "" for the
                            // administrator's own words
    std::string rule;       // with held_by_rule
    std::string words;      // what matched, with held_by_rule
};

ReasonCode reason_code_of(std::string_view rule, std::string_view reason);

}  // namespace portal
