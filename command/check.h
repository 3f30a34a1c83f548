#pragma once

#include "command/options.h"

namespace command {

// `postern check`: reads the file as `serve` would.
void add_check(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
