#pragma once

#include "command/options.h"

namespace command {

// `postern serve`: gateway, portal and courier in the foreground.
void add_serve(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
