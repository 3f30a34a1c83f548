#pragma once

#include "base/result.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace policy {

// Regular expressions (RE2 syntax), found anywhere in a text, without regard to case unless the
// pattern starts with "(?-i)". Time is linear in the text and memory is bounded, whatever the mail
// and the pattern are.
class TextPatterns {
  public:
    // Error: invalid, with RE2's own message.
    base::Result<void> add(std::string_view pattern);

    std::size_t size() const { return patterns_.size(); }
    // The first pattern that is found in `text` (any bytes).
    std::optional<std::string_view> find(std::string_view text) const;
    std::string text() const;  // the patterns for people

  private:
    std::vector<std::shared_ptr<const re2::RE2>> patterns_;
};

}  // namespace policy
