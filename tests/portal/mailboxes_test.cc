#include "accounts/delegations.h"
#include "tests/catch.h"
#include "tests/portal/house.h"

using house::Browser;
using house::House;
using quarantine::HoldState;
namespace json = boost::json;

namespace {

const std::string ada = "ada@example.test";
const std::string ben = "ben@example.test";
const std::string desk = "desk@example.test";

void grant(House& house, const std::string& who) {
    must(house.store->write_and_wait([&](database::Transaction& transaction) {
        auto person = must(accounts::find_person(transaction, who));
        return accounts::grant_mailbox(
            transaction, person.row, house::address(desk), "root", house.clock.now()
        );
    }));
}

json::array list(Browser& browser, const std::string& query) {
    const auto answer = browser.get("/holds?" + query);
    INFO(answer.whole);
    REQUIRE(answer.status == 200);
    return answer.body.at("holds").as_array();
}

}  // namespace

TEST_CASE("A list says whose mailbox it is and who has decided") {
    House house;
    house.add_person(ada);
    house.add_person(ben);
    grant(house, ada);
    grant(house, ben);
    house.hold();
    const std::string shared = house.hold({.owner = desk});
    Browser adas(house);
    adas.sign_in(ada);
    Browser bens(house);
    bens.sign_in(ben);

    CHECK(list(adas, "scope=mine").size() == 2);
    const auto of_desk = list(adas, "scope=mine&owner=Desk@Example.Test");
    REQUIRE(of_desk.size() == 1);
    CHECK(of_desk[0].at("mailbox") == json::string(desk));
    CHECK(of_desk[0].at("acted_by_other") == false);
    const auto own = list(adas, "scope=mine&owner=" + ada);
    REQUIRE(own.size() == 1);
    CHECK(own[0].at("mailbox") == "");
    // Of others there is nothing, whether it exists or not.
    CHECK(list(bens, "scope=mine&owner=" + ada).empty());
    CHECK(bens.get("/holds?owner=none").status == 400);

    REQUIRE(bens.act("release", {shared}).body.at("count") == 1);
    const auto seen = list(adas, "scope=mine&state=decided&owner=" + desk);
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].at("acted_by_other") == true);
    CHECK(seen[0].at("decided_by") == json::string(ben));
    CHECK(list(bens, "scope=mine&state=decided")[0].at("acted_by_other") == false);
}

TEST_CASE("A job on one mailbox leaves the others alone") {
    House house;
    house.add_person(ada);
    grant(house, ada);
    const std::string own = house.hold();
    const std::string shared = house.hold({.owner = desk});
    Browser browser(house);
    browser.sign_in(ada);
    json::object order = {
        {"action", "reject"}, {"match", json::object{{"scope", "mine"}, {"owner", desk}}}
    };
    const auto started = browser.post("/holds/act", order);
    REQUIRE(started.status == 202);
    CHECK(started.body.at("total") == 1);
    const std::string path = "/jobs/" + started.text("id") + "/undo";
    // Its end is waited for by whoever takes it back; before that it is too early.
    house::Answer job;
    do {
        job = browser.get("/jobs/" + started.text("id"));
    } while (job.text("state") == "running");
    CHECK(job.body.at("done") == 1);
    CHECK(house.state_of(own) == HoldState::held);
    CHECK(house.state_of(shared) == HoldState::rejected);
    CHECK(browser.post(path, json::object()).text("state") == "undone");
    CHECK(house.state_of(shared) == HoldState::held);
}
