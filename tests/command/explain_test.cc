#include "tests/catch.h"
#include "tests/command/program.h"

namespace {

const std::string ada = "ada@example.test";

constexpr std::string_view rules = R"(
[[rule]]
name = "no thanks"
sender = ["no.example"]
action = "reject"
[[rule]]
name = "newsletter host"
sender = ["example.org"]
action = "hold"
[[rule]]
name = "programs"
attachment_extension = ["exe"]
action = "hold"
hold_for = "administrator"
[[rule]]
name = "from the lab"
client = ["192.0.2.0/24"]
action = "hold"
)";

struct Fixture : TestProgram {
    Fixture() { write_config(rules); }

    std::string explain(std::vector<std::string> words) {
        words.insert(words.begin(), "explain");
        const auto outcome = run(words);
        CHECK(outcome.err.empty());
        CHECK(outcome.code == 0);
        return outcome.out;
    }
    std::string file(std::string_view text) const {
        const auto path = directory / "mail.eml";
        std::ofstream(path, std::ios::binary) << text;
        return path.string();
    }
};

std::string with_crlf(std::string_view text) {
    std::string converted;
    for (const char c : text) {
        if (c == '\n') converted += '\r';
        converted += c;
    }
    return converted;
}

constexpr std::string_view program_inside = R"(From: <x@sender.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

hello
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="a.exe"

MZ
--b--
)";

}  // namespace

TEST_CASE("explain names verdict, rule, and what was considered before it") {
    Fixture f;
    const auto rejected = f.explain({"--from", "x@no.example", "--to", ada});
    CHECK(has(rejected, "reject"));
    CHECK(has(rejected, "no thanks"));
    CHECK(has(rejected, "127.0.0.1:2600"));
    const auto held = f.explain({"--from", "x@news.example.org", "--to", ada});
    CHECK(has(held, "hold"));
    CHECK(has(held, "newsletter host"));
    CHECK(has(held, "no thanks"));
    CHECK(has(f.explain({"--from", "x@sender.example", "--to", ada}), "deliver"));
    CHECK(has(
        f.explain({"--from", "x@sender.example", "--to", ada, "--ip", "192.0.2.9"}), "from the lab"
    ));
    // Nothing of it made a store.
    CHECK_FALSE(std::filesystem::exists(f.directory / "store"));
}

TEST_CASE("explain reads a message with either line end as the gateway would") {
    Fixture f;
    const std::vector<std::string> words = {
        "--from", "x@sender.example", "--to", ada, f.file(program_inside)
    };
    const auto with_lf = f.explain(words);
    CHECK(has(with_lf, "hold"));
    CHECK(has(with_lf, "programs"));
    f.file(with_crlf(program_inside));
    CHECK(f.explain(words) == with_lf);

    const auto missing =
        f.run({"explain", "--from", "", "--to", ada, (f.directory / "missing.eml").string()});
    CHECK(missing.code == 1);
    CHECK(has(missing.err, "missing.eml"));
}

TEST_CASE("explain takes the null sender in both writings") {
    Fixture f;
    for (const auto* null : {"", "<>"}) {
        const auto said = f.explain({"--from", null, "--to", ada});
        CHECK(has(said, "<>"));
        CHECK(has(said, "deliver"));
    }
}

TEST_CASE("explain says that a domain is not ours, and refuses what is no address") {
    Fixture f;
    const auto foreign = f.explain({"--from", "x@sender.example", "--to", "y@elsewhere.test"});
    CHECK(has(foreign, "550 5.7.1"));
    CHECK(has(foreign, "elsewhere.test is not one of the domains"));
    CHECK(f.run({"explain", "--from", "x", "--to", ada}).code == 1);
    CHECK(f.run({"explain", "--from", "x@y.test", "--to", "z"}).code == 1);
    CHECK(f.run({"explain", "--from", "x@y.test", "--to", ada, "--ip", "1.2.3"}).code == 1);
}

TEST_CASE("explain knows the recipient's managed senders") {
    Fixture f;
    REQUIRE(f.run({"sender", "block", ada, "pushy.example"}).code == 0);
    REQUIRE(f.run({"sender", "permit", ada, "good@pushy.example"}).code == 0);
    const auto blocked = f.explain({"--from", "bad@pushy.example", "--to", ada});
    CHECK(has(blocked, "reject"));
    CHECK(has(blocked, "pushy.example"));
    CHECK_FALSE(has(blocked, "deliver"));
    CHECK(has(f.explain({"--from", "good@pushy.example", "--to", ada}), "deliver"));
    CHECK(has(f.explain({"--from", "bad@pushy.example", "--to", "ben@example.test"}), "deliver"));
    // The header From is looked up as well.
    const auto by_header = f.explain(
        {"--from", "x@sender.example", "--to", ada, f.file("From: <bad@pushy.example>\n\nhi\n")}
    );
    CHECK(has(by_header, "pushy.example"));
    CHECK_FALSE(has(by_header, "deliver"));
}
