#pragma once

#include <source_location>
#include <string_view>

namespace base {

[[noreturn]] void ensure_failed(std::string_view reason, std::source_location where);

// A condition that only a bug of ours can break. Checked in all builds: a gateway that goes on
// after its own invariant broke may lose mail; one that restarts does not.
inline void ensure(
    bool condition,
    std::string_view reason,
    std::source_location where = std::source_location::current()
) {
    if (!condition) [[unlikely]]
        ensure_failed(reason, where);
}

}  // namespace base
