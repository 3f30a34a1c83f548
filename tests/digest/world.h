#pragma once

#include "accounts/people.h"
#include "accounts/preferences.h"
#include "accounts/schema.h"
#include "base/ensure.h"
#include "digest/links.h"
#include "digest/rounds.h"
#include "digest/schema.h"
#include "digest/sending.h"
#include "mail/mime.h"
#include "quarantine/hold_store.h"
#include "quarantine/message.h"
#include "quarantine/outbox.h"
#include "tests/database/scratch.h"
#include "tests/must.h"

#include <chrono>
#include <memory>
#include <regex>
#include <string>
#include <vector>

// A store with people, holds and a clock, and what digests make of them.
namespace world {

using namespace std::chrono_literals;

// Friday, 15 January 2027, 08:00 UTC.
inline constexpr base::Time start = base::Time(std::chrono::milliseconds(1'800'000'000'000));

inline mail::Address address(std::string_view text) {
    auto parsed = mail::Address::parse(text);
    base::ensure(parsed.has_value(), text);
    return *parsed;
}

struct Mail {
    std::string subject = "hello";
    std::string from_name = "News";
    std::string from = "news@letters.example";
    base::Time at = start;
    mail::HoldKind kind = mail::HoldKind::user;
    std::string rule = "newsletter host";
    std::string reason = "The sender is a newsletter host.";
};

struct Sent {
    std::string to;
    std::string text;
    std::string html;
    std::string token;
};

class World {
  public:
    World() {
        const database::Schema schemas[] = {
            quarantine::schema(), accounts::schema(), digest::schema()
        };
        store = open_store(scratch.store_file(), schemas);
        settings.hostname = "mx.example.test";
        settings.data_dir = scratch.directory();
        settings.domains.push_back({must(mail::Domain::parse("example.test")), {}, {}});
        settings.portal.public_url = "https://portal.example.test";
    }

    template <class Job>
    auto write(Job job) {
        return must(store->write_and_wait(std::move(job)));
    }
    template <class Job>
    auto read(Job job) {
        return must(store->read_and_wait(std::move(job)));
    }

    std::int64_t add_person(
        const std::string& who,
        const std::vector<std::string>& aliases = {},
        const accounts::Preferences& preferences = {}
    ) {
        return write([&](database::Transaction& transaction) -> base::Result<std::int64_t> {
            auto person =
                accounts::add_person(transaction, address(who), accounts::Role::user, "", start);
            if (!person) return base::failure(person.error());
            for (const std::string& alias : aliases) {
                auto bound = accounts::bind_address(transaction, person->row, address(alias));
                if (!bound) return base::failure(bound.error());
            }
            auto set = accounts::set_preferences(transaction, person->row, preferences);
            if (!set) return base::failure(set.error());
            return person->row;
        });
    }

    std::string hold(const std::string& owner, const Mail& mail = {}) {
        const auto bytes = mail::MessageBytes::of("Subject: " + mail.subject + "\r\n\r\nbody\r\n");
        const std::string id = base::random_id(random);
        must(store->write_and_wait([&](database::Transaction& transaction) -> base::Result<void> {
            quarantine::ReceivedMail received;
            received.mail_id = base::random_id(random);
            received.bytes = &bytes;
            received.received_at = mail.at;
            received.header_from_name = mail.from_name;
            received.header_from_address = mail.from;
            received.to = owner;
            received.subject = mail.subject;
            auto row = quarantine::store_mail(transaction, received);
            if (!row) return base::failure(row.error());
            const quarantine::NewHold made{
                .id = id,
                .recipient = {address(owner), {}, {}},
                .kind = mail.kind,
                .moderators = {},
                .rule = mail.rule,
                .reason = mail.reason,
                .trace = "[]",
                .added_fields = {},
                .expires_at = mail.at + std::chrono::days(14),
            };
            return quarantine::add_hold(transaction, *row, made, mail.at);
        }));
        return id;
    }

    // Everything that the courier would take, taken and delivered.
    std::vector<Sent> courier(base::Time now) {
        const auto due = write([&](database::Transaction& transaction) {
            return quarantine::take_due(transaction, now, 100'000);
        });
        std::vector<Sent> all;
        for (const auto& outgoing : due.rows) {
            CHECK(outgoing.envelope.sender.is_null());
            CHECK(outgoing.if_refused == quarantine::IfRefused::drop);
            mail::SpoolSettings spool;
            spool.directory = scratch.directory();
            const auto bytes = must(store->read_and_wait([&](database::Snapshot& snapshot) {
                return quarantine::load_bytes(snapshot, outgoing.mail_row, spool);
            }));
            Sent sent;
            sent.to = outgoing.envelope.recipients.front().address.key();
            sent.text = must(mail::read_mime(bytes)).text;
            sent.html = must(mail::html_of(bytes, 1'000'000));
            std::smatch found;
            REQUIRE(std::regex_search(sent.text, found, std::regex("/digest/([a-z2-7]{52})\n")));
            sent.token = found[1];
            all.push_back(std::move(sent));
            must(store->write_and_wait([&](database::Transaction& transaction) {
                return quarantine::delivered(transaction, outgoing, "250 OK", now);
            }));
        }
        return all;
    }

    digest::Recipient recipient(const std::string& owner) {
        auto found = read([&](database::Snapshot& snapshot) {
            return digest::recipient_for(snapshot, settings, owner);
        });
        REQUIRE(found);
        return *found;
    }

    std::uint64_t send(const std::string& owner, const digest::Order& order) {
        return must(digest::send(*store, settings, recipient(owner), order, random, order.until));
    }

    std::vector<std::string> listed(const std::string& token, base::Time now = start) {
        return read([&](database::Snapshot& snapshot) -> base::Result<std::vector<std::string>> {
            auto link = digest::find_link(snapshot, token, now);
            if (!link) return base::failure(link.error());
            auto items = digest::items_of(snapshot, link->id, 1, 100'000);
            if (!items) return base::failure(items.error());
            std::vector<std::string> ids;
            for (const auto& item : *items) ids.push_back(item.hold);
            return ids;
        });
    }

    std::int64_t number(std::string_view sql) {
        return read([&](database::Snapshot& snapshot) -> base::Result<std::int64_t> {
            auto rows = snapshot.query(sql);
            if (!rows) return base::failure(rows.error());
            if (auto found = rows->next(); !found) return base::failure(found.error());
            return rows->integer(0);
        });
    }

    Scratch scratch;
    std::unique_ptr<database::Store> store;
    conf::Settings settings;
    std::shared_ptr<base::Log> log = base::Log::to_nowhere();
    base::SystemRandom random;
    metrics::Registry registry;
    digest::Measures measures{registry};
    int woken = 0;

    digest::Rounds rounds() {
        return digest::Rounds(*store, *log, random, measures, [this] { ++woken; });
    }
    // Until nothing is left to do at that time.
    void run(digest::Rounds& rounds, base::Time now) {
        for (int steps = 0;; ++steps) {
            REQUIRE(steps < 1000);
            const auto left = rounds.step(settings, now);
            REQUIRE(left);
            if (*left == digest::Rounds::Left::nothing) return;
        }
    }
};

}  // namespace world
