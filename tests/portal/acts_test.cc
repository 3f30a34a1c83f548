#include "tests/catch.h"
#include "tests/portal/house.h"

using house::Browser;
using house::House;
using policy::SenderList;
using quarantine::HoldState;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

const std::string ada = "ada@example.test";
using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("A release leaves after the undo window, and not before") {
    House house;
    house.add_person(ada);
    const std::string id = house.hold();
    Browser browser(house);
    browser.sign_in(ada);
    const auto answer = browser.act("release", {id});
    REQUIRE(answer.status == 200);
    CHECK(answer.text("summary") == "Released 1 message.");
    CHECK(answer.body.at("done") == json::array({json::string(id)}));
    CHECK(answer.text("undo_until") == base::to_rfc3339(house.clock.now() + 10s));
    CHECK(house.take_due(house.clock.now() + 9s).empty());
    const auto due = house.take_due(house.clock.now() + 10s);
    REQUIRE(due.size() == 1);
    CHECK(due[0].envelope.sender.text() == "bounce@letters.example");
    CHECK(house.audited("hold.released", id) == 1);
    const auto again = browser.act("release", {id});
    CHECK(again.body.at("count") == 0);
    CHECK(again.body.at("problems").at(0).at("problem") == "Already released.");
    CHECK(again.body.at("undo").is_null());
}

TEST_CASE("Each act with its change of the sender") {
    struct Case {
        std::string action;
        std::string sender;
        HoldState state;
        Keys permitted;
        Keys blocked;
        std::string summary;
    };
    const std::vector<Case> cases = {
        {"release",
         "permit_sender",
         HoldState::released,
         {"news@letters.example"},
         {},
         "Released 1 message. news@letters.example is now permitted."},
        {"release",
         "permit_domain",
         HoldState::released,
         {"letters.example"},
         {},
         "Released 1 message. letters.example is now permitted."},
        {"reject", "", HoldState::rejected, {}, {}, "Rejected 1 message."},
        {"reject",
         "block_sender",
         HoldState::rejected,
         {},
         {"news@letters.example"},
         "Rejected 1 message. news@letters.example is now blocked."},
        {"reject",
         "block_domain",
         HoldState::rejected,
         {},
         {"letters.example"},
         "Rejected 1 message. letters.example is now blocked."},
        {"block",
         "",
         HoldState::rejected,
         {},
         {"news@letters.example"},
         "Rejected 1 message. news@letters.example is now blocked."},
        {"block",
         "block_domain",
         HoldState::rejected,
         {},
         {"letters.example"},
         "Rejected 1 message. letters.example is now blocked."},
    };
    for (const Case& item : cases) {
        INFO(item.action << " " << item.sender);
        House house;
        house.add_person(ada);
        const std::string id = house.hold();
        Browser browser(house);
        browser.sign_in(ada);
        json::object more;
        if (!item.sender.empty()) more["sender"] = json::string(item.sender);
        const auto answer = browser.act(item.action, {id}, more);
        REQUIRE(answer.status == 200);
        CHECK(answer.text("summary") == item.summary);
        CHECK(house.state_of(id) == item.state);
        CHECK(house.entries(ada, SenderList::permitted) == item.permitted);
        CHECK(house.entries(ada, SenderList::blocked) == item.blocked);

        const auto undone = browser.post("/undo", {{"undo", answer.body.at("undo")}});
        REQUIRE(undone.status == 200);
        CHECK(undone.text("summary") == "Took back 1 message.");
        CHECK(house.state_of(id) == HoldState::held);
        CHECK(house.entries(ada, SenderList::permitted).empty());
        CHECK(house.entries(ada, SenderList::blocked).empty());
        CHECK(house.take_due(house.clock.now() + 1h).empty());
        CHECK(house.audited("hold.undone", id) == 1);
    }
}

TEST_CASE("An undo leaves entries that stood before, and puts moved ones back") {
    House house;
    house.add_person(ada);
    Browser browser(house);
    browser.sign_in(ada);
    browser.post("/senders", {{"list", "blocked"}, {"entries", {"news@letters.example"}}});
    const std::string first = house.hold();
    const auto blocked = browser.act("block", {first});
    browser.post("/undo", {{"undo", blocked.body.at("undo")}});
    CHECK(house.entries(ada, SenderList::blocked) == Keys{"news@letters.example"});

    const auto permitted = browser.act("release", {first}, {{"sender", "permit_sender"}});
    CHECK(house.entries(ada, SenderList::permitted) == Keys{"news@letters.example"});
    CHECK(house.entries(ada, SenderList::blocked).empty());
    browser.post("/undo", {{"undo", permitted.body.at("undo")}});
    CHECK(house.entries(ada, SenderList::permitted).empty());
    CHECK(house.entries(ada, SenderList::blocked) == Keys{"news@letters.example"});
}

