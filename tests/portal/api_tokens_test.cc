#include "portal/openapi.h"
#include "portal/routes.h"
#include "tests/catch.h"
#include "tests/portal/house.h"

using house::Browser;
using house::House;
namespace json = boost::json;

namespace {

// A program with a token: no cookie, no Origin.
struct Client {
    House& house;
    std::string token;

    house::Answer request(
        std::string_view method,
        std::string_view path,
        std::string_view body = "",
        std::map<std::string, std::string> more = {}
    ) const {
        std::map<std::string, std::string> fields = {
            {"Authorization", "Bearer " + token}, {"Origin", ""}
        };
        for (auto& [name, value] : more) fields[name] = value;
        Browser wire(house);
        return wire.request(method, "/api/v1" + std::string(path), body, fields);
    }
    house::Answer get(std::string_view path) const { return request("GET", path); }
    house::Answer act(std::string_view action, const std::string& id) const {
        return request(
            "POST", "/holds/act", fmt::format(R"({{"action":"{}","ids":["{}"]}})", action, id)
        );
    }
};

struct Fixture {
    House house;
    Browser ada{house};

    Fixture() {
        house.add_person("ada@example.test");
        house.add_person("ben@example.test");
        ada.sign_in("ada@example.test");
    }
    Client token(std::initializer_list<json::value_ref> scopes, int days = 30) {
        const auto made = ada.post(
            "/account/tokens", {{"name", "nightly"}, {"scopes", scopes}, {"expires_in_days", days}}
        );
        INFO(made.whole);
        REQUIRE(made.status == 200);
        return Client{house, made.text("token")};
    }
};

}  // namespace

TEST_CASE("A token reads and acts as its person, without cookie and Origin") {
    Fixture f;
    const auto own = f.house.hold();
    house::Mail mail;
    mail.owner = "ben@example.test";
    const auto foreign = f.house.hold(mail);
    const auto client = f.token({"holds:read", "holds:act"});
    const auto holds = client.get("/holds");
    REQUIRE(holds.status == 200);
    REQUIRE(holds.body.at("holds").as_array().size() == 1);
    CHECK(holds.body.at("holds").at(0).at("id").as_string() == own);
    CHECK(client.get("/holds/" + foreign).status == 404);
    CHECK(client.act("release", foreign).body.at("done").as_array().empty());
    REQUIRE(client.act("release", own).status == 200);
    CHECK(f.house.state_of(own) == quarantine::HoldState::released);
    CHECK(f.house.state_of(foreign) == quarantine::HoldState::held);
    const auto audit = f.house.audit();
    const auto released = std::find_if(audit.begin(), audit.end(), [](const auto& entry) {
        return entry.act == "hold.released";
    });
    REQUIRE(released != audit.end());
    CHECK(released->who == "ada@example.test");
    const auto listed = f.ada.get("/account/tokens").body.at("tokens").at(0);
    CHECK(released->source == "127.0.0.1 token " + std::string(listed.at("id").as_string()));
    CHECK_FALSE(listed.at("used_at").is_null());
    CHECK(json::serialize(listed).find(client.token.substr(4)) == std::string::npos);
}

TEST_CASE("A token does what its scopes name and nothing else") {
    Fixture f;
    const auto id = f.house.hold();
    const auto reader = f.token({"holds:read"});
    CHECK(reader.get("/holds/" + id).status == 200);
    const auto refused = reader.act("release", id);
    CHECK(refused.status == 403);
    CHECK(
        refused.field("WWW-Authenticate") ==
        "Bearer realm=\"Postern\", error=\"insufficient_scope\", scope=\"holds:act\""
    );
    CHECK(f.house.state_of(id) == quarantine::HoldState::held);
    CHECK(reader.get("/senders").status == 403);
    CHECK(reader.get("/session").status == 403);
    CHECK(f.token({"account:read"}).get("/session").text("address") == "ada@example.test");

    // All scopes there are do not reach what belongs to the person alone.
    const auto all = f.token(
        {"holds:read", "holds:act", "senders:read", "senders:write", "reports:read", "account:read"}
    );
    CHECK(all.get("/account/tokens").status == 403);
    CHECK(all.get("/account/sessions").status == 403);
    CHECK(all.request("POST", "/account/password", "{}").status == 403);
    CHECK(all.request("PUT", "/account/preferences", "{}").status == 403);
    CHECK(all.request("DELETE", "/session").status == 403);
    CHECK(all.request("POST", "/account/tokens", "{}").status == 403);
    // Nor what its person may not see.
    CHECK(all.get("/holds?scope=all").status == 403);
}

TEST_CASE("Where a token is given the cookie does not count") {
    Fixture f;
    const auto id = f.house.hold();
    const Client wrong{f.house, "pst_aaaaaaaaaaaaaaaaaaaaaaaaaa"};
    const auto answer = wrong.request("GET", "/holds", "", {{"Cookie", f.ada.cookie}});
    CHECK(answer.status == 401);
    CHECK(answer.field("WWW-Authenticate") == "Bearer realm=\"Postern\", error=\"invalid_token\"");
    // Without a token the pages' rule stands: other schemes are not ours and open nothing.
    for (const char* scheme : {"Basic YTpi", "Digest x", "pst_x", "Bearer"}) {
        const auto body = fmt::format(R"({{"action":"release","ids":["{}"]}})", id);
        const auto foreign = wrong.request(
            "POST", "/holds/act", body, {{"Cookie", f.ada.cookie}, {"Authorization", scheme}}
        );
        CHECK(foreign.status == 403);
    }
    CHECK(f.house.state_of(id) == quarantine::HoldState::held);
    const auto by_proxy = wrong.request(
        "GET", "/holds", "", {{"Cookie", f.ada.cookie}, {"Authorization", "Basic YTpi"}}
    );
    CHECK(by_proxy.status == 200);
    // A sign-in by token would need no password.
    const auto good = f.token({"account:read"});
    CHECK(good.request("POST", "/session", "{}").status == 403);
}

