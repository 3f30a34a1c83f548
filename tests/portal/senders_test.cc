#include "accounts/delegations.h"
#include "portal/large_bodies.h"
#include "tests/catch.h"
#include "tests/portal/house.h"

using house::Browser;
using house::House;
using policy::SenderList;
namespace json = boost::json;

namespace {

const std::string ada = "ada@example.test";
using Keys = std::vector<std::string>;

// "index code" for each.
Keys codes_of(const house::Answer& answer) {
    Keys codes;
    for (const json::value& one : answer.body.at("problems").as_array()) {
        CHECK_FALSE(one.at("problem").as_string().empty());
        const auto index = one.at("index").to_number<int>();
        codes.push_back(fmt::format("{} {}", index, one.at("code").as_string().c_str()));
    }
    return codes;
}

struct Desk {
    Desk() {
        house.add_person(ada, accounts::Role::user, {"lovelace@example.test"});
        CHECK(browser.sign_in(ada).status == 200);
    }
    House house;
    Browser browser{house};
};

}  // namespace

TEST_CASE("One problem among many entries, and none of them is added") {
    Desk desk;
    const auto answer = desk.browser.post(
        "/senders",
        {{"list", "permitted"},
         {"entries", {"fine.example", "no good", "example.test", "com", "", "*", "x@example.net"}}}
    );
    REQUIRE(answer.status == 200);
    CHECK(answer.body.at("added").as_array().empty());
    CHECK(
        codes_of(answer) ==
        Keys{"1 not_an_address", "2 own_domain", "3 public_suffix", "4 empty", "5 too_wide"}
    );
    CHECK(answer.body.at("problems").at(1).at("entry") == "example.test");
    CHECK(answer.body.at("counts").at("problems") == 5);
    CHECK(answer.body.at("counts").at("added") == 0);
    CHECK(desk.house.entries(ada, SenderList::permitted).empty());
    CHECK(desk.house.audited("sender.permitted", "fine.example") == 0);
}

TEST_CASE("A dry run says what would happen, and nothing does") {
    Desk desk;
    desk.browser.post("/senders", {{"list", "blocked"}, {"entries", {"a.example", "b.example"}}});
    json::object wanted = {
        {"list", "permitted"}, {"text", "a.example, Ada <c@d.example>; b.example c@d.example"}
    };
    wanted["dry_run"] = true;
    const auto dry = desk.browser.post("/senders", wanted);
    CHECK(dry.body.at("added") == json::array({"c@d.example"}));
    CHECK(dry.body.at("moved").as_array().size() == 2);
    CHECK(dry.body.at("moved").at(0).at("entry") == "a.example");
    CHECK(dry.body.at("moved").at(0).at("from") == "blocked");
    CHECK(desk.house.entries(ada, SenderList::permitted).empty());
    wanted["dry_run"] = false;
    CHECK(desk.browser.post("/senders", wanted).body == dry.body);
    CHECK(
        desk.house.entries(ada, SenderList::permitted) ==
        Keys{"a.example", "b.example", "c@d.example"}
    );
    CHECK(desk.house.entries(ada, SenderList::blocked).empty());
    const auto again = desk.browser.post("/senders", wanted);
    CHECK(again.body.at("counts").at("unchanged") == 3);
    CHECK(desk.house.audited("sender.permitted", "a.example") == 1);
}

TEST_CASE("Entries are moved from the list they are in, all or none") {
    Desk desk;
    desk.browser.post("/senders", {{"list", "trusted"}, {"entries", {"a.example", "b.example"}}});
    json::object move = {
        {"from", "trusted"}, {"to", "permitted"}, {"entries", {"a.example", "gone.example"}}
    };
    CHECK(codes_of(desk.browser.post("/senders/move", move)) == Keys{"1 not_there"});
    CHECK(desk.house.entries(ada, SenderList::trusted) == Keys{"a.example", "b.example"});
    move["entries"] = json::array({"a.example"});
    const auto moved = desk.browser.post("/senders/move", move);
    CHECK(moved.body.at("moved").at(0).at("from") == "trusted");
    CHECK(desk.house.entries(ada, SenderList::trusted) == Keys{"b.example"});
    CHECK(desk.house.entries(ada, SenderList::permitted) == Keys{"a.example"});
    move["to"] = "trusted";
    CHECK(desk.browser.post("/senders/move", move).status == 400);
    move["to"] = "auto_permitted";
    CHECK(desk.browser.post("/senders/move", move).status == 400);
}

