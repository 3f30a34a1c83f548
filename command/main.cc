#include "command/run.h"
#include "command/terminal.h"

#include <iostream>

int main(int argc, char** argv) {
    std::ios::sync_with_stdio(false);
    base::SystemClock clock;
    base::SystemRandom random;
    command::Program program{std::cin, std::cout, std::cerr, clock, random, command::ask_in_secret};
    return command::run(std::vector<std::string>(argv + 1, argv + argc), program);
}
