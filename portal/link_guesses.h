#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace portal {

// Who follows links of digests that never were: a growing delay for each network they come from,
// never for ever, and never for who follows one that is. A token cannot be guessed; this keeps
// those who try from taking the pages' time. In memory, bounded; for one loop.
class LinkGuesses {
  public:
    // A mail program that cuts links in two must not lock anybody out.
    static constexpr int free_guesses = 20;
    static constexpr std::size_t sources_max = 10'000;

    // How long a source has to wait before its next wrong link counts as one; none: not at all.
    std::optional<std::chrono::milliseconds> delay(std::string_view client, base::Time now) const;
    void note(std::string_view client, base::Time now);

  private:
    struct Source {
        int guesses = 0;
        base::Time last;
    };
    std::map<std::string, Source, std::less<>> sources_;
};

}  // namespace portal
