#include "conf/reader.h"
#include "tests/catch.h"

#include <filesystem>
#include <string>
#include <vector>

namespace {

// A good file in which tests put something wrong. Its lines are counted in the expectations.
constexpr std::string_view start = R"(hostname = "mx.example.test"
data_dir = "var"
[[smtp.listener]]
address = "127.0.0.1:2525"
name = "internet"
[[domain]]
name = "example.test"
backend = "127.0.0.1:2600"
)";

std::vector<std::string> problems_of(const std::string& text) {
    std::vector<std::string> texts;
    for (const conf::Problem& problem : conf::read_text(text, "p.toml").problems)
        texts.push_back(problem.to_text());
    return texts;
}

std::vector<std::string> problems_behind_start(const std::string& text) {
    return problems_of(std::string(start) + text);
}

struct Wrong {
    std::string text;     // behind `start`, from line 9
    std::string problem;  // with line and column
};

void check(const std::vector<Wrong>& table) {
    for (const Wrong& wrong : table) {
        INFO(wrong.text);
        CHECK(problems_behind_start(wrong.text) == std::vector<std::string>{wrong.problem});
    }
}

}  // namespace

TEST_CASE("The start of these tests has no problem") {
    CHECK(problems_behind_start("").empty());
}

TEST_CASE("Every problem of a file is told at once, in the order of the file") {
    const std::vector<std::string> problems = problems_of(R"(hostnam = "mx.example.test"
data_dir = 7
[smtp]
max_recipients = "many"
max_errors = 0
[[smtp.listener]]
address = "127.0.0.1"
tls = "optinal"
[[domain]]
name = "example.test"
[[rule]]
name = "a"
action = "hodl"
subject = "("
)");
    CHECK(
        problems ==
        std::vector<std::string>{
            "p.toml:1:1: hostname is missing at the top of the file; write for example hostname = "
            "\"mx.example.net\"",
            "p.toml:1:1: unknown key \"hostnam\" at the top of the file; did you mean "
            "\"hostname\"?",
            "p.toml:2:12: data_dir is a whole number; write a text in quotes",
            "p.toml:4:18: max_recipients is a text; write a whole number, for example "
            "max_recipients = 100",
            "p.toml:5:14: max_errors = 0 is out of range; write a number from 1 to 10000",
            "p.toml:7:11: address \"127.0.0.1\": the port is missing; write \"127.0.0.1:25\"",
            "p.toml:8:7: tls = \"optinal\" is not one of: off, optional, required; did you mean "
            "\"optional\"?",
            "p.toml:9:1: backend is missing in [[domain]]; write for example backend = "
            "\"192.0.2.1:25\"",
            "p.toml:13:10: action = \"hodl\" is not one of: deliver, hold, reject, discard; did "
            "you "
            "mean \"hold\"?",
            "p.toml:14:11: subject: the pattern \"(\" cannot be read: missing ): (; it is a "
            "regular "
            "expression in RE2 syntax, put a backslash before a character that is meant as it is"
        }
    );
}

TEST_CASE("What is no TOML is told with its place") {
    const std::vector<std::string> problems = problems_of("hostname = mx.example.test\n");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].starts_with("p.toml:1:"));
    CHECK(problems[0].find("this is not TOML") != std::string::npos);
    CHECK(problems[0].find("texts stand in quotes") != std::string::npos);
    const std::vector<std::string> twice = problems_of("threads = 1\nthreads = 2\n");
    REQUIRE(twice.size() == 1);
    INFO(twice[0]);
    CHECK(twice[0].starts_with("p.toml:2:"));
}

TEST_CASE("An empty file says what has to stand in it") {
    CHECK(problems_of("").size() == 4);  // host name, directory, listener, domain
}

TEST_CASE("An unknown key comes with the one that was meant, or with its table") {
    check({
        {"[smtp]\nmax_mesage_bytes = 1",
         "p.toml:10:1: unknown key \"max_mesage_bytes\" in [smtp]; did you mean "
         "\"max_message_bytes\"?"},
        {"[smtp]\nretention_days = 1",
         "p.toml:10:1: unknown key \"retention_days\" in [smtp]; it belongs in [quarantine]"},
        {"[log]\nwhat = 1", "p.toml:10:1: unknown key \"what\" in [log]; known here: format, level"
        },
        {"[quarantain]\n",
         "p.toml:9:2: unknown key \"quarantain\" at the top of the file; did you mean "
         "\"quarantine\"?"},
        {"[[rule]]\nname = \"r\"\naction = \"hold\"\nsenders = \"a.test\"",
         "p.toml:12:1: unknown key \"senders\" in [[rule]]; did you mean \"sender\"?"},
    });
}

TEST_CASE("A table that is written as something else is told") {
    check({
        {"[[tls]]", "p.toml:9:1: there is only one tls; write [tls] instead of [[tls]]"},
        {"[rule]\nname = \"r\"",
         "p.toml:9:1: there may be several of rule; write [[rule]] with two brackets"},
    });
}

