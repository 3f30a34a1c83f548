#pragma once

#include "command/options.h"

namespace command {

// `postern import PRODUCT SOURCE...`: takes over what another gateway holds, and people's lists.
void add_import(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
