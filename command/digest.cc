#include "command/digest.h"

#include "accounts/audit.h"
#include "digest/sending.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>
#include <string>

namespace command {

namespace {

struct Wanted {
    std::string address;
    bool now = false;
    bool again = false;
};

base::Result<void> note(
    Program& program, const Opened& opened, const digest::Recipient& recipient, std::uint64_t holds
) {
    accounts::AuditEntry entry;
    entry.at = program.clock.now();
    entry.who = actor_name();
    entry.act = "digest.sent";
    entry.object = recipient.address.key();
    entry.detail = fmt::format("{} messages", holds);
    entry.source = "local";
    return opened.store->write_and_wait([&](database::Transaction& transaction) {
        return accounts::add_audit(transaction, entry);
    });
}

int send(Program& program, const Wanted& wanted) {
    if (!wanted.now)
        return fail_usage(program, "say --now: at its time a digest is sent by `postern serve`");
    const auto address = mail::Address::parse(wanted.address);
    if (!address)
        return fail_usage(program, fmt::format("\"{}\": {}", wanted.address, address.error().text));
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    const conf::Settings& settings = opened->settings;
    if (!settings.sends_digests())
        return fail(
            program,
            "digests are off: they need public_url in [portal], and enabled = true in [digest]"
        );
    auto recipient = opened->store->read_and_wait([&](database::Snapshot& snapshot) {
        return digest::recipient_for(snapshot, settings, address->key());
    });
    if (!recipient) return fail(program, recipient.error());
    if (!*recipient)
        return fail(program, fmt::format("{} is not of one of your domains", address->text()));
    const auto now = program.clock.now();
    const digest::Order order{
        digest::Kind::digest,
        {},
        now,
        wanted.again ? digest::Again::yes : digest::Again::no,
    };
    const auto sent =
        digest::send(*opened->store, settings, **recipient, order, program.random, now);
    if (!sent) return fail(program, sent.error());
    const std::string to = (*recipient)->address.text();
    if (*sent == 0) {
        program.out << fmt::format("nothing new is on hold for {}: no mail\n", to);
        return exit_ok;
    }
    if (auto noted = note(program, *opened, **recipient, *sent); !noted)
        return fail(program, noted.error());
    program.out << fmt::format(
        "a digest of {} {} is on its way to {}\n", *sent, *sent == 1 ? "message" : "messages", to
    );
    return exit_ok;
}

}  // namespace

void add_digest(CLI::App& app, Program& program, Chosen& chosen) {
    auto* group = app.add_subcommand("digest", "The mails that tell people of what is on hold");
    group->require_subcommand(1);
    auto* sub = group->add_subcommand("send", "Tell somebody without waiting for the time");
    sub->footer(
        "Lists what waits for them and no digest has listed yet, whatever times and days they\n"
        "chose. Nothing new, no mail. `postern serve` brings it to the mail server."
    );
    const auto wanted = std::make_shared<Wanted>();
    sub->add_option("address", wanted->address, "the person, by any of their addresses")
        ->required()
        ->type_name("ADDRESS");
    sub->add_flag("--now", wanted->now, "at once; needed, because at its time it comes by itself");
    sub->add_flag("--again", wanted->again, "also what earlier digests have listed");
    add_config_option(*sub, program);
    sub->callback([&program, &chosen, wanted] {
        chosen = [&program, wanted] { return send(program, *wanted); };
    });
}

}  // namespace command
