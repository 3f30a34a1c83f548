#pragma once

#include "command/options.h"

namespace command {

// `postern audit verify`: is the audit trail what was written?
void add_audit(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
