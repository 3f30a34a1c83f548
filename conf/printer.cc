#include "conf/printer.h"

#include "conf/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace conf {

namespace {

class Printer final : public Fields {
  public:
    explicit Printer(std::string table) : table_(std::move(table)) {}

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

    void line(std::string_view key, std::string_view value) {
        output_ += fmt::format("{}{}{} = {}\n", table_, table_.empty() ? "" : ".", key, value);
    }
    const std::string& output() const { return output_; }

  private:
    std::string table_;
    std::string output_;
};

std::string in_quotes(const std::string& text) {
    return fmt::format("\"{}\"", text);
}

}  // namespace

std::string print(const SmtpListener& given) {
    SmtpListener listener = given;
    Printer printer("smtp.listener");
    printer.line("address", in_quotes(listener.address.text()));
    list(printer, listener);
    return printer.output();
}

std::string print(const Settings& given) {
    // Fields fills or writes through references; a copy lets it write what is const.
    Settings settings = given;
    std::string text;
    const auto table = [&](const char* name, auto& part) {
        Printer printer(name);
        list(printer, part);
        text += printer.output();
    };
    Printer top("");
    top.line("hostname", in_quotes(settings.hostname));
    top.line("data_dir", in_quotes(settings.data_dir.string()));
    list_top(top, settings);
    text += top.output();
    table("smtp", settings.smtp);
    for (const SmtpListener& listener : settings.smtp.listeners) text += print(listener);
    table("tls", settings.tls);
    for (ProtectedDomain& domain : settings.domains) {
        Printer printer("domain");
        printer.line("name", in_quotes(domain.name.text()));
        printer.line("backend", in_quotes(domain.backend.text()));
        list(printer, domain);
        text += printer.output();
    }
    table("backend", settings.backend);
    table("quarantine", settings.quarantine);
    table("courier", settings.courier);
    Printer portal("portal");
    portal.line(
        "address", settings.portal.address ? in_quotes(settings.portal.address->text()) : "none"
    );
    portal.line("public_url", in_quotes(settings.portal.public_url));
    list(portal, settings.portal);
    text += portal.output();
    Printer report("report");
    report.line(
        "security_team",
        settings.report.security_team ? in_quotes(settings.report.security_team->text()) : "none"
    );
    text += report.output();
    table("log", settings.log);
    Printer policy("policy");
    list_policy(policy, settings);
    return text + policy.output();
}

}  // namespace conf
