#include "conf/reader.h"

#include "conf/changes.h"
#include "conf/printer.h"
#include "policy/built_in_rules.h"
#include "tests/catch.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace {

namespace fs = std::filesystem;

// The example of the contract, word for word.
constexpr std::string_view contract_example =
    R"(hostname = "mx.example.test"        # banner, EHLO, Received
data_dir = "var"                    # postern.db lives here; relative paths are relative to this file

[smtp]
max_message_bytes = 52428800
max_recipients = 100

[[smtp.listener]]
address = "127.0.0.1:2525"          # [::1]:2525 for IPv6; port 0 picks a free port and logs it
# tls = "optional"                  # off | optional | required; needs [tls]
# proxy_protocol_from = ["10.0.0.0/8"]

[tls]
# certificate = "/etc/postern/tls/fullchain.pem"
# key = "/etc/postern/tls/key.pem"

[[domain]]
name = "example.test"
backend = "127.0.0.1:2600"          # the mail server behind the gateway
# backend_tls = "off"               # off | optional | required

[quarantine]
retention_days = 14

[portal]
address = "127.0.0.1:8080"
public_url = "http://127.0.0.1:8080"

[report]
security_team = "security@example.test"   # where reported spam and phishing goes

[[rule]]                            # administrator rules, first the order of the file; see the product page for their meaning
name = "no executables"
attachment_extension = ["exe", "js", "scr"]
action = "hold"                     # deliver | hold | reject | discard
hold_for = "administrator"          # user | moderator | administrator

[[rule]]
name = "newsletter host"
sender = ["example.org", "news@example.net"]
action = "hold"
)";

std::string all_problems(const conf::Reading& reading) {
    std::string text;
    for (const conf::Problem& problem : reading.problems) text += problem.to_text() + "\n";
    return text;
}

