#include "conf/changes.h"
#include "conf/reader.h"
#include "tests/catch.h"

namespace {

constexpr std::string_view start = R"(
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
)";

conf::Reading with(const std::string& more) {
    return conf::read_text(std::string(start) + more, "/p.toml");
}

conf::Settings read(const std::string& more) {
    conf::Reading reading = with(more);
    for (const auto& problem : reading.problems) UNSCOPED_INFO(problem.to_text());
    REQUIRE(reading.ok());
    return reading.settings;
}

constexpr std::string_view portal =
    "[portal]\naddress = \"127.0.0.1:8080\"\npublic_url = \"https://mail.example.test\"\n";

}  // namespace

TEST_CASE("Digests are on where there is a portal to link to") {
    CHECK_FALSE(read("").sends_digests());
    CHECK(read(std::string(portal)).sends_digests());
    CHECK_FALSE(read(std::string(portal) + "[digest]\nenabled = false\n").sends_digests());
}

TEST_CASE("What the file says of digests is read") {
    const auto digest =
        read(
            "[digest]\nmode = \"notice\"\ntimes = [\"16:30\", \"08:00\", \"16:30\"]\n"
            "days = [\"mon\", \"sun\"]\ntime_zone = \"Europe/Berlin\"\nlanguage = \"de\"\n"
            "from = \"held@example.test\"\nmax_listed = 5\nno_notice_for_rules = [\"news\"]\n"
        )
            .digest;
    CHECK(digest.mode == conf::DigestMode::notice);
    CHECK(digest.times == std::vector<std::string>{"08:00", "16:30"});
    CHECK(digest.days == 0b100'0001U);
    CHECK(digest.time_zone == "Europe/Berlin");
    CHECK(digest.language == "de");
    CHECK(digest.from->text() == "held@example.test");
    CHECK(digest.max_listed == 5);
    CHECK(digest.no_notice_for_rules == std::vector<std::string>{"news"});
}

TEST_CASE("What is wrong with the settings of digests is told with its place") {
    const std::pair<std::string, std::string> wrong[] = {
        {"mode = \"weekly\"", "mode"},
        {"times = [\"8:00\"]", "\"8:00\" is not a time of day"},
        {"times = [\"24:00\"]", "\"24:00\" is not a time of day"},
        {"days = [\"monday\"]", "\"monday\" is not a day"},
        {"time_zone = \"Mars/Olympus\"", "no zone \"Mars/Olympus\""},
        {"time_zone = \"../etc/passwd\"", "no zone"},
        {"language = \"xx\"", "language"},
        {"from = \"nobody\"", "is not an address"},
        {"max_listed = 0", "max_listed"},
        {"no_notice_for_rules = [\"renamed\"]", "no rule is called \"renamed\""},
    };
    for (const auto& [line, problem] : wrong) {
        INFO(line);
        const auto reading = with("[digest]\n" + line + "\n");
        REQUIRE(reading.problems.size() == 1);
        CHECK(reading.problems[0].to_text().find(problem) != std::string::npos);
        CHECK(reading.problems[0].line == 14);
    }
}

TEST_CASE("A reload changes digests, and says what") {
    const auto changes = conf::changes(read(""), read("[digest]\ndays = [\"fri\"]\n"));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].setting == "digest.days");
    CHECK(changes[0].after == "[\"fri\"]");
    CHECK_FALSE(changes[0].needs_restart);
}
