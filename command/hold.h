#pragma once

#include "command/options.h"

namespace command {

// `postern hold …`: what is held, and what is to become of it.
void add_hold(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
