#pragma once

#include "command/options.h"

namespace command {

// `postern digest send --now ADDRESS`: tells somebody of what is held for them without waiting for
// the time.
void add_digest(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
