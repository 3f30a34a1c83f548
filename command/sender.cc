#include "command/sender.h"

#include "accounts/audit.h"
#include "accounts/sender_lists.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace command {

using base::failure;
using database::Snapshot;
using database::Transaction;
using policy::SenderList;

namespace {

struct Given {
    std::string owner;
    std::vector<std::string> entries;
};

constexpr int page_entries = 500;

// What is to be done with the entries; none: remove.
using Act = std::optional<SenderList>;

base::Result<std::string> act_on(
    Transaction& transaction,
    Program& program,
    const conf::Settings& settings,
    const mail::Address& owner,
    const policy::SenderPattern& pattern,
    Act act
) {
    const auto now = program.clock.now();
    std::string outcome;
    if (act) {
        auto added = accounts::add_entry(
            transaction, owner.key(), *act, pattern, actor_name(), own_domains(settings), now
        );
        if (!added) return failure(added.error());
        if (*added == accounts::Added::was_there)
            return fmt::format("{} was {} already", pattern.key, policy::name_of(*act));
        outcome = fmt::format("{} is {} now", pattern.key, policy::name_of(*act));
    } else {
        auto removed = accounts::remove_entry(transaction, owner.key(), std::nullopt, pattern);
        if (!removed) return failure(removed.error());
        if (*removed == 0)
            return failure(
                base::ErrorKind::not_found,
                "{} is in none of the lists of {}",
                pattern.key,
                owner.key()
            );
        outcome = fmt::format("{} is removed", pattern.key);
    }
    auto noted = accounts::add_audit(
        transaction,
        {now,
         actor_name(),
         act ? fmt::format("sender.{}", policy::name_of(*act)) : "sender.removed",
         pattern.key,
         "for " + owner.key(),
         "local"}
    );
    if (!noted) return failure(noted.error());
    return outcome;
}

// All entries or none: who reads "refused" need not find out which of them count.
int change(Program& program, const Given& given, Act act) {
    auto owner = mail::Address::parse(given.owner);
    if (!owner) return fail(program, owner.error());
    std::vector<policy::SenderPattern> patterns;
    for (const auto& entry : given.entries) {
        auto pattern = policy::SenderPattern::parse(entry);
        if (!pattern) return fail(program, pattern.error());
        patterns.push_back(std::move(*pattern));
    }
    auto opened = open(program, Missing::create);
    if (!opened) return opened.error();
    note_foreign(program, opened->settings, *owner);
    auto outcomes = opened->store->write_and_wait(
        [&](Transaction& transaction) -> base::Result<std::vector<std::string>> {
            std::vector<std::string> said;
            for (const auto& pattern : patterns) {
                auto outcome = act_on(transaction, program, opened->settings, *owner, pattern, act);
                if (!outcome) return failure(outcome.error());
                said.push_back(std::move(*outcome));
            }
            return said;
        }
    );
    if (!outcomes) return fail(program, outcomes.error().text + " (nothing was changed)");
    for (const auto& outcome : *outcomes) program.out << outcome << '\n';
    return exit_ok;
}

int list(Program& program, const Given& given) {
    auto owner = mail::Address::parse(given.owner);
    if (!owner) return fail(program, owner.error());
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    note_foreign(program, opened->settings, *owner);
    std::string cursor;
    do {
        auto page = opened->store->read_and_wait([&](Snapshot& snapshot) {
            return accounts::list_entries(snapshot, owner->key(), {}, cursor, page_entries);
        });
        if (!page) return fail(program, page.error());
        for (const auto& entry : page->entries)
            program.out << fmt::format(
                "{:<14} {:<40} {} {}\n",
                policy::name_of(entry.list),
                shown(entry.pattern.key),
                base::to_rfc3339(entry.added_at),
                shown(entry.added_by)
            );
        cursor = page->next;
    } while (!cursor.empty());
    return exit_ok;
}

}  // namespace

void add_sender(CLI::App& app, Program& program, Chosen& chosen) {
    auto* group = app.add_subcommand("sender", "A person's managed senders");
    group->require_subcommand(1);
    group->footer(
        "OWNER is the person's address; with an account, all its addresses share the lists.\n"
        "ENTRY is an address, or a domain with everything below it. The most specific entry\n"
        "decides: with domain.com blocked and user1@domain.com permitted, user1 gets through."
    );
    const auto given = std::make_shared<Given>();
    const auto leaf = [&](const char* name, const char* what, auto action) {
        auto* sub = group->add_subcommand(name, what);
        sub->add_option("owner", given->owner, "the person's address")
            ->required()
            ->type_name("OWNER");
        add_config_option(*sub, program);
        sub->callback([&program, &chosen, given, action] {
            chosen = [&program, given, action] { return action(program, *given); };
        });
        return sub;
    };
    leaf("list", "What is blocked, permitted and trusted", list);
    const auto changing = [&](const char* name, const char* what, Act act) {
        auto* sub =
            leaf(name, what, [act](Program& p, const Given& g) { return change(p, g, act); });
        sub->add_option("entry", given->entries, "addresses or domains")
            ->required()
            ->type_name("ENTRY");
    };
    changing("block", "Refuse mail from these senders", SenderList::blocked);
    changing(
        "permit",
        "Skip spam checks for these senders; own domains are refused",
        SenderList::permitted
    );
    changing("trust", "Vouch for the content these senders send", SenderList::trusted);
    changing("remove", "Take entries out of every list", std::nullopt);
}

}  // namespace command
