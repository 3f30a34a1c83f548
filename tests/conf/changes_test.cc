#include "conf/changes.h"

#include "conf/reader.h"
#include "tests/catch.h"

namespace {

constexpr std::string_view first = R"(
hostname = "mx.example.test"
data_dir = "/var/lib/postern"
[[smtp.listener]]
address = "127.0.0.1:2525"
[[domain]]
name = "example.test"
backend = "127.0.0.1:2600"
[[rule]]
name = "news"
sender = ["example.org"]
action = "hold"
[[rule]]
name = "big"
larger_than = 1000
action = "reject"
)";

conf::Settings settings_of(const std::string& text) {
    const conf::Reading reading = conf::read_text(text, "/p.toml");
    REQUIRE(reading.ok());
    return reading.settings;
}

// The first file with each `from` put in place of its `to`.
conf::Settings changed(std::initializer_list<std::pair<std::string, std::string>> replacements) {
    std::string text(first);
    for (const auto& [from, to] : replacements) {
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
    }
    return settings_of(text);
}

using Changes = std::vector<conf::Change>;

Changes changes_after(std::initializer_list<std::pair<std::string, std::string>> replacements) {
    return conf::changes(settings_of(std::string(first)), changed(replacements));
}

}  // namespace

TEST_CASE("The same file in other words is no change") {
    CHECK(changes_after({}).empty());
    CHECK(changes_after({{"sender = [\"example.org\"]\naction = \"hold\"",
                          "action = 'hold' # held\nsender = [ 'example.org' ]"}})
              .empty());
    CHECK(changes_after({{"[[smtp.listener]]", "[smtp]\nmax_recipients = 100\n[[smtp.listener]]"}})
              .empty());
}

TEST_CASE("A changed setting is named with both values") {
    CHECK(
        changes_after({{"[[smtp.listener]]", "[smtp]\nmax_recipients = 7\n[[smtp.listener]]"}}) ==
        Changes{{"smtp.max_recipients", "100", "7", false}}
    );
    CHECK(
        changes_after({{"127.0.0.1:2600", "127.0.0.1:2601"}}) ==
        Changes{
            {"domain \"example.test\" backend", "\"127.0.0.1:2600\"", "\"127.0.0.1:2601\"", false}
        }
    );
}

TEST_CASE("What needs a restart says so, and stays as it is") {
    const auto now = settings_of(std::string(first));
    auto next = changed({{"/var/lib/postern", "/srv/postern"}, {"127.0.0.1:2525", "127.0.0.1:25"}});
    const auto found = conf::changes(now, next);
    REQUIRE(found.size() == 3);
    for (const auto& change : found) CHECK(change.needs_restart);
    CHECK(conf::needs_restart(now, next) == std::vector<std::string>{"smtp.listener", "data_dir"});
    conf::keep_until_restart(now, next);
    CHECK(conf::changes(now, next).empty());
}

TEST_CASE("Everything that needs a restart can be kept") {
    const auto now = settings_of(std::string(first));
    auto next = changed({
        {"hostname", "threads = 3\nhostname"},
        {"[[smtp.listener]]",
         "[backend]\nrecipient_cache_entries = 1\nrecipient_cache_ttl_seconds = 9\n"
         "[quarantine]\ndisk_reserve_bytes = 5\n"
         "[portal]\naddress = \"127.0.0.1:1\"\npublic_url = \"http://a\"\n"
         "[metrics]\naddress = \"127.0.0.1:2\"\n[[smtp.listener]]"},
    });
    CHECK(conf::needs_restart(now, next).size() == 5);
    conf::keep_until_restart(now, next);
    CHECK(conf::needs_restart(now, next).empty());
    CHECK(
        conf::changes(now, next) == Changes{{"portal.public_url", "\"\"", "\"http://a\"", false}}
    );
}

TEST_CASE("Rules are added, removed, changed and moved") {
    CHECK(
        changes_after({{"example.org", "example.net"}}) ==
        Changes{{"rule \"news\"", "present", "changed", false}}
    );
    CHECK(
        changes_after({{"\"news\"", "\"letters\""}}) ==
        Changes{{"rule \"news\"", "present", "", false}, {"rule \"letters\"", "", "present", false}}
    );
    const std::string news =
        "[[rule]]\nname = \"news\"\nsender = [\"example.org\"]\naction = \"hold\"\n";
    CHECK(
        changes_after({{news, ""}, {"action = \"reject\"\n", "action = \"reject\"\n" + news}}) ==
        Changes{{"order of the rules", "present", "changed", false}}
    );
}

TEST_CASE("A domain that is added or removed is one change") {
    const std::string other = "[[domain]]\nname = \"b.test\"\nbackend = \"127.0.0.1:9\"\n";
    const auto now = settings_of(std::string(first));
    const auto next = changed({{"[[rule]]", other + "[[rule]]"}});
    CHECK(conf::changes(now, next) == Changes{{"domain \"b.test\"", "", "present", false}});
    CHECK(conf::changes(next, now) == Changes{{"domain \"b.test\"", "present", "", false}});
}
