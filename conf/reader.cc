#include "conf/reader.h"

#include "conf/branding_reader.h"
#include "conf/condition_reader.h"
#include "conf/digest_reader.h"
#include "conf/document.h"
#include "conf/endpoint.h"
#include "conf/printer.h"
#include "conf/problems.h"
#include "conf/rule_reader.h"
#include "conf/table_reader.h"
#include "policy/built_in_rules.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <system_error>

namespace conf {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t file_bytes_max = 64U << 20;

class SettingsReader {
  public:
    SettingsReader(Problems& problems, const fs::path& file) : problems_(problems) {
        settings_.file = file;
        std::error_code error;
        fs::path absolute = fs::absolute(file, error);
        directory_ = (error ? file : absolute).parent_path();
    }

    Settings read(const Value& document) {
        TableReader top(problems_, "", &document);
        hostname(top);
        data_dir(top);
        list_top(top, settings_);
        tls(top.table("tls"));
        smtp(top.table("smtp"));
        domains(top);
        plain(top, "backend", settings_.backend);
        quarantine(top.table("quarantine"));
        plain(top, "tracking", settings_.tracking);
        courier(top.table("courier"));
        portal(top.table("portal"));
        report(top.table("report"));
        const Value* digests = top.table("digest");
        metrics(top.table("metrics"));
        plain(top, "log", settings_.log);
        policy(top.table("policy"));
        const std::vector<const Value*> rules = top.tables("rule");
        settings_.rules = read_rules(problems_, rules, listener_names_);
        for (const Value* rule : rules) settings_.rules_written.push_back(canonical(*rule));
        if (settings_.default_rules)
            for (policy::Rule& rule : policy::built_in_rules())
                settings_.rules.push_back(std::move(rule));
        read_digest(problems_, digests, settings_.rules, settings_.digest);
        top.finish();
        return std::move(settings_);
    }

  private:
    template <class Part>
    void plain(TableReader& top, const char* name, Part& part) {
        TableReader reader(problems_, name, top.table(name));
        list(reader, part);
        reader.finish();
    }

    fs::path resolved(const fs::path& path) const {
        return (path.is_absolute() ? path : directory_ / path).lexically_normal();
    }

    void hostname(TableReader& top) {
        const Value* found = top.required_text("hostname", "mx.example.net");
        if (found == nullptr) return;
        const auto domain = mail::Domain::parse(found->text);
        if (domain)
            settings_.hostname = domain->text();
        else
            top.problem(
                found->place,
                fmt::format(
                    "hostname: \"{}\" is not a host name: {}", found->text, domain.error().text
                )
            );
    }

    void data_dir(TableReader& top) {
        if (top.required_text("data_dir", "/var/lib/postern") == nullptr) return;
        fs::path path;
        top.path("data_dir", path);
        if (!path.empty()) settings_.data_dir = resolved(path);
    }

    void smtp(const Value* table) {
        TableReader reader(problems_, "smtp", table);
        list(reader, settings_.smtp);
        if (settings_.smtp.data_timeout > settings_.smtp.data_total_timeout)
            reader.problem(
                reader.place_of("data_total_timeout_seconds"),
                "data_total_timeout_seconds is shorter than data_timeout_seconds; write a longer "
                "one"
            );
        const std::vector<const Value*> tables = reader.tables("listener");
        for (const Value* listener : tables) this->listener(*listener);
        if (tables.empty())
            problems_.add(
                Place(),
                "no mail would come in: write an [[smtp.listener]] with address = \"0.0.0.0:25\""
            );
        reader.finish();
    }

    void listener(const Value& table) {
        TableReader reader(problems_, "smtp.listener", &table);
        SmtpListener listener;
        const Value* address = reader.required_text("address", "0.0.0.0:25");
        if (address != nullptr) {
            auto endpoint = parse_listening(address->text);
            if (endpoint)
                listener.address = std::move(*endpoint);
            else
                reader.problem(
                    address->place,
                    fmt::format("address \"{}\": {}", address->text, endpoint.error().text)
                );
            listener.name = address->text;
        }
        list(reader, listener);
        reader.finish();
        if (listener.tls != TlsMode::off && !settings_.tls.is_set())
            reader.problem(
                reader.place_of("tls"),
                "tls needs a certificate; write certificate and key in [tls], or tls = \"off\""
            );
        if (address == nullptr) return;
        if (listener.address.port != 0 && !addresses_.insert(listener.address.text()).second)
            reader.problem(
                address->place,
                fmt::format("{} is listened on twice; remove one of the two", address->text)
            );
        // A name may come from the address: two listeners on port 0 need names of their own.
        if (!listener_names_.insert(listener.name).second && listener.address.port != 0)
            reader.problem(
                reader.place_of("name"),
                fmt::format("two listeners are called \"{}\"; name them differently", listener.name)
            );
        settings_.smtp.listeners.push_back(std::move(listener));
    }

