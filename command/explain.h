#pragma once

#include "command/options.h"

namespace command {

// `postern explain`: which verdict a mail would get and why.
void add_explain(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
