#include "conf/printer.h"

#include "conf/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace conf {

namespace {

class Printer final : public Fields {
  public:
    Printer(std::vector<Setting>& settings, std::string table, std::string name = "")
        : settings_(settings), table_(std::move(table)), name_(std::move(name)) {}

    void count(std::string_view key, std::uint64_t& value, Range) override {
        line(key, fmt::format("{}", value));
    }
    void flag(std::string_view key, bool& value) override { line(key, value ? "true" : "false"); }
    void text(std::string_view key, std::string& value) override {
        line(key, fmt::format("\"{}\"", value));
    }
    void path(std::string_view key, std::filesystem::path& value) override {
        line(key, fmt::format("\"{}\"", value.string()));
    }
    void networks(std::string_view key, std::vector<mail::IpNetwork>& value) override {
        std::vector<std::string> texts;
        texts.reserve(value.size());
        for (const mail::IpNetwork& network : value) texts.push_back(network.text());
        this->texts(key, texts);
    }
    void texts(std::string_view key, std::vector<std::string>& value) override {
        line(key, fmt::format("{}", value));
    }
    void tls_mode(std::string_view key, TlsMode& value) override {
        switch (value) {
            case TlsMode::off:
                return line(key, "\"off\"");
            case TlsMode::optional:
                return line(key, "\"optional\"");
            case TlsMode::required:
                return line(key, "\"required\"");
        }
    }
    void log_level(std::string_view key, base::LogLevel& value) override {
        switch (value) {
            case base::LogLevel::debug:
                return line(key, "\"debug\"");
            case base::LogLevel::info:
                return line(key, "\"info\"");
            case base::LogLevel::warning:
                return line(key, "\"warning\"");
            case base::LogLevel::error:
                return line(key, "\"error\"");
        }
    }

    void log_format(std::string_view key, base::LogFormat& value) override {
        switch (value) {
            case base::LogFormat::text:
                return line(key, "\"text\"");
            case base::LogFormat::json:
                return line(key, "\"json\"");
        }
    }

    void digest_mode(std::string_view key, DigestMode& value) override {
        line(key, fmt::format("\"{}\"", name_of(value)));
    }

    void line(std::string_view key, std::string value) {
        const char* dot = table_.empty() ? "" : ".";
        settings_.push_back({table_ + dot + std::string(key), name_, std::move(value)});
    }

  private:
    std::vector<Setting>& settings_;
    std::string table_;
    std::string name_;
};

std::string in_quotes(const std::string& text) {
    return fmt::format("\"{}\"", text);
}

}  // namespace

std::vector<Setting> listed(const Settings& given) {
    // Fields fills or writes through references; a copy lets it write what is const.
    Settings settings = given;
    std::vector<Setting> all;
    const auto table = [&](const char* name, auto& part) {
        Printer printer(all, name);
        list(printer, part);
    };
    const auto address = [](const std::optional<Endpoint>& endpoint) {
        return endpoint ? in_quotes(endpoint->text()) : "none";
    };
    Printer top(all, "");
    top.line("hostname", in_quotes(settings.hostname));
    top.line("data_dir", in_quotes(settings.data_dir.string()));
    list_top(top, settings);
    table("smtp", settings.smtp);
    for (SmtpListener& listener : settings.smtp.listeners) {
        Printer printer(all, "smtp.listener", listener.name);
        printer.line("address", in_quotes(listener.address.text()));
        list(printer, listener);
    }
    table("tls", settings.tls);
    for (ProtectedDomain& domain : settings.domains) {
        Printer printer(all, "domain", domain.name.text());
        printer.line("name", in_quotes(domain.name.text()));
        printer.line("backend", in_quotes(domain.backend.text()));
        list(printer, domain);
    }
    table("backend", settings.backend);
    table("quarantine", settings.quarantine);
    table("tracking", settings.tracking);
    table("courier", settings.courier);
    Printer courier(all, "courier");
    courier.line("relay", address(settings.courier.relay));
    Printer portal(all, "portal");
    portal.line("address", address(settings.portal.address));
    portal.line("public_url", in_quotes(settings.portal.public_url));
    list(portal, settings.portal);
    Printer report(all, "report");
    report.line(
        "security_team",
        settings.report.security_team ? in_quotes(settings.report.security_team->text()) : "none"
    );
    Printer digest(all, "digest");
    list(digest, settings.digest);
    digest.texts("times", settings.digest.times);
    std::vector<std::string> days = names_of_days(settings.digest.days);
    digest.texts("days", days);
    digest.text("time_zone", settings.digest.time_zone);
    digest.text("language", settings.digest.language);
    digest.line("from", settings.digest.from ? in_quotes(settings.digest.from->text()) : "none");
    Printer metrics(all, "metrics");
    metrics.line("address", address(settings.metrics.address));
    list(metrics, settings.metrics);
    table("log", settings.log);
    Printer policy(all, "policy");
    list_policy(policy, settings);
    return all;
}

std::string print(const Settings& settings) {
    std::string text;
    for (const Setting& setting : listed(settings))
        text += fmt::format("{} = {}\n", setting.key, setting.value);
    return text;
}

}  // namespace conf