TEST_CASE("What is exported can be imported, and no cell is a formula") {
    Desk desk;
    desk.browser.post("/senders", {{"list", "blocked"}, {"entries", {"=1+1@evil.example"}}});
    desk.browser.post("/senders", {{"list", "trusted"}, {"entries", {"friend.example"}}});
    const auto file = desk.browser.get("/senders/export?list=all");
    REQUIRE(file.status == 200);
    CHECK(file.field("Content-Type").starts_with("text/csv"));
    CHECK(file.field("Content-Disposition") == "attachment; filename=\"senders-all.csv\"");
    const std::string csv = wire::body_of(file.whole);
    CHECK(csv.starts_with("list,entry,added_at,added_by\r\nblocked,'=1+1@evil.example,20"));
    CHECK(csv.find("\r\ntrusted,friend.example,20") != csv.npos);
    CHECK(desk.browser.get("/senders/export?list=blocked").whole.find("friend") == csv.npos);
    CHECK(desk.browser.get("/senders/export").status == 400);

    const auto same = desk.browser.post("/senders/import", {{"csv", csv}});
    CHECK(same.body.at("counts").at("unchanged") == 2);
    desk.house.add_person("ben@example.test");
    Browser ben(desk.house);
    ben.sign_in("ben@example.test");
    json::object import = {{"csv", csv + "nothing,x.example\r\n,y.example\r\n"}};
    const auto refused = ben.post("/senders/import", import);
    CHECK(codes_of(refused) == Keys{"2 unknown_list", "3 unknown_list"});
    CHECK(refused.body.at("problems").at(0).at("line") == 4);
    CHECK(desk.house.entries("ben@example.test", SenderList::blocked).empty());
    import["csv"] = csv + "\r\n,y.example\r\n";
    import["list"] = "permitted";
    CHECK(ben.post("/senders/import", import).body.at("counts").at("added") == 3);
    CHECK(desk.house.entries("ben@example.test", SenderList::blocked) == Keys{"=1+1@evil.example"});
    for (const std::string bad : {"", "\r\n", "blocked,\"open", "list,entry"}) {
        INFO(bad);
        CHECK(ben.post("/senders/import", {{"csv", bad}}).status == 400);
    }
}

TEST_CASE("A file of many lines is one import: all, or none") {
    Desk desk;
    constexpr int lines = 5000;
    std::string csv;
    for (int i = 1; i < lines; ++i) csv += fmt::format("d{}.example\n", i);
    json::object import = {{"csv", csv + "no good\n"}, {"list", "blocked"}};
    const auto refused = desk.browser.post("/senders/import", import);
    REQUIRE(refused.status == 200);
    CHECK(codes_of(refused) == Keys{"4999 not_an_address"});
    CHECK(desk.browser.get("/senders?list=blocked").body.at("total") == 0);
    import["csv"] = csv + "good.example\n";
    const auto done = desk.browser.post("/senders/import", import);
    CHECK(done.body.at("counts").at("added") == lines);
    CHECK(done.body.at("added").as_array().size() == 1000);
    CHECK(desk.browser.get("/senders?list=blocked").body.at("total") == lines);
    // So many changes are one line of the audit trail; the entries say who brought them.
    CHECK(desk.house.audited("sender.imported", ada) == 1);
    CHECK(desk.house.audited("sender.blocked", "good.example") == 0);
    import["list"] = "permitted";
    CHECK(desk.browser.post("/senders/import", import).body.at("counts").at("moved") == lines);
    CHECK(desk.browser.get("/senders?list=blocked").body.at("total") == 0);
}

