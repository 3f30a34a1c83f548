#pragma once

#include "base/clock.h"

#include <cstdint>

namespace digest {

// Times in this room's tables: milliseconds since 1970, UTC.
inline std::int64_t to_column(base::Time time) {
    return time.time_since_epoch().count();
}

}  // namespace digest