TEST_CASE("Numbers outside their bounds are told with the bounds") {
    check({
        {"[smtp]\nmax_recipients = 0",
         "p.toml:10:18: max_recipients = 0 is out of range; write a number from 1 to 100000"},
        {"[smtp]\nmax_recipients = -5",
         "p.toml:10:18: max_recipients = -5 is out of range; write a number from 1 to 100000"},
        {"[courier]\nparallel = 1.5",
         "p.toml:10:12: parallel is a number with a fraction; write a whole number, for example "
         "parallel = 8"},
        {"[quarantine]\nusers_may_download_attachments = \"yes\"",
         "p.toml:10:34: users_may_download_attachments is a text; write "
         "users_may_download_attachments = true or users_may_download_attachments = false, without "
         "quotes"},
        {"[courier]\nfirst_retry_seconds = 600\nmax_retry_seconds = 60",
         "p.toml:11:21: max_retry_seconds is shorter than first_retry_seconds; the delay grows "
         "from "
         "the first to the longest"},
    });
}

TEST_CASE("What stands twice is told with the line of the first") {
    check({
        {"[[domain]]\nname = \"Example.Test\"\nbackend = \"127.0.0.1:26\"",
         "p.toml:10:8: example.test stands in line 7 already; remove one of the two"},
        {"[[rule]]\nname = \"r\"\naction = \"hold\"\n[[rule]]\nname = \"r\"\naction = \"hold\"",
         "p.toml:12:1: a rule called \"r\" stands in line 9 already; give each rule its own name"},
        {"[[smtp.listener]]\naddress = \"127.0.0.1:2525\"",
         "p.toml:10:11: 127.0.0.1:2525 is listened on twice; remove one of the two"},
        {"[[smtp.listener]]\naddress = \"127.0.0.1:26\"\nname = \"internet\"",
         "p.toml:11:8: two listeners are called \"internet\"; name them differently"},
    });
}

TEST_CASE("Addresses to listen on and to connect to are told when they are none") {
    check({
        {"[[smtp.listener]]\naddress = \"localhost:25\"",
         "p.toml:10:11: address \"localhost:25\": \"localhost\" is not an IP address; write "
         "\"0.0.0.0:25\" for every IPv4 address of this machine, or one of its addresses"},
        {"[[smtp.listener]]\naddress = \"::1:25\"",
         "p.toml:10:11: address \"::1:25\": an IPv6 address stands in brackets; write for example "
         "\"[::1]:25\""},
        {"[[smtp.listener]]\naddress = \"127.0.0.1:65536\"",
         "p.toml:10:11: address \"127.0.0.1:65536\": \"65536\" is no port; write a number from 1 "
         "to "
         "65535"},
        {"[[domain]]\nname = \"b.test\"\nbackend = \"10.0.0.1:0\"",
         "p.toml:11:11: backend \"10.0.0.1:0\": nothing can be reached at port 0; write a number "
         "from 1 to 65535"},
        {"[[domain]]\nname = \"b.test\"\nbackend = \"10.0.0.256:25\"",
         "p.toml:11:11: backend \"10.0.0.256:25\": \"10.0.0.256\" is neither an IP address nor a "
         "name"},
        {"[[domain]]\nname = \"b.test\"\nbackend = \"127.0.0.1:2525\"",
         "p.toml:11:11: 127.0.0.1:2525 is where this gateway itself listens, mail would go round "
         "in "
         "a circle; write the address of the mail server behind it"},
        {"[portal]\naddress = \"127.0.0.1:8080\"",
         "p.toml:9:1: public_url is missing in [portal]: links in mails start with it; write for "
         "example public_url = \"https://mail.example.net\""},
        {"[portal]\npublic_url = \"https://a.test/portal\"",
         "p.toml:10:14: public_url \"https://a.test/portal\": the URL ends behind host and port; "
         "write \"https://a.test\""},
        {"[portal]\npublic_url = \"a.test\"",
         "p.toml:10:14: public_url \"a.test\": the scheme is missing; write for example "
         "\"https://mail.example.net\""},
        {"[portal]\naddress = \"127.0.0.1:2525\"\npublic_url = \"https://a.test\"",
         "p.toml:10:11: 127.0.0.1:2525 is an SMTP listener already; write another"},
    });
}

TEST_CASE("TLS needs a certificate and its key, and both have to be readable files") {
    check({
        {"[[smtp.listener]]\naddress = \"127.0.0.1:26\"\ntls = \"required\"",
         "p.toml:11:7: tls needs a certificate; write certificate and key in [tls], or tls = "
         "\"off\""},
    });
    const std::vector<std::string> problems =
        problems_behind_start("[tls]\ncertificate = \"/nowhere/at/all.pem\"\nkey = \"/\"\n");
    CHECK(
        problems ==
        std::vector<std::string>{
            "p.toml:10:15: certificate: /nowhere/at/all.pem does not exist; write the "
            "path of a PEM file",
            "p.toml:11:7: key: / is not a file; write the path of a PEM file"
        }
    );
    const std::vector<std::string> half = problems_behind_start("[tls]\nkey = \"/\"\n");
    REQUIRE(half.size() == 2);
    CHECK(half[0] == "p.toml:10:7: certificate and key go together; add certificate = \"…\"");
}

