#include "command/hold_text.h"

#include "base/utf8.h"
#include "command/options.h"

#include <boost/json.hpp>

namespace command {

namespace json = boost::json;

namespace {

json::string text(std::string_view value) {
    return json::string(base::to_valid_utf8(value));
}

std::string from_of(const quarantine::Hold& hold) {
    if (hold.header_from_name.empty()) return hold.header_from_address;
    return fmt::format("{} <{}>", hold.header_from_name, hold.header_from_address);
}

// "2026-11-21 20:03"
std::string minute(base::Time time) {
    auto written = base::to_rfc3339(time).substr(0, 16);
    written[10] = ' ';
    return written;
}

std::string cut(std::string_view value, std::size_t bytes_max) {
    return shown(value, bytes_max);
}

// The steps as quarantine keeps them: a JSON array of {stage, rule, outcome, detail}.
std::string trace_text(std::string_view trace) {
    boost::system::error_code error;
    const auto parsed = json::parse(json::string_view(trace.data(), trace.size()), error);
    if (error || !parsed.is_array()) return fmt::format("  {}\n", shown(trace));
    std::string lines;
    for (const auto& step : parsed.as_array()) {
        const auto field = [&](json::string_view name) {
            const auto* object = step.if_object();
            const auto* value = object != nullptr ? object->if_contains(name) : nullptr;
            const auto* found = value != nullptr ? value->if_string() : nullptr;
            return found != nullptr ? shown(std::string_view(found->data(), found->size()))
                                    : std::string();
        };
        lines += fmt::format("  {:<22} {:<11} {}", field("stage"), field("outcome"), field("rule"));
        if (const auto detail = field("detail"); !detail.empty()) lines += ": " + detail;
        lines += '\n';
    }
    return lines;
}

}  // namespace

std::string hold_json(const quarantine::Hold& hold) {
    json::object object;
    object["id"] = text(hold.id);
    object["owner"] = text(hold.owner);
    object["sender"] = text(hold.sender);
    object["header_from"] = text(hold.header_from_address);
    object["header_from_name"] = text(hold.header_from_name);
    object["to"] = text(hold.to);
    object["subject"] = text(hold.subject);
    object["reason"] = text(hold.reason);
    object["rule"] = text(hold.rule);
    object["kind"] = text(mail::name_of(hold.kind));
    object["state"] = text(quarantine::name_of(hold.state));
    object["received_at"] = text(base::to_rfc3339(hold.received_at));
    object["expires_at"] = text(base::to_rfc3339(hold.expires_at));
    object["size"] = hold.size;
    object["sha256"] = text(hold.sha256);
    object["attachments"] = hold.attachments;
    object["mail_id"] = text(hold.mail_id);
    object["decided_by"] = text(hold.decided_by);
    if (hold.decided_at)
        object["decided_at"] = text(base::to_rfc3339(*hold.decided_at));
    else
        object["decided_at"] = nullptr;
    return json::serialize(object);
}

std::string hold_table_head() {
    return fmt::format(
        "{:<26}  {:<9}  {:<16}  {:<28}  {:<28}  {:<20}  {}\n",
        "ID",
        "STATE",
        "RECEIVED (UTC)",
        "OWNER",
        "SENDER",
        "RULE",
        "SUBJECT"
    );
}

std::string hold_line(const quarantine::Hold& hold) {
    return fmt::format(
        "{:<26}  {:<9}  {:<16}  {:<28}  {:<28}  {:<20}  {}\n",
        hold.id,
        quarantine::name_of(hold.state),
        minute(hold.received_at),
        cut(hold.owner, 60),
        hold.sender.empty() ? "<>" : cut(hold.sender, 60),
        cut(hold.rule, 40),
        cut(hold.subject, 100)
    );
}

std::string hold_facts(
    const quarantine::Hold& hold, const std::vector<quarantine::HoldEvent>& history
) {
    std::string lines;
    const auto fact = [&](std::string_view name, std::string_view value) {
        lines += fmt::format("{:<16} {}\n", name, shown(value));
    };
    fact("id", hold.id);
    fact("state", quarantine::name_of(hold.state));
    fact("owner", hold.owner);
    fact("sender", hold.sender.empty() ? "<>" : hold.sender);
    fact("header From", from_of(hold));
    fact("to", hold.to);
    fact("subject", hold.subject);
    fact("message-id", hold.message_id);
    fact("received", base::to_rfc3339(hold.received_at));
    fact("expires", base::to_rfc3339(hold.expires_at));
    fact("client", fmt::format("{} ({})", hold.client, hold.helo));
    fact("mail id", hold.mail_id);
    fact("size", fmt::format("{} bytes, {} attachments", hold.size, hold.attachments));
    fact("sha256", hold.sha256);
    fact("held for", mail::name_of(hold.kind));
    fact("rule", hold.rule);
    fact("reason", hold.reason);
    if (!hold.trace.empty()) lines += "\nwhy\n" + trace_text(hold.trace);
    lines += "\nhistory\n";
    for (const auto& event : history)
        lines += fmt::format(
            "  {}  {:<10} {:<28} {}\n",
            base::to_rfc3339(event.at),
            shown(event.act),
            shown(event.who),
            shown(event.detail)
        );
    return lines;
}

}  // namespace command
