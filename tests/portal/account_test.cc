#include "conf/languages.h"
#include "portal/agent.h"
#include "tests/catch.h"
#include "tests/portal/house.h"

#include <filesystem>
#include <fstream>
#include <set>

using house::Browser;
using house::House;
namespace json = boost::json;

namespace {

house::Answer put(Browser& browser, const json::value& body) {
    return browser.request("PUT", "/api/v1/account/preferences", json::serialize(body));
}

House with_berlin_digest() {
    return House([](conf::Settings& settings) {
        settings.digest.time_zone = "Europe/Berlin";
        settings.digest.times = {"08:00", "16:00"};
    });
}

}  // namespace

TEST_CASE("The account shows addresses, wishes, and what the site has for the rest") {
    House house = with_berlin_digest();
    house.add_person("ada@example.test", accounts::Role::moderator, {"ada.l@example.test"});
    house.add_person("ben@example.test");
    house.let_act_for("ada@example.test", "info@example.test");
    house.let_act_for("ben@example.test", "ada.l@example.test");
    Browser browser(house);
    CHECK(browser.get("/account").status == 401);
    browser.sign_in("ada@example.test");
    const auto account = browser.get("/account");
    REQUIRE(account.status == 200);
    CHECK(account.text("role") == "moderator");
    CHECK(
        json::serialize(account.body.at("addresses")) ==
        R"([{"address":"ada.l@example.test","own":false},{"address":"ada@example.test","own":true}])"
    );
    CHECK(account.body.at("acts_for").at(0).at("address") == "info@example.test");
    CHECK(account.body.at("acts_for").at(0).at("granted_by") == "root");
    CHECK(account.body.at("acted_by").at(0).at("address") == "ben@example.test");
    CHECK(
        json::serialize(account.body.at("preferences")) ==
        R"({"language":"","time_zone":"","mode":"","digest_times":[],"digest_days":[]})"
    );
    CHECK(account.body.at("site").at("time_zone") == "Europe/Berlin");
    CHECK(account.body.at("site").at("digest_mode") == "digest");
    CHECK(account.body.at("site").at("digest_enabled") == true);
    CHECK(account.body.at("site").at("digest_days").as_array().size() == 7);
    // 2027-01-15 08:00 UTC is nine o'clock there.
    CHECK(account.text("digest_next_at") == "2027-01-15T15:00:00.000Z");
    CHECK(account.body.at("session_idle_seconds") == 28'800);
    const auto session = browser.get("/session");
    CHECK(json::serialize(session.body.at("acts_for")) == R"(["info@example.test"])");
}

TEST_CASE("Preferences change one by one, are kept, and say when the next digest comes") {
    House house = with_berlin_digest();
    house.add_person("ada@example.test");
    Browser browser(house);
    browser.sign_in("ada@example.test");
    auto changed = put(browser, {{"language", "de"}, {"time_zone", "America/New_York"}});
    REQUIRE(changed.status == 200);
    // 08:00 in New York.
    CHECK(changed.text("digest_next_at") == "2027-01-15T13:00:00.000Z");
    changed = put(browser, {{"digest_times", {"17:30", "03:15"}}, {"digest_days", {"sat", "mon"}}});
    REQUIRE(changed.status == 200);
    CHECK(
        json::serialize(changed.body.at("preferences")) ==
        R"({"language":"de","time_zone":"America/New_York","mode":"",)"
        R"("digest_times":["03:15","17:30"],"digest_days":["mon","sat"]})"
    );
    CHECK(changed.text("digest_next_at") == "2027-01-16T08:15:00.000Z");
    changed = put(browser, {{"mode", "none"}});
    CHECK(changed.body.at("digest_next_at").is_null());
    CHECK(
        json::serialize(browser.get("/session").body.at("preferences")) ==
        R"({"language":"de","time_zone":"America/New_York"})"
    );
    CHECK(house.audited("account.preferences", "ada@example.test") == 3);
    // The same again is no change.
    CHECK(put(browser, {{"mode", "none"}}).status == 200);
    CHECK(house.audited("account.preferences", "ada@example.test") == 3);
}

TEST_CASE("What is no preference is refused, names the field and changes nothing") {
    House house;
    house.add_person("ada@example.test");
    Browser browser(house);
    browser.sign_in("ada@example.test");
    const json::value many(json::array(25, "08:00"));
    json::array days_times;
    for (int hour = 0; hour < 25; ++hour)
        days_times.emplace_back(fmt::format("{:02}:30", hour % 24));
    for (const auto& [field, wrong] : std::initializer_list<std::pair<const char*, json::value>>{
             {"language", "xx"},
             {"language", 7},
             {"time_zone", "Mars/Olympus"},
             {"time_zone", "../../etc/passwd"},
             {"mode", "sometimes"},
             {"digest_times", {"8:00"}},
             {"digest_times", {"24:00"}},
             {"digest_times", "08:00"},
             {"digest_days", {"monday"}},
             {"digest_days", {{"mon", 1}}},
         }) {
        const auto answer = put(browser, {{field, wrong}, {"mode", "none"}});
        INFO(answer.whole);
        CHECK(answer.status == 422);
        CHECK(answer.text("field") == (std::string(field) == "mode" ? "mode" : field));
    }
    CHECK(browser.get("/account").body.at("preferences").at("mode") == "");
    CHECK(house.audited("account.preferences", "ada@example.test") == 0);
}

TEST_CASE("Time zones to choose from are those that are taken") {
    House house;
    house.add_person("ada@example.test");
    Browser browser(house);
    browser.sign_in("ada@example.test");
    const auto zones = browser.get("/account/time-zones").body.at("time_zones").as_array();
    REQUIRE(zones.size() > 300);
    for (const std::size_t at : {std::size_t{0}, zones.size() / 2, zones.size() - 1}) {
        CHECK(put(browser, {{"time_zone", zones[at]}}).status == 200);
    }
}

TEST_CASE("The languages are those that the front end has a catalogue for") {
    std::set<std::string> catalogues;
    const auto folder = std::filesystem::path(POSTERN_TESTS_DIR) / "../portal/web/src/i18n";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path());
        const std::string content(std::istreambuf_iterator<char>(file), {});
        if (entry.path().stem().string().size() == 2) catalogues.insert(entry.path().stem());
    }
    const std::set<std::string> known(conf::languages.begin(), conf::languages.end());
    CHECK(known == catalogues);
}

