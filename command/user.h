#pragma once

#include "command/options.h"

namespace command {

// `postern user …`: accounts of the portal.
void add_user(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
