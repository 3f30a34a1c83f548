#include "tests/catch.h"
#include "tests/portal/house.h"

#include <future>

using house::Browser;
using house::House;
using house::Mail;
using quarantine::HoldState;
namespace json = boost::json;

namespace {

std::vector<std::string> ids_in(const house::Answer& page) {
    std::vector<std::string> ids;
    for (const auto& hold : page.body.at("holds").as_array()) {
        ids.emplace_back(hold.at("id").as_string());
    }
    return ids;
}

}  // namespace

TEST_CASE("People see their own holds, moderators those that name them, administrators all") {
    House house;
    house.add_person("ada@example.test", accounts::Role::user, {"ada.l@example.test"});
    house.add_person("ben@example.test");
    house.add_person("mo@example.test", accounts::Role::moderator);
    house.add_person("root@example.test", accounts::Role::administrator);
    const std::string own = house.hold();
    const std::string alias = house.hold({.owner = "ada.l@example.test"});
    const std::string moderated =
        house.hold({.kind = mail::HoldKind::moderator, .moderators = {"mo@example.test"}});
    const std::string administrators = house.hold({.kind = mail::HoldKind::administrator});
    const std::vector<std::string> all = {own, alias, moderated, administrators};

    struct Case {
        std::string who;
        std::string scope;
        int status;
        std::vector<std::string> listed;
        std::vector<std::string> reached;
    };
    const std::vector<Case> cases = {
        {"ada@example.test", "mine", 200, {alias, own}, {own, alias}},
        {"ada@example.test", "moderated", 403, {}, {own, alias}},
        {"ada@example.test", "all", 403, {}, {own, alias}},
        {"ben@example.test", "mine", 200, {}, {}},
        {"mo@example.test", "mine", 200, {}, {moderated}},
        {"mo@example.test", "moderated", 200, {moderated}, {moderated}},
        {"mo@example.test", "all", 403, {}, {moderated}},
        {"root@example.test", "all", 200, {administrators, moderated, alias, own}, all},
    };
    for (const Case& item : cases) {
        INFO(item.who << " " << item.scope);
        Browser browser(house);
        browser.sign_in(item.who);
        const auto page = browser.get("/holds?scope=" + item.scope);
        REQUIRE(page.status == item.status);
        if (page.status == 200) CHECK(ids_in(page) == item.listed);
        const auto missing = browser.get("/holds/aaaaaaaaaaaaaaaaaaaaaaaaaa");
        CHECK(missing.status == 404);
        for (const std::string& id : all) {
            const bool reached =
                std::find(item.reached.begin(), item.reached.end(), id) != item.reached.end();
            const auto answer = browser.get("/holds/" + id);
            CHECK(answer.status == (reached ? 200 : 404));
            // Foreign and missing look the same.
            if (!reached) CHECK(answer.body == missing.body);
            if (reached) continue;
            CHECK(browser.get("/holds/" + id + "/html").body == missing.body);
            const auto acted = browser.act("release", {id});
            CHECK(acted.body.at("count") == 0);
            CHECK(house.state_of(id) == HoldState::held);
        }
    }
    Browser nobody(house);
    CHECK(nobody.get("/holds").status == 401);
    CHECK(nobody.get("/holds/" + own).status == 401);
    CHECK(nobody.act("release", {own}).status == 401);
}

