#include "command/explain.h"

#include "accounts/sender_lists.h"
#include "mail/line_ends.h"
#include "policy/explain.h"
#include "policy/question.h"

#include <CLI/CLI.hpp>

#include <array>
#include <fstream>
#include <ostream>

namespace command {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

struct Given {
    std::string from;
    std::string to;
    std::string ip;
    std::string listener;
    std::string message;
};

Result<policy::EnvelopeFacts> envelope_of(const Given& given, const conf::Settings& settings) {
    auto sender = policy::sender_of(given.from);
    if (!sender) return failure(sender.error(), "--from");
    auto recipient = mail::Address::parse(given.to);
    if (!recipient) return failure(recipient.error(), "--to");
    mail::IpAddress client;
    if (!given.ip.empty()) {
        auto parsed = mail::IpAddress::parse(given.ip);
        if (!parsed) return failure(parsed.error(), "--ip");
        client = *parsed;
    }
    auto listener = given.listener;
    if (listener.empty() && !settings.smtp.listeners.empty())
        listener = settings.smtp.listeners.front().name;
    return policy::EnvelopeFacts{
        std::move(*sender), std::move(*recipient), client, std::move(listener), 1
    };
}

Result<mail::MessageBytes> read_message(const std::string& file, const conf::Settings& settings) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return failure(ErrorKind::not_found, "{} cannot be read", file);
    mail::SpoolSettings spool;
    spool.directory = std::filesystem::temp_directory_path();
    auto bytes = mail::MessageBytes::create(spool);
    if (!bytes) return bytes;
    mail::LineEnds line_ends;
    std::array<char, 65'536> chunk{};
    for (;;) {
        in.read(chunk.data(), chunk.size());
        const auto count = static_cast<std::size_t>(in.gcount());
        if (count == 0) break;
        auto appended = bytes->append(line_ends.convert({chunk.data(), count}));
        if (!appended) return failure(appended.error(), "reading " + file);
        if (bytes->size() > settings.smtp.max_message_bytes)
            return failure(
                ErrorKind::limit,
                "{} is larger than max_message_bytes ({}): it would be refused with 552 5.3.4",
                file,
                settings.smtp.max_message_bytes
            );
    }
    if (in.bad()) return failure(ErrorKind::trouble, "{} cannot be read to its end", file);
    if (auto done = bytes->finish(); !done) return failure(done.error());
    return bytes;
}

// Empty without a store; `note` says so.
Result<policy::PersonalLists> lists_of(
    Program& program,
    const conf::Settings& settings,
    const mail::Address& owner,
    const std::vector<mail::Address>& identities,
    std::string& note
) {
    const auto log = program.make_log(base::LogLevel::warning);
    auto store = open_store(settings, Missing::refuse, *log);
    if (!store && store.error().kind == ErrorKind::not_found) {
        note = "there is no store yet, so nobody has managed senders";
        return policy::PersonalLists();
    }
    if (!store) return failure(store.error());
    auto entries = (*store)->read_and_wait([&](database::Snapshot& snapshot) {
        return accounts::entries_for(snapshot, owner.key(), identities);
    });
    if (!entries) return failure(entries.error());
    return policy::PersonalLists{std::move(*entries)};
}

void say_envelope(Program& program, const policy::EnvelopeFacts& envelope, const Given& given) {
    const auto line = [&](std::string_view name, std::string_view value) {
        program.out << fmt::format("{:<12} {}\n", name, shown(value));
    };
    line("from", envelope.sender.is_null() ? "<>" : envelope.sender.address().display());
    line("to", envelope.recipient.display());
    line("client", given.ip.empty() ? "0.0.0.0 (name one with --ip)" : envelope.client.text());
    line("listener", envelope.listener);
    line(
        "message",
        given.message.empty() ? "none given: judged as an empty one from the envelope sender"
                              : given.message
    );
}

int explain(Program& program, const Given& given) {
    const auto settings = read_settings(program);
    if (!settings) return exit_failed;
    auto envelope = envelope_of(given, *settings);
    if (!envelope) return fail(program, envelope.error());
    auto bytes = given.message.empty()
                     ? Result<mail::MessageBytes>(mail::MessageBytes::of(
                           policy::stand_in_message(*envelope, "", settings->hostname)
                       ))
                     : read_message(given.message, *settings);
    if (!bytes) return fail(program, bytes.error());
    auto message = policy::message_facts_of(*bytes);
    if (!message) return fail(program, message.error());

    say_envelope(program, *envelope, given);
    const auto* domain = settings->domain_of(envelope->recipient.domain());
    if (domain == nullptr) {
        program.out << fmt::format(
            "\nreject: 550 5.7.1, {} is not one of the domains in {}\n",
            envelope->recipient.domain().text(),
            program.config.string()
        );
        return exit_ok;
    }
    program.out << fmt::format(
        "{:<12} {} (decides whether the recipient exists; not asked here)\n",
        "back end",
        domain->backend.text()
    );

    const auto identities = policy::identities_of(*envelope, *message);
    std::string note;
    auto lists = lists_of(program, *settings, envelope->recipient, identities, note);
    if (!lists) return fail(program, lists.error());
    if (!note.empty()) program.out << fmt::format("{:<12} {}\n", "note", note);

    const auto verdict = policy::answer_to(settings->rules, *envelope, *message, *lists);
    program.out << '\n' << policy::explain(verdict);
    program.out.flush();
    return program.out ? exit_ok : exit_failed;
}

}  // namespace

void add_explain(CLI::App& app, Program& program, Chosen& chosen) {
    auto* sub = app.add_subcommand("explain", "Which verdict a mail would get, and why");
    const auto given = std::make_shared<Given>();
    sub->add_option("--from", given->from, "the envelope sender; '' or '<>' for a notice")
        ->required()
        ->type_name("ADDRESS");
    sub->add_option("--to", given->to, "the recipient")->required()->type_name("ADDRESS");
    sub->add_option("--ip", given->ip, "the client's address")->type_name("IP");
    sub->add_option("--listener", given->listener, "the listener's name; default: the first one")
        ->type_name("NAME");
    sub->add_option("message", given->message, "the message; line ends may be LF or CRLF")
        ->type_name("MESSAGE.eml");
    add_config_option(*sub, program);
    sub->footer(
        "Prints the verdict, the rule that gave it, and each rule and managed sender that was\n"
        "considered before it. Reads the configuration file as it is now, which `serve` may not\n"
        "have reloaded yet. Sends nothing and asks nobody."
    );
    sub->callback([&program, &chosen, given] {
        chosen = [&program, given] { return explain(program, *given); };
    });
}

}  // namespace command