std::string content_of(const fs::path& file) {
    std::ifstream stream(file);
    REQUIRE(stream);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

fs::path shipped_file() {
    return fs::path(POSTERN_TESTS_DIR).parent_path() / "conf" / "postern.toml";
}

// Every line that `pattern` matches with its first group in place of the whole.
std::string uncommented(const std::string& text, const std::string& pattern) {
    const std::regex line_pattern(pattern);
    std::istringstream lines(text);
    std::string result;
    for (std::string line; std::getline(lines, line);)
        result += std::regex_replace(line, line_pattern, "$1") + "\n";
    return result;
}

class Directory {
  public:
    Directory() {
        std::string name = (fs::temp_directory_path() / "postern-conf-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Directory() { fs::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    fs::path write(const std::string& name, std::string_view text) const {
        std::ofstream(path_ / name) << text;
        return path_ / name;
    }
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

}  // namespace

TEST_CASE("The contract's example reads without problems") {
    const conf::Reading reading = conf::read_text(contract_example, "/etc/postern/postern.toml");
    INFO(all_problems(reading));
    REQUIRE(reading.ok());
    const conf::Settings& settings = reading.settings;
    CHECK(settings.hostname == "mx.example.test");
    CHECK(settings.data_dir == "/etc/postern/var");
    CHECK(settings.store_file() == "/etc/postern/var/postern.db");
    CHECK(settings.smtp.max_message_bytes == 52'428'800);
    REQUIRE(settings.smtp.listeners.size() == 1);
    CHECK(settings.smtp.listeners[0].address == conf::Endpoint{"127.0.0.1", 2525});
    CHECK(settings.smtp.listeners[0].name == "127.0.0.1:2525");
    REQUIRE(settings.domains.size() == 1);
    CHECK(settings.domains[0].backend.text() == "127.0.0.1:2600");
    CHECK(settings.domain_of(*mail::Domain::parse("EXAMPLE.test")) == &settings.domains[0]);
    CHECK(settings.domain_of(*mail::Domain::parse("sub.example.test")) == nullptr);
    CHECK(settings.portal.address == conf::Endpoint{"127.0.0.1", 8080});
    CHECK(settings.report.security_team->text() == "security@example.test");
    REQUIRE(settings.rules.size() == 4);
    CHECK(settings.rules[0].name == "no executables");
    CHECK(settings.rules[0].hold_for == mail::HoldKind::administrator);
    CHECK(settings.rules[1].name == "newsletter host");
    CHECK(settings.rules[2].name == policy::ambiguous_content_rule);
    CHECK(settings.rules[3].name == policy::not_one_from_rule);
}

TEST_CASE("The shipped file reads, and what it does not set has the default") {
    const conf::Reading reading = conf::read_text(content_of(shipped_file()), "/etc/p.toml");
    INFO(all_problems(reading));
    REQUIRE(reading.ok());
    conf::Settings defaults;
    defaults.hostname = "mx.example.net";
    defaults.data_dir = "/var/lib/postern";
    conf::SmtpListener listener;
    listener.address = {"0.0.0.0", 25};
    listener.name = "0.0.0.0:25";
    defaults.smtp.listeners.push_back(listener);
    defaults.domains.push_back({*mail::Domain::parse("example.net"), {"192.0.2.10", 25}});
    CHECK(conf::print(reading.settings) == conf::print(defaults));
    CHECK(reading.settings.rules.size() == policy::built_in_rules().size());
}

TEST_CASE("The defaults that the shipped file shows are the defaults") {
    const std::string text = content_of(shipped_file());
    const conf::Reading shipped = conf::read_text(text, "/etc/p.toml");
    const std::string shown = uncommented(text, "^#([a-z_]+ = .*)$");
    REQUIRE(shown != text);
    const conf::Reading reading = conf::read_text(shown, "/etc/p.toml");
    INFO(all_problems(reading));
    REQUIRE(reading.ok());
    CHECK(conf::print(reading.settings) == conf::print(shipped.settings));
}

TEST_CASE("The examples that the shipped file shows read as well") {
    const Directory directory;
    const fs::path pem = directory.write("some.pem", "a certificate or a key\n");
    std::string text =
        uncommented(content_of(shipped_file()), "^# ?(\\[\\[rule\\]\\]|[a-z_]+ = .*)$");
    text = std::regex_replace(text, std::regex("/etc/postern/tls/[a-z]+\\.pem"), pem.string());
    const fs::path logo = directory.write("logo.svg", "<svg></svg>\n");
    text = std::regex_replace(text, std::regex("/etc/postern/logo\\.svg"), logo.string());
    // These two belong to reject and the fields to what is passed on; one rule shows them all.
    text = std::regex_replace(text, std::regex("\nreply_[a-z]+ = [^\n]*"), "");
    const conf::Reading reading = conf::read_text(text, "/etc/p.toml");
    INFO(all_problems(reading));
    REQUIRE(reading.ok());
    CHECK(reading.settings.tls.certificate == pem);
    CHECK(reading.settings.smtp.normalise_line_ends_from.size() == 1);
    REQUIRE(reading.settings.rules.size() == 3);
    CHECK(reading.settings.rules[0].conditions.size() == 17);
    CHECK(reading.settings.rules[0].moderators.size() == 1);
    CHECK(reading.settings.rules[0].add_fields.size() == 1);
}

TEST_CASE("The shipped file names every key there is") {
    const std::string text = content_of(shipped_file());
    CHECK(conf::known_keys().size() > 80);
    for (const std::string& known : conf::known_keys()) {
        const std::string key = known.substr(known.rfind('.') + 1);
        INFO(known);
        const bool is_key = std::regex_search(text, std::regex("\n#? ?" + key + " = "));
        const bool is_table =
            std::regex_search(text, std::regex("\n\\[+([a-z]+\\.)?" + key + "\\]")) ||
            std::regex_search(text, std::regex("\n# \\[\\[" + key + "\\]\\]"));
        CHECK((is_key || is_table));
    }
}

TEST_CASE("A data directory is relative to the file, an absolute one is kept") {
    const Directory directory;
    const fs::path file = directory.write("postern.toml", contract_example);
    CHECK(conf::read_file(file).settings.data_dir == directory.path() / "var");
    const std::string absolute =
        std::regex_replace(std::string(contract_example), std::regex("\"var\""), "\"/srv/mail/\"");
    CHECK(conf::read_text(absolute, file).settings.data_dir == "/srv/mail/");
}

TEST_CASE("A file that cannot be read is one problem with a remedy") {
    const Directory directory;
    const fs::path missing = directory.path() / "nowhere.toml";
    const conf::Reading reading = conf::read_file(missing);
    REQUIRE(reading.problems.size() == 1);
    CHECK(
        reading.problems[0].to_text() ==
        missing.string() + ":1:1: the file does not exist; name it with --config FILE"
    );
    CHECK(conf::read_file(directory.path()).problems.size() == 1);
    const conf::Reading empty = conf::read_file(directory.write("empty.toml", ""));
    CHECK(all_problems(empty).find("hostname is missing") != std::string::npos);
}

TEST_CASE("Port 0 stands for any free port, also twice") {
    const std::string text = R"(
        hostname = "mx.example.test"
        data_dir = "var"
        [[smtp.listener]]
        address = "127.0.0.1:0"
        [[smtp.listener]]
        address = "127.0.0.1:0"
        [[domain]]
        name = "example.test"
        backend = "127.0.0.1:2600"
        [portal]
        address = "127.0.0.1:0"
        public_url = "http://127.0.0.1:8080"
    )";
    const conf::Reading reading = conf::read_text(text, "p.toml");
    INFO(all_problems(reading));
    REQUIRE(reading.ok());
    CHECK(reading.settings.smtp.listeners.size() == 2);
    CHECK(reading.settings.portal.address->port == 0);
}

TEST_CASE("What needs a restart is named, the rest does not") {
    const conf::Settings now = conf::read_text(contract_example, "/p.toml").settings;
    CHECK(conf::needs_restart(now, now).empty());
    conf::Settings next = now;
    next.smtp.max_recipients = 7;
    next.rules.clear();
    next.quarantine.retention_days = 3;
    CHECK(conf::needs_restart(now, next).empty());
    next.data_dir = "/elsewhere";
    next.threads = 3;
    next.smtp.listeners[0].tls = conf::TlsMode::optional;
    next.portal.address.reset();
    CHECK(
        conf::needs_restart(now, next) ==
        std::vector<std::string>{"data_dir", "threads", "smtp.listener", "portal.address"}
    );
}
