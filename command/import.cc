#include "command/import.h"

#include "imports/amavis.h"
#include "imports/importer.h"
#include "imports/mailcow.h"
#include "imports/pmg.h"

#include <CLI/CLI.hpp>

#include <ostream>
#include <system_error>

namespace command {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

constexpr std::size_t lines_shown_max = 200;

struct Given {
    std::vector<fs::path> sources;
    bool dry_run = false;
    bool mail_only = false;
    bool senders_only = false;
};

struct Sources {
    fs::path dump;    // "" when none is named
    fs::path folder;  // ""
};

using Read =
    std::function<Result<void>(const Sources&, const imports::ReadLimits&, imports::Finds&)>;

// A folder holds mails, a file is a dump.
Result<Sources> sort_sources(const std::vector<fs::path>& named) {
    Sources sources;
    for (const auto& path : named) {
        std::error_code error;
        const auto status = fs::status(path, error);
        if (error || !fs::exists(status))
            return failure(ErrorKind::not_found, "{} is not there", path.string());
        auto& place = fs::is_directory(status) ? sources.folder : sources.dump;
        if (!place.empty())
            return failure(
                ErrorKind::invalid,
                "{} and {}: one {} at a time",
                place.string(),
                path.string(),
                fs::is_directory(status) ? "folder" : "dump"
            );
        place = path;
    }
    return sources;
}

void write_report(Program& program, const Given& given, const imports::ImportReport& report) {
    for (std::size_t i = 0; i < std::min(report.left_out_lines.size(), lines_shown_max); ++i)
        program.out << "left out: " << shown(report.left_out_lines[i]) << '\n';
    if (report.left_out > lines_shown_max)
        program.out << fmt::format("left out: {} more\n", report.left_out - lines_shown_max);
    program.out << fmt::format(
        "{}: {} mails held anew, {} were there; {} list entries added, {} were there; {} left "
        "out\n",
        given.dry_run ? "dry run, nothing was changed" : "imported",
        report.holds_added,
        report.holds_there,
        report.senders_added,
        report.senders_there,
        report.left_out
    );
}

// The store for it; null in a dry run where none is yet.
Result<std::unique_ptr<database::Store>> open_for(
    const Given& given, const conf::Settings& settings, base::Log& log
) {
    auto store = open_store(settings, given.dry_run ? Missing::refuse : Missing::create, log);
    if (!store && given.dry_run && store.error().kind == ErrorKind::not_found)
        return std::unique_ptr<database::Store>();
    return store;
}

int import_from(
    Program& program, const Given& given, const std::string& product, const Read& read
) {
    auto sources = sort_sources(given.sources);
    if (!sources) return fail(program, sources.error());
    auto settings = read_settings(program);
    if (!settings) return exit_failed;
    const auto log = program.make_log(base::LogLevel::warning);
    auto store = open_for(given, *settings, *log);
    if (!store) return fail(program, store.error());
    imports::ReadLimits limits;
    limits.message_bytes_max = settings->smtp.max_message_bytes;
    // In a dry run there may be no data_dir yet.
    std::error_code none;
    limits.spool.directory =
        fs::exists(settings->data_dir, none) ? settings->data_dir : fs::temp_directory_path();
    imports::ImportPlan plan{
        .product = product,
        .actor = actor_name(),
        .mails = !given.senders_only,
        .senders = !given.mail_only,
        .dry_run = given.dry_run
    };
    imports::Importer importer(*settings, store->get(), std::move(plan), program.clock.now());
    const auto done = read(*sources, limits, importer);
    write_report(program, given, importer.report());
    if (!done) return fail(program, done.error().text + " (what was imported before it stays)");
    return exit_ok;
}

Result<void> from_mailcow(
    const Sources& sources, const imports::ReadLimits& limits, imports::Finds& finds
) {
    if (sources.dump.empty() || !sources.folder.empty())
        return failure(ErrorKind::invalid, "name the dump, and nothing else");
    return imports::read_mailcow(sources.dump, limits, finds);
}

Result<void> from_pmg(
    const Sources& sources, const imports::ReadLimits& limits, imports::Finds& finds
) {
    if (sources.dump.empty()) return failure(ErrorKind::invalid, "name the dump too");
    return imports::read_pmg(sources.dump, sources.folder, limits, finds);
}

Result<void> from_amavis(
    const Sources& sources, const imports::ReadLimits& limits, imports::Finds& finds
) {
    if (!sources.folder.empty())
        if (auto read = imports::read_amavis_folder(sources.folder, limits, finds); !read)
            return read;
    if (!sources.dump.empty()) return imports::read_amavis_lists(sources.dump, finds);
    return {};
}

}  // namespace

void add_import(CLI::App& app, Program& program, Chosen& chosen) {
    auto* group =
        app.add_subcommand("import", "Take over held mail and sender lists from another gateway");
    group->require_subcommand(1);
    group->footer(
        "Works while `postern serve` runs, and as often as you like: what is there already is not\n"
        "added again. Mail keeps its sender, recipient and time, and is held for retention_days\n"
        "from now. Mail and lists of domains that are not in the configuration are left out; so\n"
        "are entries that Postern refuses. Each is said, with the reason. Exit 0: all was read."
    );
    const auto given = std::make_shared<Given>();
    const auto product = [&](const char* name, const char* what, Read read, const char* how) {
        auto* sub = group->add_subcommand(name, what);
        sub->footer(how);
        sub->add_option(
               "source", given->sources, "the dump, and the folder of mails if there is one"
        )
            ->required()
            ->type_name("SOURCE");
        sub->add_flag("--dry-run", given->dry_run, "say what would be done, and change nothing");
        auto* mail = sub->add_flag("--mail-only", given->mail_only, "held mail, no lists");
        sub->add_flag("--senders-only", given->senders_only, "lists, no held mail")->excludes(mail);
        add_config_option(*sub, program);
        sub->callback([&program, &chosen, given, name = std::string(name), read] {
            chosen = [&program, given, name, read] {
                return import_from(program, *given, name, read);
            };
        });
    };
    product(
        "mailcow",
        "mailcow: quarantine and the lists of mailboxes",
        from_mailcow,
        "On the mailcow machine, in its folder:\n"
        "  docker compose exec -T mysql-mailcow sh -c 'mysqldump -uroot "
        "-p\"$MYSQL_ROOT_PASSWORD\" \\\n"
        "    --default-character-set=utf8mb4 --hex-blob mailcow quarantine filterconf' > "
        "mailcow.sql\n"
        "mailcow keeps bytes above 127 as HTML entities (&uuml;): such mail is imported as it is\n"
        "there. Its times have no zone: set TZ to mailcow's when it is not this machine's."
    );
    product(
        "pmg",
        "Proxmox Mail Gateway: quarantine and user lists",
        from_pmg,
        "On the gateway:\n"
        "  su postgres -c 'pg_dump -t cmailstore -t cmsreceivers -t userprefs Proxmox_ruledb' > "
        "pmg.sql\n"
        "and its folder /var/spool/pmg, or a copy of it. Both are the SOURCEs."
    );
    product(
        "amavis",
        "amavis: quarantine folder and the lists of its SQL look-ups",
        from_amavis,
        "Its folder /var/lib/amavis/virusmails, or a copy made with cp -a (a file's time is when\n"
        "the mail came); and, where lists are in SQL, one of\n"
        "  mysqldump amavis users mailaddr wblist > amavis.sql\n"
        "  pg_dump -t users -t mailaddr -t wblist amavis > amavis.sql"
    );
}

}  // namespace command
