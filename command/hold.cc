#include "command/hold.h"

#include "accounts/audit.h"
#include "command/hold_text.h"
#include "portal/acts.h"
#include "quarantine/hold_store.h"
#include "quarantine/message.h"

#include <CLI/CLI.hpp>

#include <array>
#include <ostream>
#include <span>

namespace command {

using base::failure;
using database::Snapshot;
using database::Transaction;

namespace {

constexpr int page_holds = 200;

// Who runs the program on the gateway's own machine has the administrator's reach.
quarantine::Reach everything() {
    quarantine::Reach reach;
    reach.everything = true;
    return reach;
}

struct Given {
    bool json = false;
    std::string owner;
    std::vector<std::string> states;
    std::vector<std::string> ids;
};

base::Result<void> audit(
    Transaction& transaction, Program& program, std::string_view act, std::string_view id
) {
    return accounts::add_audit(
        transaction,
        {program.clock.now(), actor_name(), std::string(act), std::string(id), "", "local"}
    );
}

// Exit code after what was written; a full disk or a closed pipe is not success.
int finished(Program& program) {
    program.out.flush();
    if (program.out) return exit_ok;
    return fail(program, "standard output did not take everything");
}

int list(Program& program, const Given& given) {
    quarantine::HoldFilter filter;
    filter.scope = quarantine::Scope::all;
    filter.states.clear();
    for (const auto& name : given.states)
        if (const auto state = quarantine::hold_state_named(name)) filter.states.push_back(*state);
    if (!given.owner.empty()) {
        auto owner = mail::Address::parse(given.owner);
        if (!owner) return fail(program, owner.error());
        filter.owner = owner->key();
    }
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    bool first = true;
    std::string cursor;
    do {
        auto page = opened->store->read_and_wait([&](Snapshot& snapshot) {
            return quarantine::list(snapshot, everything(), filter, cursor, page_holds);
        });
        if (!page) return fail(program, page.error());
        if (first) program.out << (given.json ? "[" : hold_table_head());
        for (const auto& hold : page->holds) {
            if (given.json)
                program.out << (first ? "\n" : ",\n") << hold_json(hold);
            else
                program.out << hold_line(hold);
            first = false;
        }
        cursor = page->next;
        if (cursor.empty() && given.json) program.out << (first ? "]\n" : "\n]\n");
    } while (!cursor.empty() && program.out);
    return finished(program);
}

int show(Program& program, const Given& given) {
    const auto& id = given.ids.front();
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    // A look at a held mail is in the audit trail, so a look is a write.
    auto text = opened->store->write_and_wait([&](Transaction& t) -> base::Result<std::string> {
        auto hold = quarantine::find(t, everything(), id);
        if (!hold) return failure(hold.error());
        auto history = quarantine::history(t, id);
        if (!history) return failure(history.error());
        if (auto noted = audit(t, program, "hold.viewed", id); !noted)
            return failure(noted.error());
        return hold_facts(*hold, *history);
    });
    if (!text) return fail(program, shown(id, 100) + ": " + text.error().text);
    program.out << *text;
    return finished(program);
}

int export_bytes(Program& program, const Given& given) {
    const auto& id = given.ids.front();
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    mail::SpoolSettings spool;
    spool.directory = opened->settings.data_dir;
    auto bytes =
        opened->store->read_and_wait([&](Snapshot& snapshot) -> base::Result<mail::MessageBytes> {
            auto hold = quarantine::find(snapshot, everything(), id);
            if (!hold) return failure(hold.error());
            return quarantine::load_bytes(snapshot, hold->mail_row, spool);
        });
    if (!bytes) return fail(program, shown(id, 100) + ": " + bytes.error().text);
    auto noted = opened->store->write_and_wait([&](Transaction& transaction) {
        return audit(transaction, program, "hold.exported", id);
    });
    if (!noted) return fail(program, noted.error());
    auto reader = bytes->reader();
    std::array<char, 65'536> chunk{};
    while (program.out) {
        auto count = reader.read(chunk);
        if (!count) return fail(program, count.error());
        if (*count == 0) break;
        program.out.write(chunk.data(), static_cast<std::streamsize>(*count));
    }
    return finished(program);
}

// Each hold on its own: what one of them is refused for does not keep the others.
int decide(Program& program, const Given& given, portal::Action action) {
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    const portal::Actor actor{actor_name(), "local", everything()};
    const auto rules = portal::act_rules_of(opened->settings);
    portal::Act act;
    act.action = action;
    bool all_done = true;
    for (const auto& id : given.ids) {
        auto outcome = opened->store->write_and_wait([&](Transaction& transaction) {
            const auto now = program.clock.now();
            const std::span<const std::string> this_one(&id, 1);
            return portal::act_on(transaction, actor, rules, act, this_one, {}, now, now);
        });
        if (outcome && outcome->problems.empty()) {
            program.out << id
                        << (action == portal::Action::release ? " released\n" : " rejected\n");
            continue;
        }
        all_done = false;
        const auto& why = outcome ? outcome->problems.front().text : outcome.error().text;
        fail(program, shown(id, 100) + ": " + why);
    }
    return all_done ? finished(program) : exit_failed;
}

}  // namespace

void add_hold(CLI::App& app, Program& program, Chosen& chosen) {
    auto* group = app.add_subcommand("hold", "What is held, and what is to become of it");
    group->require_subcommand(1);
    const auto given = std::make_shared<Given>();
    const auto leaf = [&](const char* name, const char* what, auto action) {
        auto* sub = group->add_subcommand(name, what);
        add_config_option(*sub, program);
        sub->callback([&program, &chosen, given, action] {
            chosen = [&program, given, action] { return action(program, *given); };
        });
        return sub;
    };
    const auto with_id = [&](CLI::App* sub) {
        sub->add_option("id", given->ids, "as `hold list` shows it")
            ->required()
            ->expected(1)
            ->type_name("ID");
        return sub;
    };
    const auto with_ids = [&](CLI::App* sub) {
        sub->add_option("id", given->ids, "as `hold list` shows them")->required()->type_name("ID");
        return sub;
    };

    auto* listing = leaf("list", "Holds, newest first", list);
    listing->add_flag("--json", given->json, "one JSON array instead of a table");
    listing->add_option("--owner", given->owner, "only holds of this recipient")
        ->type_name("ADDRESS");
    listing
        ->add_option("--state", given->states, "only holds in this state; may be given repeatedly")
        ->check(CLI::IsMember(
            {"any", "held", "released", "delivered", "rejected", "reported", "expired", "failed"}
        ))
        ->type_name("STATE");
    listing->footer(
        "Without --state every hold that is still kept, decided ones too:\n"
        "  held       waits for somebody to decide\n"
        "  released   on its way to the mail server; then delivered\n"
        "  failed     released, but the mail server refused it for good; kept\n"
        "  rejected, reported, expired   ended without being sent"
    );

    with_id(leaf("show", "Facts, the reason, and the history of one hold", show));
    with_id(leaf("export", "The bytes as they were received, on standard output", export_bytes))
        ->footer("Exactly what came after DATA: CRLF line ends, nothing added, nothing changed.");
    with_ids(leaf(
                 "release",
                 "Send held mails on to the mail server",
                 [](Program& p, const Given& g) { return decide(p, g, portal::Action::release); }
             )
    )->footer("`postern serve` sends them at once, or as soon as it runs.");
    with_ids(leaf(
        "reject",
        "End holds without sending them; nobody is told",
        [](Program& p, const Given& g) { return decide(p, g, portal::Action::reject); }
    ));
}

}  // namespace command