TEST_CASE("A token ends: by its time, by its person, by a new password") {
    Fixture f;
    const auto short_lived = f.token({"account:read"}, 1);
    CHECK(short_lived.get("/session").status == 200);
    f.house.clock.advance(std::chrono::hours(24));
    CHECK(short_lived.get("/session").status == 401);

    f.ada.sign_in("ada@example.test");
    const auto removed = f.token({"account:read"});
    CHECK(removed.get("/session").status == 200);
    json::array ids;
    const auto listed = f.ada.get("/account/tokens");
    for (const auto& token : listed.body.at("tokens").as_array()) ids.push_back(token.at("id"));
    REQUIRE(ids.size() == 2);
    Browser ben(f.house);
    ben.sign_in("ben@example.test");
    CHECK(ben.post("/account/tokens/remove", {{"ids", ids}}).body.at("removed") == 0);
    CHECK(removed.get("/session").status == 200);
    CHECK(f.ada.post("/account/tokens/remove", {{"ids", ids}}).body.at("removed") == 2);
    CHECK(removed.get("/session").status == 401);

    const auto last = f.token({"account:read"});
    CHECK(last.get("/session").status == 200);
    const auto changed = f.ada.post(
        "/account/password", {{"current", house::password}, {"new", "seven grey umbrellas"}}
    );
    REQUIRE(changed.status == 204);
    CHECK(last.get("/session").status == 401);
    CHECK(f.house.audited("token.added", std::string(ids[0].as_string())) == 1);
    CHECK(f.house.audited("token.removed", std::string(ids[0].as_string())) == 1);
}

TEST_CASE("Guessing tokens is slowed down, and keeps out neither people nor good tokens") {
    Fixture f;
    const auto known = f.token({"account:read"});
    const auto unused = f.token({"account:read"});
    CHECK(known.get("/session").status == 200);
    int guesses = 0;
    const auto guess = [&] {
        return Client{f.house, fmt::format("pst_{:a>26}", ++guesses)}.get("/session");
    };
    int status = 401;
    while (guesses < 50 && status == 401) status = guess().status;
    REQUIRE(status == 429);
    CHECK(guesses == 12);
    CHECK(std::stoi(guess().field("Retry-After")) >= 1);
    // A good one is let in from there, used before or not.
    CHECK(unused.get("/session").status == 200);
    CHECK(known.get("/session").status == 200);
    CHECK(Browser(f.house).sign_in("ben@example.test").status == 200);
    CHECK(guess().status == 429);
    f.house.clock.advance(std::chrono::minutes(15));
    CHECK(guess().status == 401);
}

TEST_CASE("A token needs a name, scopes there are, and an end") {
    Fixture f;
    const json::value scopes = {"holds:read"};
    for (const auto& [field, body] : std::initializer_list<std::pair<const char*, json::value>>{
             {"name", {{"name", " "}, {"scopes", scopes}, {"expires_in_days", 1}}},
             {"name", {{"name", "a\nb"}, {"scopes", scopes}, {"expires_in_days", 1}}},
             {"scopes", {{"name", "a"}, {"scopes", json::array()}, {"expires_in_days", 1}}},
             {"scopes", {{"name", "a"}, {"scopes", {"everything"}}, {"expires_in_days", 1}}},
             {"scopes", {{"name", "a"}, {"expires_in_days", 1}}},
             {"expires_in_days", {{"name", "a"}, {"scopes", scopes}}},
             {"expires_in_days", {{"name", "a"}, {"scopes", scopes}, {"expires_in_days", 0}}},
             {"expires_in_days", {{"name", "a"}, {"scopes", scopes}, {"expires_in_days", 366}}},
             {"expires_in_days", {{"name", "a"}, {"scopes", scopes}, {"expires_in_days", "1"}}},
         }) {
        const auto refused = f.ada.post("/account/tokens", body);
        INFO(refused.whole);
        CHECK(refused.status == 422);
        CHECK(refused.text("field") == field);
    }
    CHECK(f.ada.get("/account/tokens").body.at("tokens").as_array().empty());
}

TEST_CASE("The API's description names the scope that each route asks for") {
    const json::value document = json::parse(portal::openapi_document());
    int scoped = 0;
    for (const portal::Route& route : portal::routes()) {
        if (!route.pattern.starts_with("/api/v1/")) continue;
        std::string method(name_of(route.method));
        for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
        INFO(method << " " << route.pattern);
        const auto& operation = document.at("paths")
                                    .at(route.pattern.substr(std::string_view("/api/v1").size()))
                                    .at(method)
                                    .as_object();
        const json::value* security = operation.if_contains("security");
        if (!route.scope) {
            CHECK((!security || security->as_array().empty()));
            continue;
        }
        ++scoped;
        REQUIRE(security);
        const json::value wanted = {
            {{"session", json::array()}},
            {{"token", json::array{json::string(accounts::name_of(*route.scope))}}}
        };
        CHECK(json::serialize(*security) == json::serialize(wanted));
    }
    CHECK(scoped > 15);
}
