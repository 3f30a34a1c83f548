#include "policy/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace policy {

namespace {

// Columns on a terminal, near enough: characters, not bytes.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

void append_padded(std::string& line, std::string_view text, std::size_t width) {
    line += text;
    line.append(width - std::min(width, width_of(text)) + 2, ' ');
}

std::string addresses(const std::vector<mail::Address>& list) {
    std::string result;
    for (const mail::Address& address : list) {
        if (!result.empty()) result += ", ";
        result += address.display();
    }
    return result;
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
    append_padded(text, name, 10);
    text += value;
    text += '\n';
}

void append_trace(std::string& text, const std::vector<TraceStep>& trace) {
    std::size_t stage_width = 0;
    std::size_t outcome_width = 0;
    std::size_t rule_width = 0;
    for (const TraceStep& step : trace) {
        stage_width = std::max(stage_width, width_of(step.stage));
        outcome_width = std::max(outcome_width, width_of(name_of(step.outcome)));
        rule_width = std::max(rule_width, width_of(step.rule));
    }
    const std::size_t number_width = fmt::format("{}", trace.size()).size();
    std::size_t number = 0;
    for (const TraceStep& step : trace) {
        std::string line = fmt::format("{:>{}}  ", ++number, number_width + 2);
        append_padded(line, step.stage, stage_width);
        append_padded(line, name_of(step.outcome), outcome_width);
        append_padded(line, step.rule.empty() ? "-" : step.rule, rule_width);
        line += step.detail;
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
}

}  // namespace

std::string summary(const Verdict& verdict) {
    if (verdict.is_temporary) return "try again later";
    switch (verdict.action) {
        case Action::hold:
            return fmt::format("hold for {}", mail::name_of(verdict.hold_for));
        case Action::reject:
            return verdict.is_personal_block ? "reject (personal block)" : "reject";
        case Action::deliver:
        case Action::discard:
            break;
    }
    return std::string(name_of(verdict.action));
}

std::string explain(const Verdict& verdict) {
    std::string text;
    append_field(text, "verdict", summary(verdict));
    append_field(text, "rule", verdict.rule);
    append_field(text, "reason", verdict.reason);
    if (verdict.is_temporary || verdict.action == Action::reject)
        append_field(text, "reply", verdict.reply.one_line());
    if (!verdict.moderators.empty())
        append_field(text, "moderators", addresses(verdict.moderators));
    for (const AddedField& field : verdict.add_fields)
        append_field(text, "adds", field.name + ": " + field.value);
    text += "\nconsidered, in this order:\n";
    append_trace(text, verdict.trace);
    return text;
}

}  // namespace policy
