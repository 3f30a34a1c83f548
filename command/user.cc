#include "command/user.h"

#include "accounts/audit.h"
#include "accounts/delegations.h"
#include "accounts/password.h"
#include "accounts/people.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <istream>
#include <ostream>

namespace command {

namespace json = boost::json;
using base::failure;
using database::Snapshot;
using database::Transaction;

namespace {

struct Given {
    std::string address;
    std::vector<std::string> aliases;
    std::string role = "user";
    bool password_from_in = false;
    std::vector<std::string> mailboxes;
    bool remove = false;
    bool json = false;
};

// The hash, or the exit code.
tl::expected<std::string, int> read_password(Program& program, const Given& given) {
    std::optional<std::string> password;
    if (given.password_from_in) {
        std::string line;
        std::getline(program.in, line);
        if (line.ends_with('\r')) line.pop_back();
        password = std::move(line);
    } else {
        password = program.ask_in_secret("Password for " + given.address + ": ");
        if (!password)
            return tl::unexpected(
                fail_usage(program, "no password: answer the question or give --password-stdin")
            );
        if (program.ask_in_secret("The same again: ") != password)
            return tl::unexpected(fail(program, "the two passwords are not the same"));
    }
    auto hash = accounts::hash_password(*password, program.random);
    if (!hash) return tl::unexpected(fail(program, hash.error()));
    return std::move(*hash);
}

accounts::AuditEntry entry(
    Program& program, std::string act, std::string object, std::string detail
) {
    return {
        program.clock.now(),
        actor_name(),
        std::move(act),
        std::move(object),
        std::move(detail),
        "local"
    };
}

int add(Program& program, const Given& given) {
    auto address = mail::Address::parse(given.address);
    if (!address) return fail(program, address.error());
    const auto role = accounts::role_named(given.role);
    auto opened = open(program, Missing::create);
    if (!opened) return opened.error();
    note_foreign(program, opened->settings, *address);
    // A password nobody needs is not asked for.
    auto taken = opened->store->read_and_wait([&](Snapshot& snapshot) {
        return accounts::account_row_of(snapshot, address->key());
    });
    if (!taken) return fail(program, taken.error());
    if (*taken)
        return fail(
            program,
            address->text() +
                " belongs to an account already (`postern user password` sets a new password)"
        );
    auto hash = read_password(program, given);
    if (!hash) return hash.error();
    auto added = opened->store->write_and_wait([&](Transaction& t) -> base::Result<void> {
        auto person = accounts::add_person(t, *address, *role, *hash, program.clock.now());
        if (!person) return failure(person.error());
        return accounts::add_audit(
            t, entry(program, "account.added", person->address, "role " + given.role)
        );
    });
    if (!added) return fail(program, added.error());
    program.out << fmt::format("added {} as {}\n", address->key(), given.role);
    return exit_ok;
}

int set_password(Program& program, const Given& given) {
    auto address = mail::Address::parse(given.address);
    if (!address) return fail(program, address.error());
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    auto person = opened->store->read_and_wait([&](Snapshot& snapshot) {
        return accounts::find_person(snapshot, address->key());
    });
    if (!person) return fail(program, person.error());
    auto hash = read_password(program, given);
    if (!hash) return hash.error();
    auto done = opened->store->write_and_wait([&](Transaction& t) -> base::Result<void> {
        if (auto set = accounts::set_password(t, person->row, *hash); !set) return set;
        return accounts::add_audit(t, entry(program, "account.password", person->address, ""));
    });
    if (!done) return fail(program, done.error());
    program.out << "new password for " << person->address << "; every session has ended\n";
    return exit_ok;
}

int add_aliases(Program& program, const Given& given) {
    auto address = mail::Address::parse(given.address);
    if (!address) return fail(program, address.error());
    std::vector<mail::Address> aliases;
    for (const auto& text : given.aliases) {
        auto alias = mail::Address::parse(text);
        if (!alias) return fail(program, alias.error());
        aliases.push_back(std::move(*alias));
    }
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    for (const auto& alias : aliases) note_foreign(program, opened->settings, alias);
    auto done = opened->store->write_and_wait([&](Transaction& t) -> base::Result<void> {
        auto person = accounts::find_person(t, address->key());
        if (!person) return failure(person.error());
        for (const auto& alias : aliases) {
            if (auto bound = accounts::bind_address(t, person->row, alias); !bound) return bound;
            auto noted = accounts::add_audit(
                t, entry(program, "account.alias", person->address, alias.key())
            );
            if (!noted) return noted;
        }
        return {};
    });
    if (!done) return fail(program, done.error());
    for (const auto& alias : aliases)
        program.out << alias.key() << " belongs to " << address->key() << " now\n";
    return exit_ok;
}

// One mailbox, given or taken, with its audit row when that changed anything.
base::Result<void> change_mailbox(
    Transaction& t,
    Program& program,
    const accounts::Person& person,
    const mail::Address& mailbox,
    bool remove
) {
    auto changed =
        remove ? accounts::revoke_mailbox(t, person.row, mailbox.key())
               : accounts::grant_mailbox(t, person.row, mailbox, actor_name(), program.clock.now());
    if (!changed) return failure(changed.error());
    if (!*changed && !remove) return {};
    if (!*changed)
        return failure(
            base::ErrorKind::not_found, "{} does not act for {}", person.address, mailbox.text()
        );
    const auto* act = remove ? "account.mailbox_revoked" : "account.mailbox_granted";
    return accounts::add_audit(t, entry(program, act, person.address, mailbox.key()));
}

int act_for(Program& program, const Given& given) {
    auto address = mail::Address::parse(given.address);
    if (!address) return fail(program, address.error());
    std::vector<mail::Address> mailboxes;
    for (const auto& text : given.mailboxes) {
        auto mailbox = mail::Address::parse(text);
        if (!mailbox) return fail(program, mailbox.error());
        mailboxes.push_back(std::move(*mailbox));
    }
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    if (!given.remove)
        for (const auto& mailbox : mailboxes) note_foreign(program, opened->settings, mailbox);
    auto done = opened->store->write_and_wait([&](Transaction& t) -> base::Result<void> {
        auto person = accounts::find_person(t, address->key());
        if (!person) return failure(person.error());
        for (const auto& mailbox : mailboxes)
            if (auto set = change_mailbox(t, program, *person, mailbox, given.remove); !set)
                return set;
        return {};
    });
    if (!done) return fail(program, done.error());
    for (const auto& mailbox : mailboxes)
        program.out << fmt::format(
            "{} {} {} now\n",
            address->key(),
            given.remove ? "does not act for" : "acts for",
            mailbox.key()
        );
    return exit_ok;
}

struct Listed {
    accounts::Person person;
    std::vector<accounts::Delegation> mailboxes;
};

json::object listed_json(const Listed& listed) {
    json::array addresses;
    for (const auto& address : listed.person.addresses) addresses.emplace_back(address);
    json::array mailboxes;
    for (const auto& mailbox : listed.mailboxes) {
        json::object object;
        object["address"] = mailbox.address;
        object["since"] = base::to_rfc3339(mailbox.since);
        object["granted_by"] = mailbox.granted_by;
        mailboxes.emplace_back(std::move(object));
    }
    json::object object;
    object["address"] = listed.person.address;
    object["name"] = listed.person.name;
    object["role"] = accounts::name_of(listed.person.role);
    object["addresses"] = std::move(addresses);
    object["acts_for"] = std::move(mailboxes);
    return object;
}

std::string listed_line(const Listed& listed) {
    const auto& person = listed.person;
    auto line = fmt::format("{:<14} {}", accounts::name_of(person.role), shown(person.address));
    for (const auto& other : person.addresses)
        if (other != person.address) line += ' ' + shown(other);
    if (!listed.mailboxes.empty()) line += "  acts for";
    for (const auto& mailbox : listed.mailboxes) line += ' ' + shown(mailbox.address);
    return line + '\n';
}

int list(Program& program, const Given& given) {
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    auto all =
        opened->store->read_and_wait([](Snapshot& snapshot) -> base::Result<std::vector<Listed>> {
            auto people = accounts::list_people(snapshot);
            if (!people) return failure(people.error());
            std::vector<Listed> all;
            for (auto& person : *people) {
                auto mailboxes = accounts::mailboxes_of(snapshot, person.row);
                if (!mailboxes) return failure(mailboxes.error());
                all.push_back({std::move(person), std::move(*mailboxes)});
            }
            return all;
        });
    if (!all) return fail(program, all.error());
    if (given.json) {
        program.out << '[';
        const auto* before = "\n";
        for (const auto& listed : *all) {
            program.out << before << json::serialize(listed_json(listed));
            before = ",\n";
        }
        program.out << (all->empty() ? "]\n" : "\n]\n");
        return exit_ok;
    }
    for (const auto& listed : *all) program.out << listed_line(listed);
    return exit_ok;
}

}  // namespace

void add_user(CLI::App& app, Program& program, Chosen& chosen) {
    auto* group = app.add_subcommand("user", "Accounts of the portal");
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
    const auto address = [&](CLI::App* sub) {
        sub->add_option("address", given->address, "the person's address")
            ->required()
            ->type_name("ADDRESS");
    };
    const auto password = [&](CLI::App* sub) {
        sub->add_flag(
            "--password-stdin",
            given->password_from_in,
            "take the password from the first line of standard input instead of asking"
        );
    };

    auto* adding = leaf("add", "Make an account", add);
    address(adding);
    adding->add_option("--role", given->role, "user (default), moderator or administrator")
        ->check(CLI::IsMember({"user", "moderator", "administrator"}))
        ->type_name("ROLE");
    password(adding);
    adding->footer(
        "The person sees what is held for their address. A moderator also sees what rules hold\n"
        "for moderators that name them; an administrator sees and decides everything. Managed\n"
        "senders that were set for the address before become the account's."
    );

    auto* setting = leaf("password", "Set a new password; ends every session", set_password);
    address(setting);
    password(setting);

    auto* aliasing = leaf("alias", "Give an account further addresses", add_aliases);
    address(aliasing);
    aliasing->add_option("alias", given->aliases, "addresses whose holds are this person's too")
        ->required()
        ->type_name("ALIAS");

    auto* acting = leaf("act-for", "Let a person act for a mailbox that is not theirs", act_for);
    address(acting);
    acting->add_option("mailbox", given->mailboxes, "addresses whose holds the person decides too")
        ->required()
        ->type_name("MAILBOX");
    acting->add_flag("--remove", given->remove, "take it away again; it ends at once");
    acting->footer(
        "For shared mailboxes (info@...) and for who stands in for somebody else. The mailbox may\n"
        "have an account or none. Whoever acts for it sees and decides what is held for it, and\n"
        "changes its managed senders. They get no role by it, and no other address of an account\n"
        "the mailbox belongs to. The mailbox's own people see who released or rejected what."
    );

    auto* listing = leaf("list", "Every account: role, addresses, mailboxes it acts for", list);
    listing->add_flag("--json", given->json, "one JSON array instead of lines");
}

}  // namespace command
