#include "command/run.h"
#include "command/terminal.h"

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    std::ios::sync_with_stdio(false);
    base::SystemClock clock;
    base::SystemRandom random;
    command::Program program{std::cin, std::cout, std::cerr, clock, random, command::ask_in_secret};
    try {
        return command::run(std::vector<std::string>(argv + 1, argv + argc), program);
    } catch (const std::exception& bug) {
        // Everything we expect is a Result; this is memory that ran out, or a bug of ours.
        return command::fail(program, bug.what());
    }
}
