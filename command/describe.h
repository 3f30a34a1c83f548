#pragma once

#include "command/options.h"

namespace command {

// `postern describe`: the whole command line as JSON, from which the packaging makes the manual
// page and what shells complete. Not in the help: nobody types it.
void add_describe(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
