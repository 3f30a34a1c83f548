#pragma once

#include "command/options.h"

namespace command {

// `postern doctor`: looks at everything around the gateway that can be wrong, and says what to do.
void add_doctor(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
