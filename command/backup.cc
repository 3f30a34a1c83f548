#include "command/backup.h"

#include <CLI/CLI.hpp>

#include <ostream>
#include <system_error>

namespace command {

namespace {

int back_up(Program& program, const std::filesystem::path& target) {
    std::error_code error;
    if (std::filesystem::exists(target, error))
        return fail(
            program, target.string() + " is there already: name a file that does not exist yet"
        );
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    auto copied = opened->store->backup(target);
    if (!copied) return fail(program, copied.error());
    const auto size = std::filesystem::file_size(target, error);
    if (error) return fail(program, target.string() + ": " + error.message());
    program.out << fmt::format(
        "{} copied to {} ({} bytes)\n",
        opened->settings.store_file().string(),
        target.string(),
        size
    );
    return exit_ok;
}

}  // namespace

void add_backup(CLI::App& app, Program& program, Chosen& chosen) {
    auto* sub = app.add_subcommand("backup", "Copy the whole store to a file");
    sub->footer(
        "Accounts, lists, the audit trail, every held message and everything that still has to be\n"
        "sent, as they stand at one moment, while `postern serve` goes on. `postern restore` puts\n"
        "it back. Exit 0: the copy is complete and on the disk."
    );
    const auto target = std::make_shared<std::filesystem::path>();
    sub->add_option("file", *target, "where to; must not exist yet")->required()->type_name("FILE");
    add_config_option(*sub, program);
    sub->callback([&program, &chosen, target] {
        chosen = [&program, target] { return back_up(program, *target); };
    });
}

}  // namespace command
