#pragma once

#include "command/options.h"

#include <string>
#include <vector>

namespace command {

// The whole program: reads the words of the command line (without the program's own name), runs
// the sub-command, gives the exit code.
int run(std::vector<std::string> words, Program& program);

}  // namespace command
