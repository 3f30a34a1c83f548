#include "command/audit.h"

#include "accounts/audit.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace command {

namespace {

int verify(Program& program) {
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    auto rows = opened->store->read_and_wait([](database::Snapshot& snapshot) {
        return accounts::verify_audit(snapshot);
    });
    if (!rows) return fail(program, rows.error());
    program.out << fmt::format("the audit trail is whole: {} entries\n", *rows);
    return exit_ok;
}

}  // namespace

void add_audit(CLI::App& app, Program& program, Chosen& chosen) {
    auto* group = app.add_subcommand("audit", "The record of every look and act");
    group->require_subcommand(1);
    auto* sub = group->add_subcommand("verify", "Check that nobody changed what was written");
    sub->footer(
        "Every entry carries a digest over itself and the one before it. Exit 0: the chain is\n"
        "whole; 1: the first entry that is missing or is not what was written is named. Who can\n"
        "write the file and knows how can make a whole new chain: keep backups elsewhere."
    );
    add_config_option(*sub, program);
    sub->callback([&program, &chosen] { chosen = [&program] { return verify(program); }; });
}

}  // namespace command
