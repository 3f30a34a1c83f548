#pragma once

#include "quarantine/hold.h"

#include <string>
#include <vector>

namespace command {

// One element of `hold list --json` with the fields of the contract and more; without a line end.
std::string hold_json(const quarantine::Hold& hold);

// The table of `hold list`: its head, and one line for each hold. Safe for a terminal.
std::string hold_table_head();
std::string hold_line(const quarantine::Hold& hold);

// What `hold show` prints: the facts, why it is held, what happened to it. Safe for a terminal.
std::string hold_facts(
    const quarantine::Hold& hold, const std::vector<quarantine::HoldEvent>& history
);

}  // namespace command