TEST_CASE("A hold says what it is, why it is held, and what may be done") {
    House house;
    house.add_person("ada@example.test");
    house.add_person("mo@example.test", accounts::Role::moderator);
    const std::string id = house.hold();
    Browser browser(house);
    browser.sign_in("ada@example.test");
    const auto answer = browser.get("/holds/" + id);
    REQUIRE(answer.status == 200);
    CHECK(answer.text("subject") == "hello");
    CHECK(answer.text("text") == "body\n");
    CHECK(answer.body.at("header_from").at("address") == "news@letters.example");
    CHECK(answer.body.at("why").at("summary") == "The sender is a newsletter host.");
    CHECK(answer.body.at("why").at("trace").at(0).at("outcome") == "matched");
    CHECK(answer.body.at("may").at("release") == true);
    CHECK(answer.body.at("may").at("manage_sender") == true);
    CHECK(answer.body.at("headers").at(0).at("name") == "From");
    CHECK(answer.body.at("history").at(0).at("act") == "held");
    CHECK(answer.text("client_address") == "192.0.2.1");
    CHECK(answer.text("received_at") == "2027-01-15T08:00:00.000Z");
    CHECK(answer.body.at("decided_by").is_null());
    CHECK(house.audited("hold.viewed", id) == 1);

    const std::string moderated =
        house.hold({.kind = mail::HoldKind::moderator, .moderators = {"mo@example.test"}});
    Browser moderator(house);
    moderator.sign_in("mo@example.test");
    CHECK(moderator.get("/holds/" + moderated).body.at("may").at("manage_sender") == false);
}

TEST_CASE("Whatever a mail says stays data") {
    House house;
    house.add_person("ada@example.test");
    const std::string evil = "</script><script>alert(1)</script>\"\\\n\r\t\xff\x01 \xe2\x80\xa8";
    const std::string id = house.hold({
        .bytes = "Subject: x\r\nX-Evil: \"},{\"a\\\xff\r\n\r\n\"}</script>\xff\r\n",
        .subject = evil,
    });
    Browser browser(house);
    browser.sign_in("ada@example.test");
    const auto list = browser.get("/holds");
    REQUIRE(list.status == 200);
    CHECK(list.field("Content-Type") == "application/json");
    const auto answer = browser.get("/holds/" + id);
    REQUIRE(answer.status == 200);
    CHECK(answer.text("subject").starts_with("</script><script>alert(1)</script>\"\\"));
    CHECK(answer.text("text").starts_with("\"}</script>"));
}

TEST_CASE("Filters, order and pages reach the list") {
    House house;
    house.add_person("ada@example.test");
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(house.hold({.subject = i % 2 ? "odd" : "even"}));
    }
    Browser browser(house);
    browser.sign_in("ada@example.test");
    CHECK(ids_in(browser.get("/holds?subject=odd")) == std::vector{ids[3], ids[1]});
    CHECK(browser.get("/holds?q=even").body.at("total") == 3);
    const auto first = browser.get("/holds?sort=received_at&limit=2");
    CHECK(ids_in(first) == std::vector{ids[0], ids[1]});
    CHECK(first.body.at("total") == 5);
    const auto second = browser.get("/holds?sort=received_at&limit=2&cursor=" + first.text("next"));
    CHECK(ids_in(second) == std::vector{ids[2], ids[3]});
    browser.act("reject", {ids[0]});
    CHECK(ids_in(browser.get("/holds?state=decided")) == std::vector{ids[0]});
    CHECK(browser.get("/holds?state=any").body.at("total") == 5);
    for (const std::string bad :
         {"scope=x",
          "state=x",
          "sort=x",
          "limit=0",
          "limit=501",
          "limit=x",
          "cursor=x",
          "q=1&q=2",
          "q=%ff",
          "q=%00"}) {
        INFO(bad);
        CHECK(browser.get("/holds?" + bad).status == 400);
    }
}

