#pragma once

#include "base/ensure.h"
#include "base/random.h"
#include "database/store.h"
#include "quarantine/hold_store.h"
#include "quarantine/message.h"
#include "quarantine/outbox.h"
#include "tests/database/scratch.h"
#include "tests/must.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

// A store with this room's tables, and short forms for filling it and looking into it.
namespace held {

using namespace std::chrono_literals;

inline constexpr base::Time start = base::Time(std::chrono::milliseconds(1'800'000'000'000));

inline mail::Address address(std::string_view text) {
    auto parsed = mail::Address::parse(text);
    base::ensure(parsed.has_value(), text);
    return *parsed;
}

struct Mail {
    std::string bytes = "Subject: hello\r\n\r\nbody\r\n";
    std::string sender = "news@example.org";
    std::string from_name = "News";
    std::string from = "news@example.org";
    std::string to = "anna@example.test";
    std::string subject = "hello";
    std::string text = "body";
    base::Time received_at = start;
};

struct Hold {
    std::string owner = "anna@example.test";
    mail::HoldKind kind = mail::HoldKind::user;
    std::vector<std::string> moderators = {};
    std::string reason = "newsletter";
    base::Time expires_at = start + std::chrono::days(14);
};

class Fixture {
  public:
    Scratch scratch;
    std::unique_ptr<database::Store> store;

    Fixture() { reopen(); }
    void reopen() {
        store.reset();
        const database::Schema schemas[] = {quarantine::schema()};
        store = open_store(scratch.store_file(), schemas);
    }

    template <class Job>
    auto write(Job job) {
        return store->write_and_wait(std::move(job));
    }
    template <class Job>
    auto read(Job job) {
        return store->read_and_wait(std::move(job));
    }

    std::int64_t add_mail(const Mail& mail) {
        return must(write([&](database::Transaction& transaction) {
            return add_mail_in(transaction, mail);
        }));
    }
    base::Result<std::int64_t> add_mail_in(database::Transaction& transaction, const Mail& mail) {
        const auto bytes = mail::MessageBytes::of(mail.bytes);
        quarantine::ReceivedMail received;
        received.mail_id = "m" + std::to_string(++last_id_);
        received.bytes = &bytes;
        if (!mail.sender.empty()) received.sender = mail::Sender(address(mail.sender));
        received.client = must(mail::IpAddress::parse("192.0.2.1"));
        received.helo = "mx.example.org";
        received.received_at = mail.received_at;
        received.header_from_name = mail.from_name;
        received.header_from_address = mail.from;
        received.to = mail.to;
        received.subject = mail.subject;
        received.message_id = "<1@example.org>";
        received.text = mail.text;
        return quarantine::store_mail(transaction, received);
    }

    // The new hold's id.
    std::string add_hold(std::int64_t mail_row, const Hold& hold) {
        const std::string id = "h" + std::to_string(++last_id_);
        quarantine::NewHold made{
            .id = id,
            .recipient = {address(hold.owner), "NEVER", "rfc822;" + hold.owner},
            .kind = hold.kind,
            .moderators = {},
            .rule = "a rule",
            .reason = hold.reason,
            .trace = R"([{"stage":"rule"}])",
            .added_fields = "X-Added: yes\r\n",
            .expires_at = hold.expires_at,
        };
        for (const auto& moderator : hold.moderators) made.moderators.push_back(address(moderator));
        must(write([&](database::Transaction& transaction) {
            return quarantine::add_hold(transaction, mail_row, made, start);
        }));
        return id;
    }
    std::string add(const Mail& mail = {}, const Hold& hold = {}) {
        return add_hold(add_mail(mail), hold);
    }

    quarantine::HoldState state_of(const std::string& id) {
        return must(find(everything(), id)).state;
    }
    base::Result<quarantine::Hold> find(const quarantine::Reach& reach, const std::string& id) {
        return read([&](database::Snapshot& snapshot) {
            return quarantine::find(snapshot, reach, id);
        });
    }
    std::vector<std::string> acts_of(const std::string& id) {
        const auto events = must(read([&](database::Snapshot& snapshot) {
            return quarantine::history(snapshot, id);
        }));
        std::vector<std::string> acts;
        for (const auto& event : events) acts.push_back(event.act);
        return acts;
    }
    quarantine::HoldPage list(
        const quarantine::Reach& reach,
        const quarantine::HoldFilter& filter,
        const std::string& cursor = "",
        int limit = 50
    ) {
        return must(read([&](database::Snapshot& snapshot) {
            return quarantine::list(snapshot, reach, filter, cursor, limit);
        }));
    }
    std::vector<quarantine::Outgoing> take_due(base::Time now, int limit = 100) {
        return must(write([&](database::Transaction& transaction) {
                   return quarantine::take_due(transaction, now, limit);
               })
        ).rows;
    }
    base::Result<void> release(
        const quarantine::Actor& actor, const std::string& id, base::Time now, base::Time due
    ) {
        return write([&](database::Transaction& transaction) {
            return quarantine::release(transaction, actor, id, now, due);
        });
    }
    base::Result<void> reject(
        const quarantine::Actor& actor, const std::string& id, base::Time now
    ) {
        return write([&](database::Transaction& transaction) {
            return quarantine::reject(transaction, actor, id, now);
        });
    }
    base::Result<void> undo(const quarantine::Actor& actor, const std::string& id, base::Time now) {
        return write([&](database::Transaction& transaction) {
            return quarantine::undo(transaction, actor, id, now, 10s);
        });
    }
    quarantine::Expiry expire(base::Time now, int batch = 100) {
        return must(write([&](database::Transaction& transaction) {
            return quarantine::expire(transaction, now, batch);
        }));
    }
    std::int64_t number(std::string_view sql) {
        return must(read([&](database::Snapshot& snapshot) -> base::Result<std::int64_t> {
            auto rows = snapshot.query(sql);
            if (!rows) return base::failure(rows.error());
            if (auto found = rows->next(); !found) return base::failure(found.error());
            return rows->integer(0);
        }));
    }
    void run(std::string_view sql) {
        must(write([&](database::Transaction& transaction) { return transaction.execute(sql); }));
    }

    static quarantine::Reach reach_of(std::string owner) {
        quarantine::Reach reach;
        reach.owners = {std::move(owner)};
        return reach;
    }
    static quarantine::Reach everything() {
        quarantine::Reach reach;
        reach.everything = true;
        return reach;
    }
    static quarantine::Actor actor(const std::string& name) { return {name, reach_of(name)}; }

  private:
    int last_id_ = 0;
};

inline const std::string anna = "anna@example.test";
inline const std::string bert = "bert@example.test";

inline std::vector<std::string> ids(const quarantine::HoldPage& page) {
    std::vector<std::string> found;
    for (const auto& hold : page.holds) found.push_back(hold.id);
    return found;
}

}  // namespace held