TEST_CASE("An undo works once, in time, for whoever acted, and while nothing has left") {
    House house;
    house.add_person(ada);
    house.add_person("ben@example.test");
    Browser browser(house);
    browser.sign_in(ada);
    Browser other(house);
    other.sign_in("ben@example.test");
    const auto undo = [](Browser& who, const house::Answer& act) {
        return who.post("/undo", {{"undo", act.body.at("undo")}}).status;
    };

    const auto first = browser.act("release", {house.hold()});
    CHECK(undo(other, first) == 409);
    CHECK(undo(browser, first) == 200);
    CHECK(undo(browser, first) == 409);

    const auto late = browser.act("reject", {house.hold()});
    house.clock.advance(11s);
    CHECK(undo(browser, late) == 409);

    const auto sent = browser.act("release", {house.hold()}, {{"sender", "permit_sender"}});
    CHECK(house.take_due(house.clock.now() + 10s).size() == 1);
    CHECK(undo(browser, sent) == 409);
    CHECK(house.entries(ada, SenderList::permitted) == Keys{"news@letters.example"});
}

TEST_CASE("A report rejects, blocks, and hands the original to the security team") {
    House house;
    house.add_person(ada);
    house::Mail mail;
    mail.subject = "You have won";
    const std::string id = house.hold(mail);
    Browser browser(house);
    browser.sign_in(ada);
    const auto answer = browser.act("report", {id}, {{"as", "phishing"}});
    REQUIRE(answer.status == 200);
    CHECK(
        answer.text("summary") ==
        "Reported 1 message as phishing. news@letters.example is now blocked."
    );
    CHECK(house.state_of(id) == HoldState::reported);
    CHECK(house.entries(ada, SenderList::blocked) == Keys{"news@letters.example"});
    CHECK(house.take_due(house.clock.now() + 9s).empty());
    const auto due = house.take_due(house.clock.now() + 10s);
    REQUIRE(due.size() == 1);
    CHECK(due[0].envelope.sender.is_null());
    REQUIRE(due[0].envelope.recipients.size() == 1);
    CHECK(due[0].envelope.recipients[0].address.text() == "security@example.test");
    mail::SpoolSettings spool;
    spool.directory = house.scratch.directory();
    const auto sent = must(house.store->read_and_wait([&](database::Snapshot& snapshot) {
        return quarantine::load_bytes(snapshot, due[0].mail_row, spool);
    }));
    const std::string bytes = must(sent.prefix(100'000));
    CHECK(bytes.find("Content-Type: message/rfc822") != std::string::npos);
    CHECK(bytes.find(mail.bytes) != std::string::npos);
    CHECK(
        bytes.find("ada@example.test reported the attached message as phishing.") !=
        std::string::npos
    );
}

TEST_CASE("A report taken back is never sent") {
    House house;
    house.add_person(ada);
    const std::string id = house.hold();
    Browser browser(house);
    browser.sign_in(ada);
    const auto answer = browser.act("report", {id});
    CHECK(browser.post("/undo", {{"undo", answer.body.at("undo")}}).status == 200);
    CHECK(house.state_of(id) == HoldState::held);
    CHECK(house.take_due(house.clock.now() + 1h).empty());
    CHECK(house.entries(ada, SenderList::blocked).empty());
}

TEST_CASE("Without a security team a report says that nobody was told") {
    House house([](conf::Settings& settings) { settings.report.security_team.reset(); });
    house.add_person(ada);
    const std::string id = house.hold();
    Browser browser(house);
    browser.sign_in(ada);
    const auto answer = browser.act("report", {id}, {{"as", "spam"}});
    CHECK(
        answer.text("summary") ==
        "Reported 1 message as spam; no security team is set up, so nobody was told. "
        "news@letters.example is now blocked."
    );
    CHECK(house.state_of(id) == HoldState::reported);
    CHECK(house.take_due(house.clock.now() + 1h).empty());
}

TEST_CASE("Who acts for others has no say over their lists of senders") {
    House house;
    house.add_person(ada);
    house.add_person("mo@example.test", accounts::Role::moderator);
    const std::string id =
        house.hold({.kind = mail::HoldKind::moderator, .moderators = {"mo@example.test"}});
    Browser browser(house);
    browser.sign_in("mo@example.test");
    CHECK(browser.act("release", {id}, {{"sender", "permit_sender"}}).status == 403);
    CHECK(browser.act("block", {id}).status == 403);
    const json::object match = {
        {"action", "block"}, {"match", json::object{{"scope", "moderated"}}}
    };
    CHECK(browser.post("/holds/act", match).status == 403);
    CHECK(house.state_of(id) == HoldState::held);
    // Reporting needs no list.
    const auto reported = browser.act("report", {id});
    CHECK(reported.body.at("count") == 1);
    CHECK(house.entries(ada, SenderList::blocked).empty());
    CHECK(house.entries("mo@example.test", SenderList::blocked).empty());
}

TEST_CASE("What cannot be permitted leaves the message where it was") {
    House house;
    house.add_person(ada);
    const std::string own = house.hold({.sender = "", .from = "boss@example.test"});
    const std::string nobody = house.hold({.sender = "", .from = ""});
    Browser browser(house);
    browser.sign_in(ada);
    const auto refused = browser.act("release", {own}, {{"sender", "permit_domain"}});
    CHECK(refused.body.at("count") == 0);
    CHECK(refused.body.at("problems").as_array().size() == 1);
    CHECK(house.state_of(own) == HoldState::held);
    CHECK(house.take_due(house.clock.now() + 1h).empty());

    CHECK(browser.act("block", {nobody}).body.at("count") == 0);
    const auto rejected = browser.act("reject", {nobody}, {{"sender", "block_sender"}});
    CHECK(
        rejected.text("summary") ==
        "Rejected 1 message. One message names no sender that could be blocked."
    );
}

TEST_CASE("Many named ones are acted on in parts, and can be taken back together") {
    House house;
    house.add_person(ada);
    std::vector<std::string> ids;
    for (int i = 0; i < 450; ++i) ids.push_back(house.hold({.subject = i < 430 ? "bulk" : "keep"}));
    Browser browser(house);
    browser.sign_in(ada);
    const auto answer = browser.act("release", {ids.begin(), ids.begin() + 430});
    REQUIRE(answer.status == 200);
    CHECK(answer.body.at("count") == 430);
    CHECK(answer.text("undo_until") == base::to_rfc3339(house.clock.now() + 10s));
    CHECK(house.state_of(ids[0]) == HoldState::released);
    CHECK(house.state_of(ids[429]) == HoldState::released);
    CHECK(house.state_of(ids[430]) == HoldState::held);
    CHECK(house.take_due(house.clock.now() + 10s).empty());
    const auto undone = browser.post("/undo", {{"undo", answer.body.at("undo")}});
    CHECK(undone.body.at("count") == 430);
    CHECK(house.state_of(ids[0]) == HoldState::held);
}

TEST_CASE("What was acted on in parts leaves soon after, when nobody takes it back") {
    House house;
    house.add_person(ada);
    const std::vector<std::string> ids = house.hold_many({}, 201);
    Browser browser(house);
    browser.sign_in(ada);
    CHECK(browser.act("release", ids).body.at("count") == 201);
    CHECK(house.take_due(house.clock.now() + 10s).empty());
    CHECK(house.take_due(house.clock.now() + 15s).size() == 201);
}

TEST_CASE("An undo outlives a restart, and does not outlive its time") {
    House house;
    house.add_person(ada);
    Browser browser(house);
    browser.sign_in(ada);
    const std::string first = house.hold();
    const std::string second = house.hold();
    const auto one = browser.act("release", {first}, {{"sender", "permit_sender"}});
    const auto two = browser.act("reject", {second});
    house.restart();
    CHECK(browser.post("/undo", {{"undo", one.body.at("undo")}}).status == 200);
    CHECK(house.state_of(first) == HoldState::held);
    CHECK(house.entries(ada, SenderList::permitted).empty());
    CHECK(house.take_due(house.clock.now() + 1h).empty());
    house.clock.advance(10s + 1ms);
    CHECK(browser.post("/undo", {{"undo", two.body.at("undo")}}).status == 409);
    CHECK(house.state_of(second) == HoldState::rejected);
}

TEST_CASE("An undo leaves what has been decided anew since") {
    House house;
    house.add_person(ada);
    Browser browser(house);
    browser.sign_in(ada);
    const std::string id = house.hold();
    const auto first = browser.act("reject", {id});
    // By hand, as the command line does it.
    must(house.store->write_and_wait([&](database::Transaction& transaction) {
        return quarantine::undo(transaction, {ada, house.reach_of(ada)}, id, house.clock.now(), 1h);
    }));
    house.clock.advance(1s);
    const auto second = browser.act("release", {id});
    REQUIRE(second.body.at("count") == 1);
    CHECK(browser.post("/undo", {{"undo", first.body.at("undo")}}).status == 409);
    CHECK(house.state_of(id) == HoldState::released);
    CHECK(browser.post("/undo", {{"undo", second.body.at("undo")}}).status == 200);
    CHECK(house.state_of(id) == HoldState::held);
}

TEST_CASE("Orders that make no sense are refused before anything happens") {
    House house;
    house.add_person(ada);
    const std::string id = house.hold();
    Browser browser(house);
    browser.sign_in(ada);
    const std::string list = "[\"" + id + "\"]";
    for (const std::string& body : std::initializer_list<std::string>{
             std::string("[]"),
             std::string("{"),
             std::string("{}"),
             "{\"action\":\"eat\",\"ids\":" + list + "}",
             std::string("{\"action\":\"release\"}"),
             "{\"action\":\"release\",\"ids\":" + list + ",\"match\":{}}",
             "{\"action\":\"release\",\"ids\":\"" + id + "\"}",
             std::string("{\"action\":\"release\",\"ids\":[1]}"),
             "{\"action\":\"release\",\"ids\":" + list + ",\"sender\":\"block_sender\"}",
             "{\"action\":\"reject\",\"ids\":" + list + ",\"sender\":\"permit_sender\"}",
             "{\"action\":\"report\",\"ids\":" + list + ",\"as\":\"poetry\"}",
             std::string("{\"action\":\"release\",\"match\":{\"scope\":1}}"),
         }) {
        INFO(body);
        CHECK(browser.request("POST", "/api/v1/holds/act", body).status == 400);
    }
    CHECK(house.state_of(id) == HoldState::held);
}

TEST_CASE("Managed senders are listed, added, moved and removed") {
    House house;
    house.add_person(ada);
    Browser browser(house);
    browser.sign_in(ada);
    const auto added = browser.post(
        "/senders", {{"list", "blocked"}, {"entries", {"Spam@Evil.example", "@evil2.example"}}}
    );
    REQUIRE(added.status == 200);
    CHECK(added.body.at("added") == json::array({"spam@evil.example", "evil2.example"}));
    CHECK(added.body.at("problems").as_array().empty());
    CHECK(house.audited("sender.blocked", "evil2.example") == 1);

    const auto domains = browser.get("/senders?list=blocked&type=domain");
    CHECK(domains.body.at("total") == 1);
    CHECK(domains.body.at("entries").at(0).at("entry") == "evil2.example");
    CHECK(domains.body.at("entries").at(0).at("added_by") == json::string(ada));

    browser.post("/senders", {{"list", "permitted"}, {"entries", {"evil2.example"}}});
    CHECK(house.entries(ada, SenderList::blocked) == Keys{"spam@evil.example"});
    const auto removed = browser.post(
        "/senders/remove", {{"list", "blocked"}, {"entries", {"spam@evil.example", "x@y.example"}}}
    );
    CHECK(removed.body.at("removed") == 1);
    CHECK(browser.get("/senders?list=nothing").status == 400);
    CHECK(
        browser.post("/senders", {{"list", "auto_permitted"}, {"entries", {"a.example"}}}).status ==
        400
    );
    const auto own =
        browser.post("/senders", {{"list", "permitted"}, {"entries", {"example.test"}}});
    CHECK(own.body.at("added").as_array().empty());
    CHECK(own.body.at("problems").as_array().size() == 1);
}

TEST_CASE("People see what was refused for them, and nothing refused for others") {
    House house;
    house.add_person(ada);
    house.add_person("root@example.test", accounts::Role::administrator);
    quarantine::Rejected rejected;
    rejected.at = house.clock.now();
    rejected.recipient = ada;
    rejected.sender = "x@evil.example";
    rejected.subject = "again";
    rejected.rule = "blocked sender";
    rejected.reason = "You block x@evil.example.";
    must(house.store->write_and_wait([&](database::Transaction& transaction) {
        return quarantine::add_rejected(transaction, rejected);
    }));
    Browser browser(house);
    browser.sign_in(ada);
    const auto mine = browser.get("/rejected");
    REQUIRE(mine.body.at("rejected").as_array().size() == 1);
    CHECK(mine.body.at("rejected").at(0).at("subject") == "again");
    Browser other(house);
    other.sign_in("root@example.test");
    CHECK(other.get("/rejected").body.at("rejected").as_array().empty());
}
