#include "command/check.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace command {

void add_check(CLI::App& app, Program& program, Chosen& chosen) {
    auto* sub = app.add_subcommand("check", "Read the configuration file and say what is wrong");
    sub->footer(
        "Reads the file as `postern serve` would and changes nothing. Each problem is one line,\n"
        "FILE:LINE:COLUMN: what is wrong and what would be right. Exit 0: the file is good."
    );
    add_config_option(*sub, program);
    sub->callback([&program, &chosen] {
        chosen = [&program] {
            const auto settings = read_settings(program);
            if (!settings) return exit_failed;
            program.out << fmt::format(
                "{}: good ({} listener{}, {} domain{}, {} rule{})\n",
                program.config.string(),
                settings->smtp.listeners.size(),
                settings->smtp.listeners.size() == 1 ? "" : "s",
                settings->domains.size(),
                settings->domains.size() == 1 ? "" : "s",
                settings->rules.size(),
                settings->rules.size() == 1 ? "" : "s"
            );
            return exit_ok;
        };
    });
}

}  // namespace command
