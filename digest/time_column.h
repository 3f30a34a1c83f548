#pragma once

#include "base/clock.h"

#include <cstdint>

namespace digest {

// Times in this room's columns are milliseconds since 1970, UTC.
inline std::int64_t to_column(base::Time time) {
    return time.time_since_epoch().count();
}
inline base::Time to_time(std::int64_t column) {
    return base::Time(std::chrono::milliseconds(column));
}

}  // namespace digest
