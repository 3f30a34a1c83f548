#include "accounts/audit.h"
#include "quarantine/outbox.h"
#include "tests/catch.h"
#include "tests/command/program.h"

#include <boost/json.hpp>

#include <set>

namespace json = boost::json;
using database::Snapshot;

namespace {

const std::string ada = "ada@example.test";
const std::string ben = "ben@example.test";
const std::string message = "From: <from@sender.example>\r\nSubject: x\r\n\r\n.dot\r\nbody\r\n";

struct Fixture : TestProgram {
    std::unique_ptr<database::Store> server = open(database::Owner::server);

    json::array listed(std::vector<std::string> options = {}) {
        options.insert(options.begin(), {"hold", "list", "--json"});
        const auto outcome = run(options);
        CHECK(outcome.code == 0);
        CHECK(outcome.err.empty());
        return json::parse(outcome.out).as_array();
    }
    std::string field(const json::value& hold, std::string_view name) {
        return std::string(hold.at(name).as_string().c_str());
    }
    std::string state_of(const std::string& id) {
        for (const auto& hold : listed())
            if (field(hold, "id") == id) return field(hold, "state");
        return "missing";
    }
    std::vector<std::string> audited() {
        std::vector<std::string> acts;
        for (const auto& entry : must(server->read_and_wait([](Snapshot& s) {
                 return accounts::latest_audit(s, 100);
             })))
            acts.push_back(entry.who + " " + entry.act + " " + entry.object);
        return acts;
    }
};

}  // namespace

TEST_CASE("hold list --json is one array with the fields of the contract") {
    Fixture f;
    CHECK(f.run({"hold", "list", "--json"}).out == "[]\n");
    const auto first = f.hold(*f.server, ada, message, "Gr\xc3\xbc\xc3\x9f\x65 \"x\"\n");
    const auto second = f.hold(*f.server, ben, message, "bad \xff", "");
    const auto holds = f.listed();
    REQUIRE(holds.size() == 2);
    CHECK(f.field(holds[0], "id") == second);
    CHECK(f.field(holds[0], "sender").empty());
    const auto& hold = holds[1];
    CHECK(f.field(hold, "id") == first);
    CHECK(f.field(hold, "owner") == ada);
    CHECK(f.field(hold, "sender") == "someone@sender.example");
    CHECK(f.field(hold, "header_from") == "from@sender.example");
    CHECK(has(f.field(hold, "subject"), "Gr\xc3\xbc\xc3\x9f\x65 \"x\""));
    CHECK(f.field(hold, "reason") == "a reason");
    CHECK(f.field(hold, "rule") == "a rule");
    CHECK(f.field(hold, "state") == "held");
    CHECK(f.field(hold, "kind") == "user");
    CHECK(f.field(hold, "received_at") == "2026-09-21T14:13:20.000Z");
    CHECK(hold.at("size").as_int64() == static_cast<std::int64_t>(message.size()));
    CHECK(f.field(hold, "sha256") == base::to_hex(base::sha256(message)));
}

TEST_CASE("hold list gives every page once, and filters by owner and state") {
    Fixture f;
    std::set<std::string> ids;
    for (int i = 0; i < 205; ++i)
        ids.insert(f.hold(*f.server, i % 5 == 0 ? ben : ada, message, fmt::format("mail {}", i)));
    std::set<std::string> found;
    for (const auto& hold : f.listed()) found.insert(f.field(hold, "id"));
    CHECK(found == ids);
    CHECK(f.listed({"--owner", "BEN@example.test"}).size() == 41);
    const auto one = *ids.begin();
    REQUIRE(f.run({"hold", "reject", one}).code == 0);
    CHECK(f.listed({"--state", "held"}).size() == 204);
    CHECK(f.listed({"--state", "rejected"}).size() == 1);
    CHECK(f.listed({"--state", "rejected", "--state", "held"}).size() == 205);
    CHECK(f.listed({"--state", "any"}).size() == 205);
    CHECK(f.run({"hold", "list", "--owner", "nobody"}).code == 1);
}

