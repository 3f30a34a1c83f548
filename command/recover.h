#pragma once

#include "command/options.h"

namespace command {

// Exports what can still be read of a damaged store.
void add_recover(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