    void tls(const Value* table) {
        TableReader reader(problems_, "tls", table);
        list(reader, settings_.tls);
        check_file(reader, "certificate", settings_.tls.certificate);
        check_file(reader, "key", settings_.tls.key);
        const bool has_certificate = reader.find("certificate") != nullptr;
        if (has_certificate != (reader.find("key") != nullptr))
            reader.problem(
                reader.place_of(has_certificate ? "certificate" : "key"),
                fmt::format(
                    "certificate and key go together; add {} = \"…\"",
                    has_certificate ? "key" : "certificate"
                )
            );
        reader.finish();
    }

    // Looks without opening: what stands there may be a pipe that nobody writes to.
    void check_file(TableReader& reader, std::string_view key, fs::path& path) {
        if (path.empty()) return;
        path = resolved(path);
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        std::string wrong;
        if (!fs::exists(status))
            wrong = "does not exist";
        else if (!fs::is_regular_file(status))
            wrong = "is not a file";
        else if (::access(path.c_str(), R_OK) != 0)
            wrong = "cannot be read: " + std::error_code(errno, std::generic_category()).message();
        if (!wrong.empty())
            reader.problem(
                reader.place_of(key),
                fmt::format("{}: {} {}; write the path of a PEM file", key, path.string(), wrong)
            );
    }

    void domains(TableReader& top) {
        const std::vector<const Value*> tables = top.tables("domain");
        for (const Value* table : tables) domain(*table);
        if (tables.empty())
            problems_.add(
                Place(),
                "no domain is protected: write a [[domain]] with name = \"example.net\" and "
                "backend = \"192.0.2.1:25\""
            );
    }

    void domain(const Value& table) {
        TableReader reader(problems_, "domain", &table);
        const Value* name = reader.required_text("name", "example.net");
        const Value* backend = reader.required_text("backend", "192.0.2.1:25");
        TlsMode backend_tls = TlsMode::off;
        reader.tls_mode("backend_tls", backend_tls);
        reader.finish();
        base::Result<Endpoint> endpoint;
        if (backend != nullptr) {
            endpoint = parse_destination(backend->text);
            if (!endpoint)
                reader.problem(
                    backend->place,
                    fmt::format("backend \"{}\": {}", backend->text, endpoint.error().text)
                );
            else if (addresses_.contains(endpoint->text()))
                reader.problem(
                    backend->place,
                    fmt::format(
                        "{} is where this gateway itself listens, mail would go round in a "
                        "circle; write the address of the mail server behind it",
                        backend->text
                    )
                );
        }
        if (name == nullptr) return;
        auto parsed = mail::Domain::parse(name->text);
        if (!parsed) {
            reader.problem(
                name->place,
                fmt::format("name: \"{}\" is not a domain: {}", name->text, parsed.error().text)
            );
            return;
        }
        const auto [found, is_new] = line_of_domain_.emplace(parsed->text(), name->place.line);
        if (!is_new)
            reader.problem(
                name->place,
                fmt::format(
                    "{} stands in line {} already; remove one of the two",
                    parsed->text(),
                    found->second
                )
            );
        if (backend != nullptr && endpoint)
            settings_.domains.push_back({std::move(*parsed), std::move(*endpoint), backend_tls});
    }

    void quarantine(const Value* table) {
        TableReader reader(problems_, "quarantine", table);
        list(reader, settings_.quarantine);
        reader.finish();
    }

    void courier(const Value* table) {
        TableReader reader(problems_, "courier", table);
        list(reader, settings_.courier);
        if (settings_.courier.first_retry > settings_.courier.max_retry)
            reader.problem(
                reader.place_of("max_retry_seconds"),
                "max_retry_seconds is shorter than first_retry_seconds; the delay grows from the "
                "first to the longest"
            );
        reader.finish();
    }

    void check_hosts(TableReader& reader) {
        for (const Value* text : reader.text_values("extra_hosts"))
            if (const auto host = parse_host(text->text); !host)
                reader.problem(
                    text->place,
                    fmt::format("extra_hosts \"{}\": {}", text->text, host.error().text)
                );
    }