TEST_CASE("A person sees where they are signed in and ends what they do not know") {
    House house;
    house.add_person("ada@example.test");
    house.add_person("ben@example.test");
    Browser here(house);
    Browser phone(house);
    Browser other(house);
    here.sign_in("ada@example.test");
    phone.sign_in("ada@example.test");
    other.sign_in("ben@example.test");
    const auto sessions = here.get("/account/sessions").body.at("sessions").as_array();
    REQUIRE(sessions.size() == 2);
    const auto& first = sessions[0].at("this").as_bool() ? sessions[0] : sessions[1];
    const auto& second = sessions[0].at("this").as_bool() ? sessions[1] : sessions[0];
    CHECK(first.at("this") == true);
    CHECK(second.at("this") == false);
    CHECK(second.at("client") == "127.0.0.1");
    CHECK(json::serialize(sessions).find(here.cookie.substr(16)) == std::string::npos);

    const json::array ids = {second.at("id")};
    CHECK(other.post("/account/sessions/end", {{"ids", ids}}).body.at("ended") == 0);
    CHECK(phone.get("/session").status == 200);
    CHECK(here.post("/account/sessions/end", {{"ids", ids}}).body.at("ended") == 1);
    CHECK(phone.get("/session").status == 401);
    phone.sign_in("ada@example.test");
    CHECK(here.post("/account/sessions/end", {{"others", true}}).body.at("ended") == 1);
    CHECK(phone.get("/session").status == 401);
    CHECK(here.get("/session").status == 200);
    CHECK(other.get("/session").status == 200);
    for (const json::value& wrong :
         {json::value({{"others", false}}),
          json::value(json::object()),
          json::value({{"others", true}, {"ids", ids}})})
        CHECK(here.post("/account/sessions/end", wrong).status == 400);
}