TEST_CASE("A file has an end, and so has a list") {
    Desk desk;
    must(desk.house.store->write_and_wait([](database::Transaction& t) -> base::Result<void> {
        auto filled = t.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO managed_sender SELECT 'account 1', 'd' || i || '.com', 0, 'blocked', "
            "0, "
            "0, 'test' FROM n",
            {accounts::entries_per_owner_max - 1}
        );
        if (!filled) return base::failure(filled.error());
        return {};
    }));
    json::object import = {{"csv", "a.example\nb.example"}, {"list", "trusted"}};
    CHECK(codes_of(desk.browser.post("/senders/import", import)) == Keys{"1 too_many"});
    CHECK(desk.browser.get("/senders?list=trusted").body.at("total") == 0);
    std::string csv;
    while (csv.size() < 100'001 * 2) csv += "x\n";
    import["csv"] = csv;
    CHECK(desk.browser.post("/senders/import", import).status == 400);
    import["csv"] = std::string(2 * 1024 * 1024 + 1, 'x');
    CHECK(desk.browser.post("/senders/import", import).status == 400);
}

TEST_CASE("Bodies of megabytes have few places, before anybody has signed in") {
    portal::LargeBodies bodies;
    std::vector<std::shared_ptr<const void>> places;
    const std::string one = "192.0.2.1";
    places.push_back(bodies.take(one));
    places.push_back(bodies.take(one));
    CHECK(places.back());
    CHECK_FALSE(bodies.take(one));
    for (int i = 0; i < 6; ++i) places.push_back(bodies.take(fmt::format("198.51.100.{}", i)));
    CHECK(places.back());
    CHECK_FALSE(bodies.take("203.0.113.1"));
    places.erase(places.begin());
    CHECK(bodies.take(one));
}

TEST_CASE("Lists of a mailbox one acts for are changed in its owner's name") {
    Desk desk;
    const std::string office = "office@example.test";
    json::object wanted = {{"list", "blocked"}, {"entries", {"a.example"}}, {"own", office}};
    CHECK(desk.browser.post("/senders", wanted).status == 403);
    CHECK(desk.browser.get("/senders?list=blocked&own=office%40example.test").status == 403);
    CHECK(desk.browser.get("/senders/export?list=all&own=office%40example.test").status == 403);
    CHECK(desk.browser.post("/senders/remove", wanted).status == 403);
    wanted["own"] = "nonsense";
    CHECK(desk.browser.post("/senders", wanted).status == 400);
    CHECK(desk.house.entries(office, SenderList::blocked).empty());

    must(desk.house.store->write_and_wait([&](database::Transaction& transaction) {
        auto person = must(accounts::find_person(transaction, ada));
        return accounts::grant_mailbox(
            transaction, person.row, house::address(office), "command line", house::start
        );
    }));
    wanted["own"] = "Office@Example.Test";
    CHECK(desk.browser.post("/senders", wanted).body.at("added") == json::array({"a.example"}));
    CHECK(desk.house.entries(office, SenderList::blocked) == Keys{"a.example"});
    CHECK(desk.house.entries(ada, SenderList::blocked).empty());
    const auto audit = desk.house.audit();
    const auto noted = std::find_if(audit.begin(), audit.end(), [](const auto& entry) {
        return entry.act == "sender.blocked";
    });
    REQUIRE(noted != audit.end());
    CHECK(noted->who == ada);
    CHECK(noted->detail == "blocked, for office@example.test");
    CHECK(
        desk.browser.get("/senders?list=blocked&own=office%40example.test").body.at("total") == 1
    );
    wanted["own"] = "lovelace@example.test";  // an alias: one's own lists
    desk.browser.post("/senders", wanted);
    CHECK(desk.house.entries(ada, SenderList::blocked) == Keys{"a.example"});
    wanted["own"] = office;
    CHECK(desk.browser.post("/senders/remove", wanted).body.at("removed") == 1);
    CHECK(desk.house.entries(office, SenderList::blocked).empty());
}

