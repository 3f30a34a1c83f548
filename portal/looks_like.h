#pragma once

#include "accounts/people.h"
#include "mail/domain.h"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace portal {

// Somebody of ours whom a mail from outside seems to come from.
struct Lookalike {
    std::string name;     // of the person or, when only a domain is named, that domain
    std::string address;  // "" when only a domain is named
};

// The names people of ours are known by: that of the account, and "ada lovelace" of
// ada.lovelace@example.test. A single word names nobody. Immutable.
class KnownNames {
  public:
    KnownNames(std::span<const accounts::Person> people, std::vector<mail::Domain> own_domains);

    // Whom the From of a mail looks like while its address is not within our domains: the displayed
    // name is somebody's, in any order of its words and with letters that pass for others, or has
    // an address or domain of ours in it. None for what comes from an own address: whether that is
    // true is for sender authentication to say.
    std::optional<Lookalike> find(std::string_view display_name, std::string_view from_address)
        const;

  private:
    bool is_own(std::string_view address) const;
    std::optional<Lookalike> in_display_name(std::string_view display_name) const;

    std::vector<mail::Domain> own_domains_;
    std::vector<std::pair<std::string, std::string>> own_skeletons_;  // with the domain
    std::map<std::string, Lookalike, std::less<>> by_words_;
    std::map<std::string, Lookalike, std::less<>> by_address_;  // skeleton of the address
};

}  // namespace portal