    void portal(const Value* table) {
        TableReader reader(problems_, "portal", table);
        Portal& portal = settings_.portal;
        list(reader, portal);
        if (const Value* address = reader.text_value("address")) {
            auto endpoint = parse_listening(address->text);
            if (!endpoint)
                reader.problem(
                    address->place,
                    fmt::format("address \"{}\": {}", address->text, endpoint.error().text)
                );
            else if (endpoint->port != 0 && addresses_.contains(endpoint->text()))
                reader.problem(
                    address->place,
                    fmt::format("{} is an SMTP listener already; write another", address->text)
                );
            else
                portal.address = std::move(*endpoint);
        }
        if (const Value* url = reader.text_value("public_url")) {
            auto parsed = parse_public_url(url->text);
            if (parsed)
                portal.public_url = std::move(*parsed);
            else
                reader.problem(
                    url->place, fmt::format("public_url \"{}\": {}", url->text, parsed.error().text)
                );
        } else if (reader.find("address") != nullptr && reader.find("public_url") == nullptr) {
            reader.problem(
                table->place,
                "public_url is missing in [portal]: links in mails start with it; write for "
                "example public_url = \"https://mail.example.net\""
            );
        }
        check_hosts(reader);
        read_branding(reader, directory_, portal);
        if (portal.session_idle > portal.session_absolute)
            reader.problem(
                reader.place_of("session_absolute_hours"),
                "session_absolute_hours is shorter than session_idle_hours; write a longer one"
            );
        reader.finish();
    }

    void metrics(const Value* table) {
        TableReader reader(problems_, "metrics", table);
        Metrics& metrics = settings_.metrics;
        list(reader, metrics);
        if (const Value* address = reader.text_value("address")) {
            auto endpoint = parse_listening(address->text);
            const bool is_portal =
                endpoint && endpoint->port != 0 && endpoint == settings_.portal.address;
            if (!endpoint)
                reader.problem(
                    address->place,
                    fmt::format("address \"{}\": {}", address->text, endpoint.error().text)
                );
            else if (is_portal || (endpoint->port != 0 && addresses_.contains(endpoint->text())))
                reader.problem(
                    address->place,
                    fmt::format("{} is listened on already; write another", address->text)
                );
            else
                metrics.address = std::move(*endpoint);
        }
        check_hosts(reader);
        reader.finish();
    }

    void report(const Value* table) {
        TableReader reader(problems_, "report", table);
        if (const Value* text = reader.text_value("security_team")) {
            auto address = mail::Address::parse(text->text);
            if (address)
                settings_.report.security_team = std::move(*address);
            else
                reader.problem(
                    text->place,
                    fmt::format(
                        "security_team: \"{}\" is not an address: {}",
                        text->text,
                        address.error().text
                    )
                );
        }
        reader.finish();
    }

    void policy(const Value* table) {
        TableReader reader(problems_, "policy", table);
        list_policy(reader, settings_);
        reader.finish();
    }

    Problems& problems_;
    Settings settings_;
    fs::path directory_;
    std::set<std::string> addresses_;       // listened on
    std::set<std::string> listener_names_;  // for conditions on the listener
    std::map<std::string, unsigned> line_of_domain_;
};

Settings read_into(Problems& problems, std::string_view text, const fs::path& file) {
    const auto document = parse_document(text);
    if (document) return SettingsReader(problems, file).read(*document);
    problems.add(
        document.error().place,
        fmt::format(
            "this is not TOML: {}; texts stand in quotes, lists in brackets, and a key only once "
            "in a table",
            document.error().text
        )
    );
    return {};
}

}  // namespace

Reading read_text(std::string_view text, const fs::path& file) {
    Problems problems(file);
    Reading reading;
    reading.settings = read_into(problems, text, file);
    reading.problems = problems.in_order();
    return reading;
}

Reading read_file(const fs::path& file) {
    const auto refused = [&](std::string text) {
        Reading reading;
        reading.problems.push_back({file, 0, 0, std::move(text)});
        return reading;
    };
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (!fs::exists(status)) return refused("the file does not exist; name it with --config FILE");
    if (fs::is_directory(status)) return refused("this is a directory; name a file");
    if (fs::is_regular_file(status) && fs::file_size(file, error) > file_bytes_max)
        return refused(fmt::format("the file is larger than {} bytes", file_bytes_max));
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    if (stream && stream.peek() != std::ifstream::traits_type::eof()) content << stream.rdbuf();
    if (!stream.is_open() || stream.bad() || content.fail())
        return refused(
            "the file cannot be read: " + std::error_code(errno, std::generic_category()).message()
        );
    return read_text(content.str(), file);
}

const std::vector<std::string>& known_keys() {
    // Reading a file in which every table stands asks for every key. Its problems do not matter.
    static const std::vector<std::string> keys = [] {
        Problems problems({});
        static_cast<void>(read_into(
            problems, "smtp.listener = [{}]\ndomain = [{}]\nrule = [{}]\n", "postern.toml"
        ));
        return std::vector<std::string>(problems.asked().begin(), problems.asked().end());
    }();
    return keys;
}

}  // namespace conf
