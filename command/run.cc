#include "command/run.h"

#include "command/audit.h"
#include "command/backup.h"
#include "command/check.h"
#include "command/describe.h"
#include "command/digest.h"
#include "command/doctor.h"
#include "command/explain.h"
#include "command/hold.h"
#include "command/import.h"
#include "command/recover.h"
#include "command/reload.h"
#include "command/restore.h"
#include "command/sender.h"
#include "command/serve.h"
#include "command/trace.h"
#include "command/user.h"
#include "command/version.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace command {

int run(std::vector<std::string> words, Program& program) {
    CLI::App app("Postern: a gate in front of a mail server that holds doubtful mail.", "postern");
    app.require_subcommand(1);
    app.set_version_flag("--version", version_text, "the program's version, and that of its store");
    app.footer(
        "Every sub-command takes --config FILE (default /etc/postern/postern.toml) and works "
        "while\n"
        "`postern serve` runs; run it as the same user. Exit 0: done; 1: refused or failed, "
        "standard\n"
        "error says why; 2: the command line is wrong. `postern SUB-COMMAND --help` says more."
    );
    Chosen chosen;
    add_serve(app, program, chosen);
    add_reload(app, program, chosen);
    add_check(app, program, chosen);
    add_user(app, program, chosen);
    add_sender(app, program, chosen);
    add_hold(app, program, chosen);
    add_explain(app, program, chosen);
    add_trace(app, program, chosen);
    add_digest(app, program, chosen);
    add_backup(app, program, chosen);
    add_restore(app, program, chosen);
    add_recover(app, program, chosen);
    add_audit(app, program, chosen);
    add_doctor(app, program, chosen);
    add_import(app, program, chosen);
    add_describe(app, program, chosen);
    // CLI11 takes them from the back.
    std::reverse(words.begin(), words.end());
    try {
        app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        const bool is_help = app.exit(error, program.out, program.err) == 0;
        return is_help ? exit_ok : exit_usage;
    }
    return chosen();
}

}  // namespace command
