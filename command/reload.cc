#include "command/reload.h"

#include "command/control.h"

#include <CLI/CLI.hpp>

#include <ostream>
#include <system_error>

namespace command {

namespace {

int reload(Program& program) {
    // The file says where the server is; one with problems would be refused there in the same
    // words.
    const auto settings = read_settings(program);
    if (!settings) return fail(program, "refused: the running Postern keeps the settings it has");
    std::error_code error;
    const auto file = std::filesystem::absolute(program.config, error);
    if (error) return fail(program, program.config.string() + ": " + error.message());
    const auto outcome = ask_server(settings->data_dir, "reload " + file.string());
    if (!outcome) return fail(program, outcome.error());
    for (const auto& line : outcome->lines)
        (outcome->done ? program.out : program.err) << shown(line) << '\n';
    return outcome->done ? exit_ok : exit_failed;
}

}  // namespace

void add_reload(CLI::App& app, Program& program, Chosen& chosen) {
    auto* sub = app.add_subcommand("reload", "Let a running `postern serve` read its file again");
    add_config_option(*sub, program);
    sub->footer(
        "Says what has changed and which of it waits for a restart. A file with problems is "
        "refused\n"
        "with all of them and the old settings stay. Connections stay in any case. SIGHUP does the "
        "same,\n"
        "and says it in the log. Exit 0: the file is in force."
    );
    sub->callback([&program, &chosen] { chosen = [&program] { return reload(program); }; });
}

}  // namespace command
