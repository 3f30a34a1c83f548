#pragma once

#include "command/options.h"

namespace command {

// postern trace: what became of a mail.
void add_trace(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
