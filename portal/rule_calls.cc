#include "accounts/audit.h"
#include "accounts/sender_lists.h"
#include "mail/line_ends.h"
#include "policy/question.h"
#include "portal/administration.h"
#include "portal/handlers.h"
#include "portal/json_body.h"
#include "portal/json_text.h"
#include "portal/problem.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

namespace portal {

namespace json = boost::json;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t address_text_max = 320;
constexpr std::size_t pasted_message_max = 1024 * 1024;

json::value hold_for_json(policy::Action action, mail::HoldKind kind) {
    if (action != policy::Action::hold) return nullptr;
    return text(mail::name_of(kind));
}

json::array moderators_json(const std::vector<mail::Address>& moderators) {
    json::array list;
    for (const mail::Address& moderator : moderators) list.push_back(text(moderator.display()));
    return list;
}

json::object rule_json(const policy::Rule& rule, bool is_of_file) {
    json::array conditions;
    for (const policy::Condition& condition : rule.conditions)
        conditions.push_back(text(condition.text()));
    json::object object;
    object["name"] = text(rule.name);
    object["source"] = is_of_file ? "file" : "built in";
    object["stage"] = policy::is_judged_at_recipient(rule) ? "rcpt" : "message";
    object["action"] = text(policy::name_of(rule.action));
    object["hold_for"] = hold_for_json(rule.action, rule.hold_for);
    object["moderators"] = moderators_json(rule.moderators);
    object["reason"] = text(rule.reason);
    object["spam_check"] = rule.is_spam_check;
    object["trusted_senders_may"] = rule.trusted_senders_may;
    object["conditions"] = std::move(conditions);
    return object;
}

json::array precedence_json() {
    json::array order;
    for (const policy::PrecedenceStep& step : policy::precedence()) {
        json::object one;
        one["step"] = order.size() + 1;
        one["title"] = text(step.title);
        one["text"] = text(step.text);
        order.push_back(std::move(one));
    }
    return order;
}

struct Asked {
    policy::EnvelopeFacts envelope;
    std::string message;  // as received: CRLF
};

// The fault in one field of the question.
tl::unexpected<Response> fault(std::string_view field, std::string_view why) {
    return refuse(400, fmt::format("\"{}\": {}", field, why));
}

Answer<Asked> asked_in(const Call& call) {
    auto body = json_body(call.request);
    if (!body) return tl::unexpected(body.error());
    std::array<std::string, 4> given;
    constexpr std::array<std::string_view, 4> names = {"from", "to", "header_from", "ip"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto member = string_in(*body, names[i], address_text_max);
        if (!member) return tl::unexpected(member.error());
        given[i] = std::move(*member);
    }
    auto& [from, to, header_from, ip] = given;
    auto message = string_in(*body, "message", pasted_message_max);
    if (!message) return tl::unexpected(message.error());

    auto sender = policy::sender_of(from);
    if (!sender) return fault("from", sender.error().text);
    auto recipient = mail::Address::parse(to);
    if (!recipient) return fault("to", recipient.error().text);
    mail::IpAddress client;
    if (!ip.empty()) {
        auto parsed = mail::IpAddress::parse(ip);
        if (!parsed) return fault("ip", parsed.error().text);
        client = *parsed;
    }
    std::string author;
    if (!header_from.empty()) {
        auto parsed = mail::Address::parse(header_from);
        if (!parsed) return fault("header_from", parsed.error().text);
        author = parsed->text();
    }
    const auto& listeners = call.settings->smtp.listeners;
    Asked asked{
        {std::move(*sender),
         std::move(*recipient),
         client,
         listeners.empty() ? std::string() : listeners.front().name,
         1},
        {}
    };
    asked.message = message->empty()
                        ? policy::stand_in_message(asked.envelope, author, call.settings->hostname)
                        : mail::LineEnds().convert(*message);
    return asked;
}

// "temporary" besides the verdicts' own names: a check that could not be made.
std::string_view word_of(const policy::Verdict& verdict) {
    return verdict.is_temporary ? "temporary" : policy::name_of(verdict.action);
}

json::object verdict_json(const policy::Verdict& verdict) {
    json::array trace;
    for (const policy::TraceStep& step : verdict.trace) {
        json::object one;
        one["stage"] = text(step.stage);
        one["rule"] = text(step.rule);
        one["outcome"] = text(policy::name_of(step.outcome));
        one["detail"] = text(step.detail);
        trace.push_back(std::move(one));
    }
    const bool is_refused = verdict.is_temporary || verdict.action == policy::Action::reject;
    json::object object;
    object["verdict"] = text(word_of(verdict));
    object["rule"] = text(verdict.rule);
    object["reason"] = text(verdict.reason);
    object["hold_for"] = verdict.is_temporary ? json::value(nullptr)
                                              : hold_for_json(verdict.action, verdict.hold_for);
    object["moderators"] = moderators_json(verdict.moderators);
    object["reply"] = text(is_refused ? verdict.reply.one_line() : std::string());
    object["trace"] = std::move(trace);
    return object;
}

policy::Verdict of_foreign_domain(const mail::Domain& domain) {
    policy::Verdict verdict;
    verdict.action = policy::Action::reject;
    verdict.rule = "not our domain";
    verdict.reason =
        fmt::format("{} is not one of the domains in the configuration.", domain.unicode());
    verdict.reply = mail::Reply(550, mail::EnhancedCode{5, 7, 1}, "Relaying denied");
    return verdict;
}

// The question is on record before it is answered: it tells what somebody's lists hold.
Task<Result<void>> note_question(const Call& call, const policy::EnvelopeFacts& envelope) {
    accounts::AuditEntry entry;
    entry.at = call.services.clock.now();
    entry.who = call.person.address;
    entry.act = "explain.asked";
    entry.object = envelope.recipient.key();
    entry.detail =
        "from " + (envelope.sender.is_null() ? std::string("<>") : envelope.sender.text());
    entry.source = call.client;
    auto note = [entry = std::move(entry)](database::Transaction& transaction) {
        return accounts::add_audit(transaction, entry);
    };
    return call.services.store.write(std::move(note));
}

}  // namespace

