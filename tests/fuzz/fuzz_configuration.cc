// Room: conf
// Covers: conf/document.cc conf/endpoint.cc conf/reader.cc conf/rule_reader.cc
// Covers: conf/condition_reader.cc conf/table_reader.cc conf/printer.cc policy/evaluate.cc
// Covers: policy/message_conditions.cc
#include "base/ascii.h"
#include "base/ensure.h"
#include "base/utf8.h"
#include "conf/changes.h"
#include "conf/printer.h"
#include "conf/reader.h"
#include "policy/evaluate.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

mail::Address address(std::string_view text) {
    return *mail::Address::parse(text);
}

// Rules that were read can be applied, whatever they are.
void apply(const conf::Settings& settings) {
    const policy::EnvelopeFacts envelope{
        mail::Sender(address("someone@elsewhere.test")),
        address("me@example.test"),
        *mail::IpAddress::parse("192.0.2.1"),
        settings.smtp.listeners.front().name,
        1
    };
    mail::Header header = mail::Header::parse("From: <a@b.test>\r\nSubject: one\r\n\r\n");
    auto from = header.from();
    mail::MimeFacts mime;
    mime.attachments.push_back({0, "a.exe", "exe", "application/x-msdownload", "", 10, false});
    const policy::MessageFacts message{1000, std::move(header), std::move(from), std::move(mime)};
    const policy::Verdict verdict = policy::evaluate(settings.rules, envelope, message, {});
    base::ensure(!verdict.rule.empty() && !verdict.reason.empty(), "every verdict names its rule");
}

}  // namespace

// A file is either read, and then means something, or has problems that are one line each and stand
// in it; reading it twice says the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const conf::Reading reading = conf::read_text(input, "postern.toml");
    const conf::Reading again = conf::read_text(input, "postern.toml");
    base::ensure(reading.problems.size() == again.problems.size(), "the same problems again");
    const auto lines = static_cast<std::size_t>(std::count(input.begin(), input.end(), '\n')) + 1;
    for (std::size_t i = 0; i < reading.problems.size(); ++i) {
        const conf::Problem& problem = reading.problems[i];
        base::ensure(problem.to_text() == again.problems[i].to_text(), "in the same words");
        base::ensure(!problem.text.empty() && problem.text.size() < 1100, "a problem is a line");
        base::ensure(base::is_utf8(problem.text), "UTF-8");
        base::ensure(
            std::none_of(problem.text.begin(), problem.text.end(), base::is_control), "one line"
        );
        // The library counts other line ends too, but never more than there are bytes.
        base::ensure(problem.line <= std::max(lines, size + 1), "it stands in the file");
    }
    if (!reading.ok()) return 0;
    const conf::Settings& settings = reading.settings;
    base::ensure(!settings.hostname.empty() && settings.data_dir.is_absolute(), "required keys");
    base::ensure(!settings.smtp.listeners.empty() && !settings.domains.empty(), "required tables");
    base::ensure(conf::print(settings) == conf::print(again.settings), "the same settings");
    base::ensure(conf::needs_restart(settings, again.settings).empty(), "nothing differs");
    apply(settings);
    return 0;
}
