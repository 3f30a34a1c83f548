#pragma once

#include "command/options.h"

namespace command {

// `postern sender …`: a person's managed senders.
void add_sender(CLI::App& app, Program& program, Chosen& chosen);

}  // namespace command
