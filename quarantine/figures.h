#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"
#include "mail/hold_kind.h"

#include <cstdint>
#include <map>
#include <optional>

namespace quarantine {

// How much we are responsible for, for those who watch.
struct Figures {
    std::map<mail::HoldKind, std::uint64_t> held;    // wait for a decision, by who may decide
    std::map<mail::HoldKind, std::uint64_t> failed;  // could not be delivered after a release
    std::uint64_t outbox = 0;
    std::optional<base::Time> outbox_oldest;  // when the oldest row was made
};

// Reads over the index of all holds: tenths of a second for a million of them, so not for every
// question.
base::Result<Figures> figures(database::Snapshot& snapshot);

}  // namespace quarantine