TEST_CASE("A person sets a new password; every other session ends") {
    House house;
    house.add_person("ada@example.test");
    Browser here(house);
    Browser phone(house);
    here.sign_in("ada@example.test");
    phone.sign_in("ada@example.test");
    const std::string next = "seven grey umbrellas";
    const auto change = [&](Browser& browser, const std::string& current, const std::string& to) {
        return browser.post("/account/password", {{"current", current}, {"new", to}});
    };
    CHECK(change(here, "not the password", next).status == 403);
    for (const auto& [password, code] : std::initializer_list<std::pair<const char*, const char*>>{
             {"short", "too_short"},
             {"password1234", "common"},
             {"ada@example.test", "address"},
             {house::password.c_str(), "same"}
         }) {
        const auto weak = change(here, house::password, password);
        CHECK(weak.status == 422);
        CHECK(weak.text("code") == code);
        CHECK(weak.text("field") == "new");
    }
    CHECK(phone.get("/session").status == 200);
    CHECK(change(here, house::password, next).status == 204);
    CHECK(here.get("/session").status == 200);
    CHECK(phone.get("/session").status == 401);
    CHECK(phone.sign_in("ada@example.test").status == 401);
    CHECK(phone.sign_in("ada@example.test", next).status == 200);
    CHECK(house.audited("account.password", "ada@example.test") == 1);
}

TEST_CASE("Guessing the current password is slowed down like guessing at the door") {
    House house;
    house.add_person("ada@example.test");
    Browser browser(house);
    browser.sign_in("ada@example.test");
    const auto guess = [&](const std::string& current) {
        return browser
            .post("/account/password", {{"current", current}, {"new", "seven grey umbrellas"}})
            .status;
    };
    int status = 0;
    for (int tried = 0; tried < 10 && status != 429; ++tried) status = guess("wrong password");
    REQUIRE(status == 429);
    CHECK(guess(house::password) == 429);
    CHECK(Browser(house).sign_in("ada@example.test").status == 429);
    house.clock.advance(std::chrono::minutes(5));
    CHECK(guess(house::password) == 204);
}

TEST_CASE("The brand is known before anybody signs in, and its logo can do nothing") {
    const std::string svg = "<svg onload=\"alert(1)\"></svg>";
    House house([&](conf::Settings& settings) {
        settings.portal.product_name = "Mail gate";
        settings.portal.accent = "#17614f";
        settings.portal.support_text = "Ask us";
        settings.portal.support_url = "mailto:help@example.test";
        settings.portal.logo_image =
            std::make_shared<const conf::Logo>(conf::Logo{"image/svg+xml", svg});
    });
    Browser browser(house);
    const auto brand = browser.get("/branding");
    REQUIRE(brand.status == 200);
    CHECK(
        json::serialize(brand.body) ==
        R"({"name":"Mail gate","logo":"/branding/logo","accent":"#17614f","accent_dark":null,)"
        R"("support_text":"Ask us","support_url":"mailto:help@example.test"})"
    );
    const auto logo = browser.request("GET", "/branding/logo");
    REQUIRE(logo.status == 200);
    CHECK(wire::body_of(logo.whole) == svg);
    CHECK(logo.field("Content-Type") == "image/svg+xml");
    CHECK(
        logo.field("Content-Security-Policy") ==
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    );
    CHECK(logo.field("X-Content-Type-Options") == "nosniff");
    const auto again =
        browser.request("GET", "/branding/logo", "", {{"If-None-Match", logo.field("ETag")}});
    CHECK(again.status == 304);
    CHECK(House().portal != nullptr);
    House plain;
    Browser visitor(plain);
    CHECK(visitor.request("GET", "/branding/logo").status == 404);
    CHECK(visitor.get("/branding").body.at("logo").is_null());
}

TEST_CASE("A browser's own words become a few that its person knows") {
    const std::string mozilla = "Mozilla/5.0 ";
    const std::initializer_list<std::pair<std::string, std::string>> cases = {
        {mozilla + "(X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on Linux"
        },
        {mozilla + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                   "Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
         "Edge on Windows"},
        {mozilla + "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                   "Version/18.0 Safari/605.1.15",
         "Safari on macOS"},
        {mozilla + "(iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                   "Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1",
         "Chrome on iPhone"},
        {mozilla + "(Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) "
                   "SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
         "Samsung Internet on Android"},
        {"curl/8.5.0", "curl"},
        {"python-requests/2.31 <script>", "python-requests"},
        {"<script>alert(1)</script>", ""},
        {"", ""},
        {std::string(500, 'x'), std::string(60, 'x')},
    };
    for (const auto& [said, shown] : cases) CHECK(portal::agent_words(said) == shown);
}