TEST_CASE("HTML comes with a policy that lets nothing run and nothing load") {
    House house;
    house.add_person("ada@example.test");
    const std::string id = house.hold({
        .bytes = "Subject: x\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n"
                 "<meta http-equiv=refresh content=0;url=//evil.test><LINK rel=preconnect "
                 "href=//evil.test><img src=\"http://evil.test/pixel\" referrerpolicy=unsafe-url>"
                 "gr\xfc\xdf\r\n",
    });
    Browser browser(house);
    browser.sign_in("ada@example.test");
    const auto page = browser.get("/holds/" + id + "/html?images=0");
    REQUIRE(page.status == 200);
    CHECK(page.field("Content-Type") == "text/html; charset=utf-8");
    CHECK(page.field("X-Content-Type-Options") == "nosniff");
    CHECK(page.field("Referrer-Policy") == "no-referrer");
    CHECK(page.field("X-Frame-Options") == "SAMEORIGIN");
    CHECK(page.field("X-DNS-Prefetch-Control") == "off");
    CHECK(
        page.field("Content-Security-Policy") ==
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action "
        "'none'; frame-ancestors 'self'; img-src data:"
    );
    const std::string html = wire::body_of(page.whole);
    CHECK(html.find("gr\xc3\xbc\xc3\x9f") != std::string::npos);
    CHECK(html.find("<meta") == std::string::npos);
    CHECK(html.find("<LINK") == std::string::npos);
    CHECK(html.find("<base rel=preconnect") != std::string::npos);
    const auto with_images = browser.get("/holds/" + id + "/html?images=1");
    CHECK(with_images.field("Content-Security-Policy").ends_with("img-src data: http: https:"));
    CHECK(browser.get("/holds/" + id).body.at("has_remote_images") == true);
    CHECK(house.audited("hold.viewed", id) == 3);
    const auto alone = browser.request(
        "GET", "/api/v1/holds/" + id + "/html", "", {{"Sec-Fetch-Dest", "document"}}
    );
    CHECK(alone.status == 403);
}

TEST_CASE("Attachments are downloads, and only where the administrator allows them") {
    const std::string bytes =
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        "--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; "
        "filename=\"../../a\\\"b.html\"\r\n\r\n<script>1</script>\r\n--b--\r\n";
    for (const bool allowed : {false, true}) {
        House house([&](conf::Settings& settings) {
            settings.quarantine.users_may_download_attachments = allowed;
        });
        house.add_person("ada@example.test");
        const std::string id = house.hold({.bytes = bytes});
        Browser browser(house);
        browser.sign_in("ada@example.test");
        const auto hold = browser.get("/holds/" + id);
        CHECK(hold.body.at("may_download") == allowed);
        REQUIRE(hold.body.at("parts").as_array().size() == 1);
        const auto index = hold.body.at("parts").at(0).at("index").as_int64();
        const auto part = browser.get(fmt::format("/holds/{}/parts/{}", id, index));
        CHECK(part.status == (allowed ? 200 : 403));
        if (!allowed) continue;
        CHECK(part.field("Content-Type") == "application/octet-stream");
        CHECK(part.field("Content-Disposition").starts_with("attachment; filename=\""));
        CHECK(part.field("Content-Disposition").find('/') == std::string::npos);
        CHECK(wire::body_of(part.whole).starts_with("<script>1</script>"));
        CHECK(browser.get("/holds/" + id + "/parts/99").status == 404);
        CHECK(browser.get("/holds/" + id + "/parts/-1").status == 404);
        CHECK(browser.get("/holds/" + id + "/parts/0").status == 404);
    }
}

TEST_CASE("Two hundred releases at once are one delivery") {
    House house;
    house.add_person("ada@example.test");
    const std::string id = house.hold();
    Browser browser(house);
    browser.sign_in("ada@example.test");
    std::vector<std::future<std::int64_t>> releases;
    for (int i = 0; i < 200; ++i) {
        releases.push_back(std::async(std::launch::async, [&house, id, cookie = browser.cookie] {
            Browser other(house);
            other.cookie = cookie;
            const auto answer = other.act("release", {id});
            return answer.status == 200 ? answer.body.at("count").as_int64() : 1000;
        }));
    }
    std::int64_t count = 0;
    for (auto& release : releases) count += release.get();
    CHECK(count == 1);
    CHECK(house.state_of(id) == HoldState::released);
    CHECK(house.take_due(house.clock.now() + std::chrono::hours(1)).size() == 1);
    CHECK(house.audited("hold.released", id) == 1);
    CHECK(house.woken == 1);
}
