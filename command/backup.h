#pragma once

#include "command/options.h"

namespace command {

// `postern backup FILE`: a consistent copy of the whole store while `serve` runs.
void add_backup(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
