#pragma once

#include "accounts/audit.h"
#include "accounts/delegations.h"
#include "accounts/password.h"
#include "accounts/people.h"
#include "accounts/schema.h"
#include "accounts/sender_lists.h"
#include "digest/schema.h"
#include "portal/portal.h"
#include "quarantine/hold_store.h"
#include "quarantine/message.h"
#include "quarantine/outbox.h"
#include "tests/database/scratch.h"
#include "tests/must.h"
#include "tests/portal/wire.h"
#include "tracking/schema.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

// A portal with people, mail and a store of its own, and a browser to visit it with.
namespace house {

namespace json = boost::json;
using namespace std::chrono_literals;

inline constexpr base::Time start = base::Time(std::chrono::milliseconds(1'800'000'000'000));
inline const std::string password = "a long password";

inline mail::Address address(std::string_view text) {
    auto parsed = mail::Address::parse(text);
    base::ensure(parsed.has_value(), text);
    return *parsed;
}

struct Mail {
    std::string owner = "ada@example.test";
    std::string bytes =
        "From: News <news@letters.example>\r\nTo: ada@example.test\r\n"
        "Subject: hello\r\n\r\nbody\r\n";
    std::string sender = "bounce@letters.example";
    std::string from = "news@letters.example";
    std::string subject = "hello";
    mail::HoldKind kind = mail::HoldKind::user;
    std::vector<std::string> moderators = {};
};

class House {
  public:
    explicit House(std::function<void(conf::Settings&)> change = {}) {
        open_house_store();
        settings.hostname = "mx.example.test";
        settings.data_dir = scratch.directory();
        settings.domains.push_back({must(mail::Domain::parse("example.test")), {}, {}});
        settings.portal.address = conf::Endpoint{"127.0.0.1", 0};
        settings.portal.public_url = "https://portal.test";
        settings.report.security_team = address("security@example.test");
        if (change) change(settings);
        open_portal();
    }

    // Both close, and come back as a new start of the program would find them.
    void restart() {
        portal.reset();
        store.reset();
        open_house_store();
        open_portal();
    }

    void add_person(
        const std::string& who,
        accounts::Role role = accounts::Role::user,
        const std::vector<std::string>& aliases = {}
    ) {
        // One hash for everybody: it is slow on purpose.
        static const std::string hash = [] {
            base::SystemRandom system;
            return must(accounts::hash_password(password, system));
        }();
        must(store->write_and_wait([&](database::Transaction& transaction) -> base::Result<void> {
            auto person = accounts::add_person(transaction, address(who), role, hash, clock.now());
            if (!person) return base::failure(person.error());
            for (const std::string& alias : aliases) {
                auto bound = accounts::bind_address(transaction, person->row, address(alias));
                if (!bound) return bound;
            }
            return {};
        }));
    }

    void let_act_for(const std::string& who, const std::string& mailbox, bool allowed = true) {
        must(store->write_and_wait([&](database::Transaction& transaction) -> base::Result<bool> {
            auto person = accounts::find_person(transaction, who);
            if (!person) return base::failure(person.error());
            if (!allowed) return accounts::revoke_mailbox(transaction, person->row, mailbox);
            return accounts::grant_mailbox(
                transaction, person->row, address(mailbox), "root", clock.now()
            );
        }));
    }

    // The new hold's id.
    std::string hold(const Mail& mail = {}) { return hold_many(mail, 1).front(); }

    // In one transaction.
    std::vector<std::string> hold_many(const Mail& mail, int count) {
        const auto bytes = mail::MessageBytes::of(mail.bytes);
        std::vector<std::string> ids;
        const auto add = [&](database::Transaction& transaction) -> base::Result<void> {
            const std::string& id = ids.emplace_back(base::random_id(random));
            quarantine::ReceivedMail received;
            received.mail_id = base::random_id(random);
            received.bytes = &bytes;
            if (!mail.sender.empty()) received.sender = mail::Sender(address(mail.sender));
            received.client = must(mail::IpAddress::parse("192.0.2.1"));
            received.helo = "mx.letters.example";
            received.received_at = clock.now();
            received.header_from_name = "News";
            received.header_from_address = mail.from;
            received.to = mail.owner;
            received.subject = mail.subject;
            auto row = quarantine::store_mail(transaction, received);
            if (!row) return base::failure(row.error());
            quarantine::NewHold made{
                .id = id,
                .recipient = {address(mail.owner), {}, {}},
                .moderators = {},
                .rule = {},
                .reason = {},
                .trace = {},
                .added_fields = {},
                .expires_at = {},
            };
            made.kind = mail.kind;
            for (const auto& name : mail.moderators) made.moderators.push_back(address(name));
            made.rule = "newsletter host";
            made.reason = "The sender is a newsletter host.";
            made.trace =
                R"([{"stage":"rule","rule":"newsletter host","outcome":"matched","detail":"x"}])";
            made.expires_at = clock.now() + std::chrono::days(14);
            return quarantine::add_hold(transaction, *row, made, clock.now());
        };
        must(store->write_and_wait([&](database::Transaction& transaction) -> base::Result<void> {
            for (int i = 0; i < count; ++i) {
                if (auto added = add(transaction); !added) return added;
            }
            return {};
        }));
        return ids;
    }

