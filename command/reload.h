#pragma once

#include "command/options.h"

namespace command {

// `postern reload`: a running `serve` reads the file again, and says what came of it.
void add_reload(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
