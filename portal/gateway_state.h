#pragma once

#include "base/clock.h"
#include "conf/settings.h"
#include "database/store.h"
#include "metrics/registry.h"

#include <optional>
#include <string_view>

namespace portal {

// How the gateway is, as far as the program knows by itself: the store, the disk, what the last
// exchange with each mail server came to, and whether released mail leaves.
struct GatewayState {
    std::string_view state;  // "ok", "busy", "trouble"
    std::string_view code;   // which sentence it is, for translation
    std::string_view text;
};

// `due_since`: since when the mail that should leave first has been due.
GatewayState gateway_state(
    database::Store& store,
    const metrics::Registry& registry,
    const conf::Settings& settings,
    std::optional<base::Time> due_since,
    base::Time now
);

}  // namespace portal