    quarantine::HoldState state_of(const std::string& id) {
        quarantine::Reach reach;
        reach.everything = true;
        return must(store->read_and_wait([&](database::Snapshot& snapshot) {
                   return quarantine::find(snapshot, reach, id);
               })
        ).state;
    }
    std::vector<quarantine::Outgoing> take_due(base::Time now) {
        return must(store->write_and_wait([&](database::Transaction& transaction) {
                   return quarantine::take_due(transaction, now, 1000);
               })
        ).rows;
    }
    std::vector<accounts::AuditEntry> audit() {
        return must(store->read_and_wait([&](database::Snapshot& snapshot) {
            return accounts::latest_audit(snapshot, 1000);
        }));
    }
    int audited(std::string_view act, std::string_view object) {
        const auto all = audit();
        return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const auto& entry) {
            return entry.act == act && entry.object == object;
        }));
    }
    std::vector<std::string> entries(const std::string& owner, policy::SenderList list) {
        accounts::SenderFilter filter;
        filter.list = list;
        const auto page = must(store->read_and_wait([&](database::Snapshot& snapshot) {
            return accounts::list_entries(snapshot, owner, filter, "", 500);
        }));
        std::vector<std::string> keys;
        for (const auto& entry : page.entries) keys.push_back(entry.pattern.key);
        return keys;
    }

    static quarantine::Reach reach_of(const std::string& owner) {
        quarantine::Reach reach;
        reach.owners = {owner};
        return reach;
    }

    void open_house_store() {
        const database::Schema schemas[] = {
            quarantine::schema(), accounts::schema(), tracking::schema(), digest::schema()
        };
        store = open_store(scratch.store_file(), schemas);
    }
    void open_portal() {
        monitor = std::make_unique<metrics::Monitor>();
        portal = must(portal::Portal::start(
            std::make_shared<const conf::Settings>(settings),
            *store,
            *log,
            clock,
            random,
            *monitor,
            [this] { ++woken; },
            assets
        ));
    }

    Scratch scratch;
    std::unique_ptr<database::Store> store;
    conf::Settings settings;
    std::shared_ptr<base::Log> log = base::Log::to_nowhere();
    base::ManualClock clock{start};
    base::SystemRandom random;
    std::unique_ptr<metrics::Monitor> monitor;
    std::atomic<int> woken = 0;
    std::vector<portal::Asset> assets = {
        {"/index.html", "text/html; charset=utf-8", "\"1\"", "<!doctype html>", "gz-page"},
        {"/assets/app-1.js", "text/javascript; charset=utf-8", "\"2\"", "let a;", "gz-script"},
        {"/favicon.svg", "image/svg+xml", "\"3\"", "<svg/>", ""},
    };
    std::unique_ptr<portal::Portal> portal;
};

struct Answer {
    int status = 0;
    std::string whole;
    json::value body;  // null when there is none, or it is not JSON

    std::string field(std::string_view name) const { return wire::field_of(whole, name); }
    std::string text(std::string_view name) const {
        return std::string(body.as_object().at(name).as_string());
    }
};

// One connection for each request, the session cookie kept.
class Browser {
  public:
    explicit Browser(House& house) : house_(house) {}

    Answer request(
        std::string_view method,
        std::string_view target,
        std::string_view body = "",
        std::map<std::string, std::string> fields = {}
    ) {
        std::map<std::string, std::string> all = {{"Host", "portal.test"}, {"Connection", "close"}};
        if (method != "GET" && method != "HEAD") {
            all["Origin"] = "https://portal.test";
            all["Content-Type"] = "application/json";
            all["Content-Length"] = std::to_string(body.size());
        }
        if (!cookie.empty()) all["Cookie"] = cookie;
        for (auto& [name, value] : fields) all[name] = value;
        std::string bytes = fmt::format("{} {} HTTP/1.1\r\n", method, target);
        for (const auto& [name, value] : all) {
            if (!value.empty()) bytes += fmt::format("{}: {}\r\n", name, value);
        }
        bytes += "\r\n";
        bytes += body;
        Answer answer;
        answer.whole = wire::talk(house_.portal->address(), bytes);
        answer.status = wire::status_of(answer.whole);
        if (answer.field("Content-Type").find("json") != std::string::npos && method != "HEAD") {
            answer.body = json::parse(wire::body_of(answer.whole));
        }
        return answer;
    }
    Answer get(std::string_view path) { return request("GET", path_of(path)); }
    Answer post(std::string_view path, const json::value& body) {
        return request("POST", path_of(path), json::serialize(body));
    }
    Answer act(
        std::string_view action, const std::vector<std::string>& ids, json::object more = {}
    ) {
        json::array list;
        for (const std::string& id : ids) list.emplace_back(id);
        more["action"] = json::string(action);
        more["ids"] = std::move(list);
        return post("/holds/act", more);
    }
    Answer sign_in(const std::string& who, const std::string& with = password) {
        Answer answer = post("/session", {{"address", who}, {"password", with}});
        if (answer.status == 200) {
            const std::string set = answer.field("Set-Cookie");
            cookie = set.substr(0, set.find(';'));
        }
        return answer;
    }

    std::string cookie;

  private:
    static std::string path_of(std::string_view path) { return fmt::format("/api/v1{}", path); }
    House& house_;
};

}  // namespace house