TEST_CASE("What a mail says cannot steer the terminal") {
    Fixture f;
    const auto id = f.hold(
        *f.server,
        ada,
        message,
        "a\x1b]0;owned\x07\xe2\x80\xae \xc2\x9b"
        "31m end"
    );
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"hold", "list"}, {"hold", "show", id}}) {
        const auto out = f.run(words).out;
        CHECK(has(out, "owned"));
        CHECK(has(out, "end"));
        CHECK_FALSE(has(out, "\x1b"));
        CHECK_FALSE(has(out, "\x07"));
        CHECK_FALSE(has(out, "\xc2\x9b"));
        CHECK_FALSE(has(out, "\xe2\x80\xae"));
    }
}

TEST_CASE("hold show gives facts, why and history, and is itself noted") {
    Fixture f;
    const auto id = f.hold(*f.server, ada, message, "shown");
    const auto shown = f.run({"hold", "show", id});
    CHECK(shown.code == 0);
    for (const auto& part :
         {id,
          ada,
          std::string("shown"),
          std::string("a reason"),
          std::string("because"),
          std::string("matched"),
          std::string("192.0.2.7"),
          std::string("history"),
          base::to_hex(base::sha256(message))})
        CHECK(has(shown.out, part));
    REQUIRE(f.audited().size() == 1);
    CHECK(has(f.audited()[0], "command line (uid "));
    CHECK(has(f.audited()[0], "hold.viewed " + id));
}

TEST_CASE("hold export gives the received bytes and nothing else") {
    Fixture f;
    std::string large = "From: a@b.test\r\n\r\n";
    while (large.size() < 300'000) large += std::string("line\0of bytes \xff\x80\r\n", 18);
    for (const auto& bytes : {message, large}) {
        const auto id = f.hold(*f.server, ada, bytes, "exported");
        const auto exported = f.run({"hold", "export", id});
        CHECK(exported.code == 0);
        CHECK(exported.err.empty());
        CHECK((exported.out == bytes));
        CHECK(has(f.audited()[0], "hold.exported " + id));
    }
}

TEST_CASE("hold release makes it due now, once, with history and audit in the actor's name") {
    Fixture f;
    const auto id = f.hold(*f.server, ada, message, "released");
    const auto released = f.run({"hold", "release", id});
    CHECK(released.err.empty());
    CHECK(released.code == 0);
    CHECK(f.state_of(id) == "released");
    const auto due =
        must(f.server->read_and_wait([](Snapshot& s) { return quarantine::next_due(s); }));
    REQUIRE(due);
    CHECK(*due == f.clock.now());
    CHECK(has(f.run({"hold", "show", id}).out, "released"));
    REQUIRE(f.audited().size() == 2);
    CHECK(has(f.audited()[1], "command line (uid "));
    CHECK(has(f.audited()[1], "hold.released " + id));

    for (const auto* act : {"release", "reject"}) {
        const auto again = f.run({"hold", act, id});
        CHECK(again.code == 1);
        CHECK(has(again.err, id));
        CHECK(again.out.empty());
    }
    CHECK(f.state_of(id) == "released");
}

TEST_CASE("Of several ids each is done or refused on its own") {
    Fixture f;
    const auto one = f.hold(*f.server, ada, message, "one");
    const auto two = f.hold(*f.server, ada, message, "two");
    const auto outcome = f.run({"hold", "reject", one, "nothing", two});
    CHECK(outcome.code == 1);
    CHECK(outcome.out == one + " rejected\n" + two + " rejected\n");
    CHECK(has(outcome.err, "nothing"));
    CHECK(f.state_of(one) == "rejected");
    CHECK(f.state_of(two) == "rejected");
}

TEST_CASE("An id that is none is refused with nothing on standard output") {
    Fixture f;
    f.hold(*f.server, ada, message, "there");
    for (const auto* act : {"show", "export", "release", "reject"})
        for (const auto* id : {"nothing", "0", "../../etc/passwd", "1' OR '1'='1"}) {
            const auto outcome = f.run({"hold", act, id});
            CHECK(outcome.code == 1);
            CHECK(has(outcome.err, id));
            CHECK(outcome.out.empty());
        }
    CHECK(f.listed({"--state", "held"}).size() == 1);
    CHECK(f.audited().empty());
}
