#pragma once

#include "base/result.h"
#include "mail/address.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace policy {

// Addresses and domains with their subdomains. A look-up costs one probe for each label of the
// domain, however many entries there are.
class AddressSet {
  public:
    // "a@b.test", "b.test", "@b.test", "*.b.test" or "*@b.test" (the last three mean the domain).
    // Public suffixes are allowed: it is the administrator who writes these. Error: invalid.
    base::Result<void> add(std::string_view text);
    // The sender "<>" of notices.
    void add_null_sender() { has_null_sender_ = true; }

    bool has_null_sender() const { return has_null_sender_; }
    std::size_t size() const { return entries_.size() + (has_null_sender_ ? 1 : 0); }
    // The most specific entry that covers the address; lives as long as the set.
    std::optional<std::string_view> find(const mail::Address& address) const;
    // The entries for people, at most a handful: "example.org, news@example.net and 98 more".
    std::string text() const;

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    std::unordered_set<std::string, Hash, std::equal_to<>> entries_;
    bool has_null_sender_ = false;
};

}  // namespace policy
