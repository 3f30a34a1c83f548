#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "portal/acts.h"

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portal {

// The acts that can still be taken back, for the seconds that they can. Kept in memory: a restart
// loses only the undo. Bounded; the oldest make room. For one loop.
class UndoBook {
  public:
    static constexpr std::size_t acts_max = 100'000;

    // The token under which the acts can be taken back until `until`.
    std::string add(
        std::string who, std::vector<Done> acts, base::Time until, base::Random& random
    );

    // Once only, only by whose acts they are, and in time.
    std::optional<std::vector<Done>> take(
        std::string_view token, std::string_view who, base::Time now
    );

  private:
    struct Page {
        std::string token;
        std::string who;
        std::vector<Done> acts;
        base::Time until;
    };
    std::list<Page> pages_;  // oldest first
    std::size_t acts_ = 0;
};

}  // namespace portal
