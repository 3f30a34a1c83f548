#pragma once

#include "base/async.h"
#include "base/result.h"
#include "portal/looks_like.h"

#include <chrono>
#include <memory>
#include <optional>

namespace conf {
struct Settings;
}

namespace portal {

struct Services;

// The names of our people, kept for a minute: looking all of them up for each message would cost a
// large house dearly. Used on the portal's loop only.
struct KnownNamesCache {
    static constexpr std::chrono::seconds kept{60};

    std::shared_ptr<const KnownNames> names;
    std::shared_ptr<const conf::Settings> settings;  // those the names were made with
    std::optional<std::chrono::steady_clock::time_point> read_at;
};

base::Task<base::Result<std::shared_ptr<const KnownNames>>> known_names(
    Services& services, std::shared_ptr<const conf::Settings> settings
);

}  // namespace portal
