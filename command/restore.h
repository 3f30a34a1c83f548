#pragma once

#include "command/options.h"

namespace command {

// `postern restore FILE`: puts a backup in the place of the store.
void add_restore(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