TEST_CASE("A rule says what is wrong with it") {
    const auto rule = [](const std::string& text) {
        return problems_behind_start("[[rule]]\nname = \"r\"\n" + text);
    };
    const auto is = [&](const std::string& text, const std::string& problem) {
        INFO(text);
        CHECK(rule(text) == std::vector<std::string>{problem});
    };
    is("action = \"hold\"\nhold_for = \"moderator\"",
       "p.toml:12:12: nobody could act on these holds; name them: moderators = "
       "[\"someone@example.net\"]");
    is("action = \"hold\"\nmoderators = \"a@b.test\"",
       "p.toml:12:14: moderators has no meaning here; it goes with action = \"hold\" and hold_for "
       "= "
       "\"moderator\"");
    is("action = \"reject\"\nreply_code = 451",
       "p.toml:12:14: reply_code = 451 is out of range; write a number from 500 to 599");
    is("action = \"hold\"\nreply_code = 550",
       "p.toml:12:14: reply_code has no meaning here; it goes with action = \"reject\"");
    is("action = \"hold\"\nadd_header = { \"From\" = \"a@b.test\" }",
       "p.toml:12:16: add_header cannot add \"From\"; choose a name of your own such as "
       "\"X-Checked\"");
    is("action = \"hold\"\nadd_header = { \"X-A\" = \"one\\r\\nX-B: two\" }",
       "p.toml:12:24: the value of X-A is not one line of at most 900 bytes");
    is("action = \"hold\"\nsender = []",
       "p.toml:12:10: sender is an empty list; name at least one value, or remove the line");
    is("action = \"hold\"\nambiguous = \"raw_null\"",
       "p.toml:12:13: ambiguous: \"raw_null\" is not known; did you mean \"raw_nul\"?");
    is("action = \"hold\"\nambiguous = false",
       "p.toml:12:13: ambiguous = false says nothing; write not = { ambiguous = true }");
    is("action = \"hold\"\nlistener = \"internett\"",
       "p.toml:12:12: no listener is called \"internett\"; did you mean \"internet\"?");
    is("action = \"hold\"\nattachment_extension = \"tar.gz\"",
       "p.toml:12:24: attachment_extension: \"tar.gz\" is not what stands behind the last dot of a "
       "name; write for example \"exe\", and use attachment_name for anything else");
    is("action = \"hold\"\nattachment_type = \"pdf\"",
       "p.toml:12:19: attachment_type: \"pdf\" is no content type; write for example "
       "\"application/pdf\", or \"image/*\" for every image");
    is("action = \"hold\"\nsubject = \"\"",
       "p.toml:12:11: subject is empty and would be found in every text");
    is("action = \"hold\"\nnot = { sender = \"a.test\", sendr = 1 }",
       "p.toml:12:28: unknown key \"sendr\" in [rule.not]; did you mean \"sender\"?");
    is("subject = \"x\"",
       "p.toml:9:1: action is missing in [[rule]]; write for example action = \"hold\"");
    const std::vector<std::string> network = rule("action = \"hold\"\nclient = \"192.0.2.300\"");
    REQUIRE(network.size() == 1);
    CHECK(network[0].starts_with("p.toml:12:10: client: \"192.0.2.300\" is not a network: "));
    const std::vector<std::string> many =
        rule("action = \"hold\"\nsender = [\"a b\", 3, \"c.test\"]");
    REQUIRE(many.size() == 2);
    CHECK(many[0].starts_with("p.toml:12:11: sender: \"a b\" is neither an address nor a domain: ")
    );
    CHECK(
        many[1] == "p.toml:12:18: this element of sender is a whole number; write a text in quotes"
    );
}

TEST_CASE("The names of built-in rules are taken") {
    const std::vector<std::string> problems =
        problems_behind_start("[[rule]]\nname = \"not exactly one From\"\naction = \"hold\"\n");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("is the name of a built-in rule") != std::string::npos);
}

TEST_CASE("A problem is one line, whatever the value is") {
    const std::vector<std::string> problems =
        problems_behind_start("[log]\nlevel = \"a\\nb\\u0007" + std::string(5000, 'x') + "\"\n");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find('\n') == std::string::npos);
    CHECK(problems[0].find('\a') == std::string::npos);
    CHECK(problems[0].size() < 1100);
}

TEST_CASE("A host name and a domain have to be such") {
    const std::vector<std::string> problems = problems_of(R"(hostname = "two words"
data_dir = "var"
[[smtp.listener]]
address = "127.0.0.1:2525"
[[domain]]
name = "a..b"
backend = "127.0.0.1:2600"
)");
    REQUIRE(problems.size() == 2);
    CHECK(problems[0].starts_with("p.toml:1:12: hostname: \"two words\" is not a host name: "));
    CHECK(problems[1].starts_with("p.toml:6:8: name: \"a..b\" is not a domain: "));
}