TEST_CASE("Calls that make no sense are told why") {
    Desk desk;
    const auto status = [&](const char* body) {
        return desk.browser.post("/senders", json::parse(body)).status;
    };
    CHECK(status(R"({"list":"blocked"})") == 400);
    CHECK(status(R"({"list":"blocked","text":" ,; "})") == 400);
    CHECK(status(R"({"list":"blocked","text":"a.example","entries":["b.example"]})") == 400);
    CHECK(status(R"({"list":"blocked","text":7})") == 400);
    CHECK(status(R"({"list":"blocked","text":"a.example","dry_run":"yes"})") == 400);
    CHECK(status(R"({"list":"auto_permitted","text":"a.example"})") == 400);
    std::string many;
    for (int i = 0; i < 1001; ++i) many += fmt::format("d{}.example ", i);
    CHECK(desk.browser.post("/senders", {{"list", "blocked"}, {"text", many}}).status == 400);
    CHECK(desk.browser.get("/senders?list=blocked&sort=size").status == 400);
    CHECK(desk.browser.get("/senders?list=blocked&type=all").status == 400);
    CHECK(desk.browser.get("/senders?list=all").status == 400);
    CHECK(desk.house.entries(ada, SenderList::blocked).empty());
}

TEST_CASE("Rejected mail is searched, page by page") {
    Desk desk;
    for (int i = 0; i < 7; ++i) {
        quarantine::Rejected rejected;
        rejected.at = desk.house.clock.now();
        rejected.recipient = ada;
        rejected.sender = fmt::format("x{}@evil.example", i);
        rejected.subject = i % 2 == 0 ? "Gr\xc3\xbc\xc3\x9f"
                                        "e"
                                      : "other";
        rejected.reason = "You block x@evil.example.";
        must(desk.house.store->write_and_wait([&](database::Transaction& transaction) {
            return quarantine::add_rejected(transaction, rejected);
        }));
    }
    Keys senders;
    std::string cursor;
    do {
        const auto page = desk.browser.get("/rejected?q=GR%C3%9C%C3%9F&limit=3&cursor=" + cursor);
        for (const json::value& one : page.body.at("rejected").as_array()) {
            senders.emplace_back(one.at("sender").as_string());
        }
        const json::value& next = page.body.at("next");
        cursor = next.is_null() ? "" : std::string(next.as_string());
    } while (!cursor.empty());
    CHECK(
        senders == Keys{"x6@evil.example", "x4@evil.example", "x2@evil.example", "x0@evil.example"}
    );
    CHECK(desk.browser.get("/rejected?q=x3%40").body.at("rejected").as_array().size() == 1);
    CHECK(desk.browser.get("/rejected?q=%25").body.at("rejected").as_array().empty());
}

TEST_CASE("A moderator's own mail that is moderated changes no list either") {
    House house;
    const std::string mo = "mo@example.test";
    house.add_person(mo, accounts::Role::moderator);
    const std::string id =
        house.hold({.owner = mo, .kind = mail::HoldKind::moderator, .moderators = {mo}});
    const std::string own = house.hold({.owner = mo});
    Browser browser(house);
    browser.sign_in(mo);
    CHECK(browser.act("release", {id}, {{"sender", "permit_sender"}}).status == 403);
    CHECK(browser.act("reject", {id}, {{"sender", "block_domain"}}).status == 403);
    const auto shown = browser.get("/holds/" + id);
    CHECK(shown.body.at("may").at("manage_sender") == false);
    CHECK(browser.get("/holds/" + own).body.at("may").at("manage_sender") == true);
    const auto both = browser.act("block", {id, own});
    CHECK(both.body.at("count") == 1);
    CHECK(both.body.at("problems").at(0).at("id") == json::string(id));
    CHECK(house.state_of(id) == quarantine::HoldState::held);
    CHECK(house.entries(mo, SenderList::blocked).size() == 1);
}
