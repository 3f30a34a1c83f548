#pragma once

#include <optional>
#include <string_view>

namespace mail {

// Who may act on a held mail: its owner, the named moderators, or administrators only. In rising
// strictness.
enum class HoldKind { user, moderator, administrator };

constexpr std::string_view name_of(HoldKind kind) {
    switch (kind) {
        case HoldKind::user:
            return "user";
        case HoldKind::moderator:
            return "moderator";
        case HoldKind::administrator:
            return "administrator";
    }
    return "administrator";
}

constexpr std::optional<HoldKind> hold_kind_named(std::string_view name) {
    if (name == "user") return HoldKind::user;
    if (name == "moderator") return HoldKind::moderator;
    if (name == "administrator") return HoldKind::administrator;
    return std::nullopt;
}

}  // namespace mail
