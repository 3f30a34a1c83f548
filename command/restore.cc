#include "command/restore.h"

#include "accounts/audit.h"
#include "accounts/people.h"
#include "database/lock_file.h"
#include "database/restore.h"
#include "quarantine/hold_store.h"
#include "quarantine/outbox_hold_back.h"

#include <CLI/CLI.hpp>

#include <array>
#include <ostream>
#include <system_error>

namespace command {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::failure;
using base::Result;
using database::Snapshot;
using database::Transaction;

namespace {

struct Given {
    fs::path backup;
    bool replace = false;
    bool hold_outbox = false;
};

struct Contents {
    std::string held;  // "12", "over 10000"
    std::uint64_t audit_entries = 0;
    quarantine::OutboxCount outbox;  // as it was in the backup
    quarantine::HeldBack held_back;  // with --hold-outbox
};

Result<std::string> count_held(Snapshot& snapshot) {
    quarantine::Reach everything;
    everything.everything = true;
    quarantine::HoldFilter held;
    held.scope = quarantine::Scope::all;
    auto page = quarantine::list(snapshot, everything, held, "", 1);
    if (!page) return failure(page.error());
    return fmt::format("{}{}", page->total_is_exact ? "" : "over ", page->total);
}

// Is there anything in it that somebody would miss?
Result<bool> is_empty(Snapshot& snapshot) {
    quarantine::Reach everything;
    everything.everything = true;
    quarantine::HoldFilter any;
    any.scope = quarantine::Scope::all;
    any.states.clear();
    auto holds = quarantine::list(snapshot, everything, any, "", 1);
    if (!holds) return failure(holds.error());
    auto outbox = quarantine::count_outbox(snapshot);
    if (!outbox) return failure(outbox.error());
    auto people = accounts::list_people(snapshot);
    if (!people) return failure(people.error());
    auto audit = accounts::latest_audit(snapshot, 1);
    if (!audit) return failure(audit.error());
    return holds->holds.empty() && outbox->all() == 0 && people->empty() && audit->empty();
}

// Looks into the store that is to give way. Closing it empties its write-ahead log, unless another
// program has it open: then nothing may be renamed under it.
Result<void> check_old_store(const conf::Settings& settings, const Given& given, base::Log& log) {
    std::error_code error;
    const auto file = settings.store_file();
    if (!fs::exists(file, error)) return {};
    bool empty = false;
    {
        auto store = open_store(settings, Missing::refuse, log);
        if (store) {
            auto answer = (*store)->read_and_wait([](Snapshot& s) { return is_empty(s); });
            (*store)->close();
            empty = answer && *answer;
        } else if (!given.replace) {
            return failure(
                ErrorKind::conflict,
                "there is a store at {} that cannot be read ({}); --replace keeps it beside the "
                "restored one under another name",
                file.string(),
                store.error().text
            );
        } else {
            return {};
        }
    }
    if (fs::exists(fs::path(file).concat("-wal"), error))
        return failure(
            ErrorKind::in_use, "another command has {} open; let it end first", file.string()
        );
    if (!empty && !given.replace)
        return failure(
            ErrorKind::conflict,
            "there is a store at {} already; --replace keeps it beside the restored one under "
            "another name",
            file.string()
        );
    return {};
}

// Brings the copy up to this program's tables, checks all of it, and notes the restore in it.
Result<Contents> check_copy(
    Program& program,
    const conf::Settings& settings,
    const fs::path& copy,
    const Given& given,
    base::Log& log
) {
    const auto schemas = store_schemas();
    database::StoreSettings wanted;
    wanted.file = copy;
    wanted.readers = 1;
    auto opened = database::Store::open(wanted, schemas, log);
    if (!opened) return failure(opened.error(), "reading the backup");
    auto& store = **opened;
    if (auto whole = store.check_integrity(); !whole)
        return failure(whole.error(), "checking the backup");
    auto audit_entries = store.read_and_wait([](Snapshot& s) { return accounts::verify_audit(s); });
    if (!audit_entries) return failure(audit_entries.error(), "checking the backup");
    auto outbox = store.read_and_wait([](Snapshot& s) { return quarantine::count_outbox(s); });
    if (!outbox) return failure(outbox.error());
    const auto now = program.clock.now();
    const auto expires_at = now + std::chrono::days(settings.quarantine.retention_days);
    quarantine::HeldBack held_back;
    auto noted = store.write_and_wait([&](Transaction& transaction) -> Result<void> {
        if (given.hold_outbox) {
            auto held = quarantine::hold_back_outbox(transaction, actor_name(), now, expires_at);
            if (!held) return failure(held.error());
            held_back = *held;
        }
        return accounts::add_audit(
            transaction,
            {now,
             actor_name(),
             "store.restored",
             given.backup.filename().string(),
             given.hold_outbox ? fmt::format("{} mails held back", held_back.held.all()) : "",
             "local"}
        );
    });
    if (!noted) return failure(noted.error());
    auto held = store.read_and_wait([](Snapshot& s) { return count_held(s); });
    if (!held) return failure(held.error());
    store.close();
    return Contents{std::move(*held), *audit_entries, *outbox, held_back};
}

void say(Program& program, const Given& given, const Contents& contents) {
    program.out << fmt::format(
        "whole: every page of the store, {} entries of the audit trail; {} mails held\n",
        contents.audit_entries,
        contents.held
    );
    const auto waiting = contents.outbox.all();
    if (waiting == 0) return;
    if (given.hold_outbox) {
        program.out << fmt::format(
            "{} mails were waiting to be sent and are held instead: {} for their owners, {} for "
            "the administrator\n",
            contents.held_back.held.all(),
            contents.held_back.held.released,
            contents.held_back.held.other
        );
        if (contents.held_back.unreadable > 0)
            program.out << fmt::format(
                "{} could not be held, because their recipients cannot be read; they stay where "
                "they are and will not be sent\n",
                contents.held_back.unreadable
            );
        return;
    }
    program.out << fmt::format(
        "{} mails wait to be sent ({} released, {} other) and will be when `postern serve` starts. "
        "What had been sent since the backup was made is then sent a second time; with "
        "--hold-outbox they would have been held for a decision instead\n",
        waiting,
        contents.outbox.released,
        contents.outbox.other
    );
}

// "20261121T200347Z", for file names.
std::string stamp(base::Time now) {
    std::string text;
    for (const char c : base::to_rfc3339(now).substr(0, 19))
        if (c != '-' && c != ':') text += c;
    return text + "Z";
}

Result<int> put_back(Program& program, const conf::Settings& settings, const Given& given) {
    if (auto made = make_data_dir(settings); !made) return failure(made.error());
    const auto file = settings.store_file();
    // As long as this is held no `serve` starts.
    auto lock = database::LockFile::take(fs::path(file).concat(".lock"));
    if (!lock) return failure(lock.error());
    const auto log = program.make_log(base::LogLevel::warning);
    if (auto checked = check_old_store(settings, given, *log); !checked)
        return failure(checked.error());
    const auto mark = stamp(program.clock.now());
    const auto copy = fs::path(file).concat(".restoring-" + mark);
    if (auto copied = database::copy_backup(given.backup, copy); !copied)
        return failure(copied.error());
    // At start a big store that was not closed is only warned of; here all of it is checked.
    const auto errors = program.make_log(base::LogLevel::error);
    auto contents = check_copy(program, settings, copy, given, *errors);
    if (!contents) {
        database::remove_store_files(copy);
        return failure(contents.error().kind, contents.error().text + " (nothing was changed)");
    }
    for (const auto* end : {".lock", ".reserve"}) {
        std::error_code ignored;  // made by opening the copy; without them it is the store alone
        fs::remove(fs::path(copy).concat(end), ignored);
    }
    const auto kept = fs::path(file).concat(".before-" + mark);
    auto replaced = database::put_in_place(copy, file, kept);
    if (!replaced) return failure(replaced.error());
    if (auto given_away = give_to_owner_of(settings.data_dir, file.filename().string());
        !given_away)
        return failure(given_away.error());
    program.out << fmt::format("restored {} from {}\n", file.string(), given.backup.string());
    if (*replaced)
        program.out << fmt::format("what was there before is kept as {}\n", kept.string());
    say(program, given, *contents);
    return exit_ok;
}

int restore(Program& program, const Given& given) {
    auto settings = read_settings(program);
    if (!settings) return exit_failed;
    auto done = put_back(program, *settings, given);
    return done ? *done : fail(program, done.error());
}

}  // namespace

void add_restore(CLI::App& app, Program& program, Chosen& chosen) {
    auto* sub = app.add_subcommand("restore", "Put a backup in the place of the store");
    sub->footer(
        "Only while `postern serve` is stopped. The backup is copied into data_dir, brought up to\n"
        "this version's tables and checked as a whole (every page, the audit trail) before it\n"
        "takes the store's place in one step; when something is wrong with it nothing changes.\n"
        "What was accepted, released or rejected after the backup was made is not in it: the old\n"
        "store is kept beside the new one until you remove it."
    );
    const auto given = std::make_shared<Given>();
    sub->add_option("file", given->backup, "what `postern backup` wrote")
        ->required()
        ->type_name("FILE");
    sub->add_flag("--replace", given->replace, "also when there is a store with something in it");
    sub->add_flag(
        "--hold-outbox",
        given->hold_outbox,
        "hold what was waiting to be sent, instead of sending it (again)"
    );
    add_config_option(*sub, program);
    sub->callback([&program, &chosen, given] {
        chosen = [&program, given] { return restore(program, *given); };
    });
}

}  // namespace command
