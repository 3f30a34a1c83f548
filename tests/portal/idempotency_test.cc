#include "quarantine/answers.h"
#include "tests/catch.h"
#include "tests/portal/house.h"

using house::Browser;
using house::House;
using quarantine::HoldState;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

const std::string ada = "ada@example.test";
const std::string ben = "ben@example.test";

house::Answer post_with(
    Browser& browser, const std::string& key, const std::string& path, const json::value& body
) {
    return browser.request(
        "POST", "/api/v1" + path, json::serialize(body), {{"Idempotency-Key", key}}
    );
}

json::object release(const std::string& id) {
    return {{"action", "release"}, {"ids", json::array({json::string(id)})}};
}

}  // namespace

TEST_CASE("The same request under the same key is done once and answered alike") {
    House house;
    house.add_person(ada);
    const std::string id = house.hold();
    Browser browser(house);
    browser.sign_in(ada);
    const auto first = post_with(browser, "k-1", "/holds/act", release(id));
    REQUIRE(first.status == 200);
    CHECK(first.body.at("count") == 1);
    CHECK(first.field("Idempotency-Replayed").empty());
    const auto again = post_with(browser, "k-1", "/holds/act", release(id));
    CHECK(again.status == 200);
    CHECK(again.body == first.body);
    CHECK(again.field("Idempotency-Replayed") == "true");
    CHECK(house.audited("hold.released", id) == 1);
    house.restart();
    CHECK(post_with(browser, "k-1", "/holds/act", release(id)).body == first.body);
    // Without the key it is a new request.
    CHECK(browser.post("/holds/act", release(id)).body.at("count") == 0);
}

TEST_CASE("A key belongs to one person, one route and one body, for a day") {
    House house;
    house.add_person(ada);
    house.add_person(ben);
    const std::string id = house.hold();
    const std::string other = house.hold();
    const std::string bens = house.hold({.owner = ben});
    Browser browser(house);
    browser.sign_in(ada);
    REQUIRE(post_with(browser, "k", "/holds/act", release(id)).status == 200);
    CHECK(post_with(browser, "k", "/holds/act", release(other)).status == 422);
    CHECK(post_with(browser, "k", "/undo", release(id)).status == 422);
    CHECK(house.state_of(other) == HoldState::held);
    Browser second(house);
    second.sign_in(ben);
    CHECK(post_with(second, "k", "/holds/act", release(bens)).body.at("count") == 1);
    house.clock.advance(24h);
    browser.sign_in(ada);
    CHECK(post_with(browser, "k", "/holds/act", release(other)).body.at("count") == 1);
}

TEST_CASE("What was refused may be tried again under its key") {
    House house;
    house.add_person(ada);
    Browser browser(house);
    browser.sign_in(ada);
    CHECK(post_with(browser, "k", "/holds/act", {{"action", "eat"}}).status == 400);
    const std::string id = house.hold();
    CHECK(post_with(browser, "k", "/holds/act", release(id)).body.at("count") == 1);
}

TEST_CASE("A key that is none is refused before anything happens") {
    House house;
    house.add_person(ada);
    const std::string id = house.hold();
    Browser browser(house);
    browser.sign_in(ada);
    CHECK(post_with(browser, std::string(201, 'k'), "/holds/act", release(id)).status == 400);
    CHECK(post_with(browser, "two words", "/holds/act", release(id)).status == 400);
    CHECK(house.state_of(id) == HoldState::held);
    CHECK(post_with(browser, std::string(200, 'k'), "/holds/act", release(id)).status == 200);
}

TEST_CASE("Answers are bounded in number, and go after a day") {
    House house;
    const auto store = [&](int number, base::Time now) {
        must(house.store->write_and_wait([&](database::Transaction& transaction) {
            const std::string key = "key" + std::to_string(number);
            return quarantine::store_answer(transaction, ada, key, "request", 200, "{}", now);
        }));
    };
    const auto has = [&](int number) {
        return must(house.store->read_and_wait([&](database::Snapshot& snapshot) {
                   const std::string key = "key" + std::to_string(number);
                   return quarantine::find_answer(snapshot, ada, key, "request", house.clock.now());
               })
        ).has_value();
    };
    for (int i = 0; i < 120; ++i) store(i, house.clock.now());
    CHECK_FALSE(has(19));
    CHECK(has(20));
    CHECK(has(119));
    const auto forget = [&](base::Time now) {
        must(house.store->write_and_wait([&](database::Transaction& transaction) {
            return quarantine::forget_answers(transaction, now, 1000);
        }));
    };
    forget(house.clock.now() + 23h);
    CHECK(has(119));
    forget(house.clock.now() + 24h);
    CHECK_FALSE(has(119));
}

TEST_CASE("Every answer of JSON has a tag, and a tag that is known saves the answer") {
    House house;
    house.add_person(ada);
    house.hold();
    Browser browser(house);
    browser.sign_in(ada);
    const std::string list = "/api/v1/holds?scope=mine";
    const auto first = browser.request("GET", list);
    const std::string tag = first.field("ETag");
    REQUIRE(tag.size() == 34);
    for (const std::string& known : {tag, "W/" + tag, "\"x\", " + tag, std::string("*")}) {
        const auto same = browser.request("GET", list, "", {{"If-None-Match", known}});
        INFO(known);
        CHECK(same.status == 304);
        CHECK(same.field("ETag") == tag);
        CHECK(wire::body_of(same.whole).empty());
    }
    CHECK(browser.request("HEAD", list, "", {{"If-None-Match", tag}}).status == 304);
    house.hold();
    const auto changed = browser.request("GET", list, "", {{"If-None-Match", tag}});
    CHECK(changed.status == 200);
    CHECK(changed.field("ETag") != tag);
    // Not for what acts, nor for errors.
    CHECK(browser.act("release", {}).field("ETag").empty());
    CHECK(browser.get("/holds/none").field("ETag").empty());
}
