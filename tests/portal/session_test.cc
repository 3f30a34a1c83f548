#include "portal/site.h"
#include "tests/catch.h"
#include "tests/portal/house.h"

using house::Browser;
using house::House;

TEST_CASE("Signing in gives a person and a cookie that scripts and other sites never see") {
    House house;
    house.add_person("ada@example.test", accounts::Role::moderator, {"ada.l@example.test"});
    Browser browser(house);
    CHECK(browser.get("/session").status == 401);
    const auto answer = browser.sign_in("Ada@EXAMPLE.test");
    REQUIRE(answer.status == 200);
    const std::string cookie = answer.field("Set-Cookie");
    CHECK(cookie.starts_with("__Host-postern="));
    CHECK(cookie.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure"));
    CHECK(cookie.find("Domain") == std::string::npos);
    CHECK(answer.text("address") == "ada@example.test");
    CHECK(answer.text("role") == "moderator");
    CHECK(answer.text("hostname") == "mx.example.test");
    CHECK(answer.body.at("addresses").as_array().size() == 2);
    CHECK(answer.body.at("product").at("name") == "Postern");
    CHECK(browser.get("/session").text("address") == "ada@example.test");
    CHECK(house.audited("session.started", "ada@example.test") == 1);
}

TEST_CASE("On loopback without TLS the cookie has a plain name") {
    House house([](conf::Settings& settings) { settings.portal.public_url = "http://portal.test"; }
    );
    house.add_person("ada@example.test");
    Browser browser(house);
    const auto answer = browser.request(
        "POST",
        "/api/v1/session",
        R"({"address":"ada@example.test","password":"a long password"})",
        {{"Origin", "http://portal.test"}}
    );
    REQUIRE(answer.status == 200);
    CHECK(answer.field("Set-Cookie").starts_with("postern="));
    CHECK(answer.field("Set-Cookie").find("Secure") == std::string::npos);
    CHECK(answer.field("Strict-Transport-Security").empty());
}

TEST_CASE("A wrong password and an unknown address get the same answer") {
    House house;
    house.add_person("ada@example.test");
    Browser browser(house);
    const auto wrong = browser.sign_in("ada@example.test", "another password");
    const auto unknown = browser.sign_in("nobody@example.test");
    const auto no_address = browser.sign_in("nothing like an address");
    CHECK(wrong.status == 401);
    CHECK(unknown.status == 401);
    CHECK(wrong.body == unknown.body);
    CHECK(wrong.body == no_address.body);
    CHECK(wrong.field("Set-Cookie").empty());
    const auto known_ways = browser.post("/sign-in/methods", {{"address", "ada@example.test"}});
    const auto unknown_ways = browser.post("/sign-in/methods", {{"address", "x@example.test"}});
    CHECK(known_ways.body == unknown_ways.body);
}

TEST_CASE("Guessing is slowed down, also with the right password, and never for good") {
    House house;
    house.add_person("ada@example.test");
    Browser browser(house);
    int status = 0;
    for (int guess = 0; guess < 20 && status != 429; ++guess) {
        status = browser.sign_in("ada@example.test", "wrong password").status;
    }
    REQUIRE(status == 429);
    const auto slowed = browser.sign_in("ada@example.test");
    CHECK(slowed.status == 429);
    CHECK(std::stoi(slowed.field("Retry-After")) >= 1);
    house.clock.advance(std::chrono::hours(24));
    CHECK(browser.sign_in("ada@example.test").status == 200);
}

TEST_CASE("Each sign-in makes a new session and ends the one that came with it") {
    House house;
    house.add_person("ada@example.test");
    Browser browser(house);
    browser.sign_in("ada@example.test");
    const std::string first = browser.cookie;
    browser.sign_in("ada@example.test");
    CHECK(browser.cookie != first);
    Browser old(house);
    old.cookie = first;
    CHECK(old.get("/session").status == 401);
}

TEST_CASE("Signing out ends the session on the server") {
    House house;
    house.add_person("ada@example.test");
    Browser browser(house);
    browser.sign_in("ada@example.test");
    const auto out = browser.request("DELETE", "/api/v1/session");
    CHECK(out.status == 204);
    CHECK(out.field("Set-Cookie").find("Max-Age=0") != std::string::npos);
    CHECK(browser.get("/session").status == 401);
}

TEST_CASE("A session ends by itself when it is idle, and is kept alive by use") {
    House house;
    house.add_person("ada@example.test");
    Browser browser(house);
    browser.sign_in("ada@example.test");
    house.clock.advance(std::chrono::hours(5));
    CHECK(browser.get("/session").status == 200);
    house.clock.advance(std::chrono::hours(5));
    CHECK(browser.get("/session").status == 200);
    house.clock.advance(std::chrono::hours(9));
    CHECK(browser.get("/session").status == 401);
}

TEST_CASE("A cookie that stands twice is no session") {
    House house;
    house.add_person("ada@example.test");
    Browser browser(house);
    browser.sign_in("ada@example.test");
    browser.cookie = "__Host-postern=x; " + browser.cookie;
    CHECK(browser.get("/session").status == 401);
}

TEST_CASE("What changes something must come from a page of the portal") {
    House house;
    house.add_person("ada@example.test");
    Browser browser(house);
    browser.sign_in("ada@example.test");
    const std::string id = house.hold();
    const std::string body = R"({"action":"reject","ids":[")" + id + R"("]})";
    struct Case {
        std::map<std::string, std::string> fields;
        int status;
    };
    const std::vector<Case> cases = {
        {{{"Origin", "https://evil.test"}}, 403},
        {{{"Origin", "null"}}, 403},
        {{{"Origin", "http://portal.test"}}, 403},
        {{{"Origin", ""}}, 403},
        {{{"Origin", ""}, {"Sec-Fetch-Site", "cross-site"}}, 403},
        {{{"Origin", ""}, {"Sec-Fetch-Site", "same-site"}}, 403},
        {{{"Origin", ""}, {"Sec-Fetch-Site", "none"}}, 403},
        {{{"Sec-Fetch-Site", "cross-site"}}, 403},
        {{{"Content-Type", "text/plain"}}, 415},
        {{{"Content-Type", "application/x-www-form-urlencoded"}}, 415},
        {{{"Content-Type", ""}}, 415},
    };
    for (const Case& item : cases) {
        INFO(house::json::serialize(house::json::value_from(item.fields)));
        CHECK(
            browser.request("POST", "/api/v1/holds/act", body, item.fields).status == item.status
        );
    }
    CHECK(house.state_of(id) == quarantine::HoldState::held);
    const std::map<std::string, std::string> same = {
        {"Origin", ""}, {"Sec-Fetch-Site", "same-origin"}
    };
    CHECK(browser.request("POST", "/api/v1/holds/act", body, same).status == 200);
    CHECK(house.state_of(id) == quarantine::HoldState::rejected);
}

TEST_CASE("Behind a proxy on this machine people are told apart by the address it gives") {
    for (const bool tls : {true, false}) {
        House house([&](conf::Settings& settings) {
            settings.portal.public_url = tls ? "https://portal.test" : "http://portal.test";
        });
        house.add_person("ada@example.test");
        Browser browser(house);
        const auto answer = browser.request(
            "POST",
            "/api/v1/session",
            R"({"address":"ada@example.test","password":"a long password"})",
            {{"Origin", house.settings.portal.public_url},
             {"X-Forwarded-For", "198.51.100.7, 192.0.2.9"}}
        );
        REQUIRE(answer.status == 200);
        REQUIRE(house.audit().size() == 1);
        CHECK(house.audit()[0].source == (tls ? "192.0.2.9" : "127.0.0.1"));
    }
}

TEST_CASE("Only the last address a proxy gives is believed, and only when it is one") {
    conf::Portal settings;
    settings.public_url = "https://portal.test";
    const portal::Site site = portal::site_of(settings, "192.0.2.1:80");
    const auto client = [&](std::string peer, std::vector<std::string> forwarded) {
        portal::Request request;
        request.client = std::move(peer);
        for (auto& value : forwarded) request.fields.push_back({"X-Forwarded-For", value});
        return portal::client_of(site, request);
    };
    CHECK(client("127.0.0.1", {}) == "127.0.0.1");
    CHECK(client("127.0.0.1", {"1.2.3.4", "2001:db8::1"}) == "2001:db8::1");
    CHECK(client("::1", {"1.2.3.4"}) == "1.2.3.4");
    CHECK(client("127.0.0.1", {"1.2.3.4, unknown"}) == "127.0.0.1");
    CHECK(client("203.0.113.5", {"1.2.3.4"}) == "203.0.113.5");
}

TEST_CASE("Hosts and origins follow from the public address") {
    const auto site = [](std::string url, std::string bound) {
        conf::Portal settings;
        settings.public_url = std::move(url);
        return portal::site_of(settings, bound);
    };
    using List = std::vector<std::string>;
    CHECK(
        site("https://Portal.test", "192.0.2.1:80").hosts == List{"portal.test", "portal.test:443"}
    );
    CHECK(site("https://portal.test", "192.0.2.1:80").origins == List{"https://portal.test"});
    const auto local = site("http://127.0.0.1:8080", "127.0.0.1:8080");
    CHECK(local.hosts == List{"127.0.0.1:8080", "127.0.0.1:8080"});
    CHECK(local.cookie == "postern");
    CHECK(site("", "192.0.2.1:80").hosts == List{"192.0.2.1:80"});
    CHECK(site("http://[::1]:80", "192.0.2.1:1").hosts == List{"[::1]:80", "[::1]"});
}

TEST_CASE("Security fields stand on everything, errors too") {
    House house;
    Browser browser(house);
    for (const std::string target :
         {"/", "/api/v1/session", "/nothing/here", "/api/v1/openapi.json", "/a%2fb"}) {
        INFO(target);
        const auto answer = browser.request("GET", target);
        const std::string policy = answer.field("Content-Security-Policy");
        CHECK(policy.starts_with("default-src 'none'; script-src 'self';"));
        CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
        CHECK(policy.find("unsafe") == std::string::npos);
        CHECK(answer.field("X-Content-Type-Options") == "nosniff");
        CHECK(answer.field("Referrer-Policy") == "no-referrer");
        CHECK(answer.field("Cache-Control") == "no-store");
        CHECK(answer.field("Strict-Transport-Security") == "max-age=31536000");
    }
}

TEST_CASE("A reload changes who the portal answers to") {
    House house;
    Browser browser(house);
    CHECK(browser.request("GET", "/", "", {{"Host", "other.test"}}).status == 421);
    conf::Settings settings = house.settings;
    settings.portal.extra_hosts = {"Other.test"};
    must(house.portal->reload(std::make_shared<const conf::Settings>(settings)));
    CHECK(browser.request("GET", "/", "", {{"Host", "other.test"}}).status == 200);
    house.portal->stop();
    CHECK_FALSE(house.portal->reload(std::make_shared<const conf::Settings>(settings)));
}
