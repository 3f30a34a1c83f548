#pragma once

#include "base/clock.h"

#include <cstdint>

namespace accounts {

// How this room's tables keep a point in time: milliseconds since 1970, UTC.
inline std::int64_t to_column(base::Time time) {
    return time.time_since_epoch().count();
}
inline base::Time from_column(std::int64_t value) {
    return base::Time(std::chrono::milliseconds(value));
}

}  // namespace accounts
