#include "quarantine/hold.h"

#include <array>

namespace quarantine {
namespace {

constexpr std::array<std::string_view, 7> state_names = {
    "held", "released", "delivered", "rejected", "reported", "expired", "failed"
};

}  // namespace

std::string_view name_of(HoldState state) {
    return state_names.at(static_cast<std::size_t>(state));
}

std::optional<HoldState> hold_state_named(std::string_view name) {
    for (std::size_t i = 0; i < state_names.size(); ++i)
        if (state_names.at(i) == name) return static_cast<HoldState>(i);
    return std::nullopt;
}

}  // namespace quarantine