Task<Response> list_rules(Call& call) {
    if (auto refusal = unless_administrator(call)) co_return std::move(*refusal);
    const conf::Settings& settings = *call.settings;
    json::array in_force;
    // The built-in ones stand behind the file's.
    for (const policy::Rule& rule : settings.rules)
        in_force.push_back(rule_json(rule, in_force.size() < settings.rules_written.size()));
    json::object answer;
    answer["rules"] = std::move(in_force);
    answer["order"] = precedence_json();
    co_return json_response(200, answer);
}

Task<Response> explain_verdict(Call& call) {
    if (auto refusal = unless_administrator(call)) co_return std::move(*refusal);
    Services& services = call.services;
    auto asked = asked_in(call);
    if (!asked) co_return std::move(asked.error());
    const auto noted = co_await note_question(call, asked->envelope);
    if (!noted) co_return problem(noted.error(), services.log, "noting a question");
    const mail::Domain& domain = asked->envelope.recipient.domain();
    if (call.settings->domain_of(domain) == nullptr)
        co_return json_response(200, verdict_json(of_foreign_domain(domain)));

    auto judge =
        [&services, settings = call.settings, asked = *asked]() -> Result<policy::Verdict> {
        const auto bytes = mail::MessageBytes::of(asked.message);
        auto message = policy::message_facts_of(bytes);
        if (!message) return base::failure(std::move(message.error()));
        auto find = [&](database::Snapshot& snapshot) {
            return accounts::entries_for(
                snapshot,
                asked.envelope.recipient.key(),
                policy::identities_of(asked.envelope, *message)
            );
        };
        auto entries = services.store.read_and_wait(std::move(find));
        if (!entries) return base::failure(std::move(entries.error()));
        return policy::answer_to(
            settings->rules, asked.envelope, *message, policy::PersonalLists{std::move(*entries)}
        );
    };
    auto verdict = co_await services.reading.run(std::move(judge));
    if (!verdict) co_return problem(verdict.error(), services.log, "explaining a verdict");
    co_return json_response(200, verdict_json(*verdict));
}

}  // namespace portal
