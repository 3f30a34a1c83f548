#include "base/sha256.h"
#include "portal/act_record.h"
#include "portal/act_runner.h"
#include "portal/handlers.h"
#include "portal/hold_json.h"
#include "portal/jobs.h"
#include "portal/json_body.h"
#include "portal/json_text.h"
#include "portal/problem.h"
#include "portal/reach.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace portal {

namespace json = boost::json;
using base::Task;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t ids_max = 1000;     // named in one call
constexpr std::size_t reports_max = 50;   // each becomes a mail with the original in it
constexpr std::size_t listed_max = 1000;  // ids and problems named in the answer

struct Order {
    Act act;
    std::optional<std::vector<std::string>> ids;
    std::optional<quarantine::HoldFilter> match;
};

Answer<Act> act_in(const json::object& body) {
    auto action = string_in(body, "action", 20);
    if (!action) return tl::unexpected(action.error());
    auto sender = string_in(body, "sender", 20);
    if (!sender) return tl::unexpected(sender.error());
    auto as = string_in(body, "as", 20);
    if (!as) return tl::unexpected(as.error());

    Act act;
    const auto named = action_named(*action);
    if (!named) {
        return tl::unexpected(problem(400, "\"action\" is release, reject, report or block."));
    }
    act.action = *named;
    if (!sender->empty()) {
        const auto change = sender_change_named(*sender);
        if (!change) return tl::unexpected(problem(400, "\"sender\" is not a known change."));
        act.sender = *change;
    }
    if (!as->empty()) {
        const auto what = report_as_named(*as);
        if (!what) return tl::unexpected(problem(400, "\"as\" is spam or phishing."));
        act.as = *what;
    }
    const bool permits =
        act.sender == SenderChange::permit_sender || act.sender == SenderChange::permit_domain;
    const bool fits =
        act.sender == SenderChange::none || (act.action == Action::release ? permits : !permits);
    if (!fits) {
        return tl::unexpected(
            problem(400, "A release can permit the sender, the other acts can block it.")
        );
    }
    return act;
}

// What a filter of a job may reach: what can still be decided.
Answer<quarantine::HoldFilter> match_in(const Call& call, const json::value& value) {
    if (!value.is_object()) return tl::unexpected(problem(400, "\"match\" must be an object."));
    FilterText given;
    const std::pair<std::string_view, std::string*> members[] = {
        {"scope", &given.scope},
        {"state", &given.state},
        {"q", &given.q},
        {"subject", &given.subject},
        {"from", &given.from},
        {"to", &given.to},
        {"reason", &given.reason},
        {"owner", &given.owner},
    };
    for (const auto& [name, into] : members) {
        auto member = string_in(value.get_object(), name, 1000);
        if (!member) return tl::unexpected(member.error());
        *into = std::move(*member);
    }
    auto filter = filter_of(call, given);
    if (!filter) return filter;
    std::vector<quarantine::HoldState> states;
    for (const auto state : {quarantine::HoldState::held, quarantine::HoldState::failed}) {
        const bool is_wanted =
            filter->states.empty() ||
            std::find(filter->states.begin(), filter->states.end(), state) != filter->states.end();
        if (is_wanted) states.push_back(state);
    }
    filter->states = std::move(states);
    return filter;
}

Answer<Order> order_in(const Call& call) {
    auto body = json_body(call.request);
    if (!body) return tl::unexpected(body.error());
    auto act = act_in(*body);
    if (!act) return tl::unexpected(act.error());
    auto ids = strings_in(*body, "ids", ids_max);
    if (!ids) return tl::unexpected(ids.error());
    Order order;
    order.act = *act;
    order.ids = std::move(*ids);
    if (const json::value* match = body->if_contains("match"); match && !match->is_null()) {
        auto filter = match_in(call, *match);
        if (!filter) return tl::unexpected(filter.error());
        // Who acts on the mail of others has no say over their lists of senders.
        const bool changes_senders =
            act->sender != SenderChange::none || act->action == Action::block;
        if (changes_senders && filter->scope != quarantine::Scope::mine) {
            return tl::unexpected(problem(403, "The lists of other people are not yours to change.")
            );
        }
        order.match = std::move(*filter);
    }
    if (order.ids.has_value() == order.match.has_value()) {
        return tl::unexpected(problem(400, "Either \"ids\" or \"match\" is needed."));
    }
    return order;
}

// Composed on a worker, one after the other: originals may be large.
Task<base::Result<std::vector<ReportMail>>> compose_reports(
    Call& call, const Act& act, const ActRules& rules, const std::vector<std::string>& ids
) {
    std::vector<ReportMail> reports;
    if (act.action != Action::report || !rules.security_team) co_return reports;
    Services& services = call.services;
    const Actor actor = actor_of(call.person, call.client);
    const base::Time now = services.clock.now();
    mail::SpoolSettings spool;
    spool.directory = call.settings->data_dir;
    for (const std::string& id : ids) {
        auto compose = [&services, actor, rules, as = act.as, id, spool, now]() {
            const std::string mail_id = base::random_id(services.random);
            auto job = [&](database::Snapshot& snapshot) {
                return compose_report(snapshot, actor, rules, as, id, spool, mail_id, now);
            };
            return services.store.read_and_wait(std::move(job));
        };
        auto composed = co_await services.reading.run(std::move(compose));
        if (composed) {
            reports.push_back(std::move(*composed));
        } else if (composed.error().kind != base::ErrorKind::not_found) {
            co_return base::failure(composed.error());
        }
    }
    co_return reports;
}

struct Performed {
    Outcome outcome;
    std::optional<base::Error> stopped_by;  // what came first stays done
    std::string token;                      // takes it back; "" when nothing can be
    std::optional<base::Time> undo_until;
};

// Stands in the record for the token.
std::string id_of_token(std::string_view token) {
    return base::to_hex(base::sha256(token));
}

// An act within one transaction stands in the record as done, one of several as running until its
// last.
quarantine::ActRecord record_of(const Call& call, const Act& act, std::string_view token) {
    ActPlan plan;
    plan.act = act;
    plan.client = call.client;
    quarantine::ActRecord record;
    record.id = id_of_token(token);
    record.who = call.person.address;
    record.plan = to_text(plan);
    record.started_at = call.services.clock.now();
    return record;
}

// One transaction: everything, the record of it included, or nothing.
Task<Performed> perform_at_once(
    Call& call,
    const Act& act,
    const ActRules& rules,
    const std::vector<std::string>& ids,
    const std::vector<ReportMail>& reports
) {
    Services& services = call.services;
    const Actor actor = actor_of(call.person, call.client);
    Performed performed;
    std::string token = base::random_id(services.random);
    quarantine::ActRecord record = record_of(call, act, token);
    const base::Time now = record.started_at;
    // Everything that is referred to lives in coroutine frames that wait for this job.
    auto job = [&](database::Transaction& transaction) -> base::Result<Outcome> {
        auto outcome =
            act_on(transaction, actor, rules, act, ids, reports, now, now + rules.undo_window);
        if (!outcome || outcome->done.empty() || rules.undo_window.count() == 0) return outcome;
        ActProgress progress;
        progress.add(*outcome);
        record.progress = to_text(progress);
        finish(record, progress, rules, now);
        auto row = quarantine::add_act(transaction, record);
        if (!row) return base::failure(row.error());
        if (auto noted = note_done(transaction, *row, *outcome, now); !noted) {
            return base::failure(noted.error());
        }
        return outcome;
    };
    auto outcome = co_await services.store.write(std::move(job));
    if (!outcome) {
        performed.stopped_by = outcome.error();
        co_return performed;
    }
    performed.outcome = std::move(*outcome);
    performed.undo_until = record.undo_until;
    if (performed.undo_until) performed.token = std::move(token);
    co_return performed;
}

// Several transactions, so that the writer has time for others in between. What is released first
// waits until the last is done; the runner lets it go then, also when this is cut short.
Task<Performed> perform_in_parts(
    Call& call,
    const Act& act,
    const ActRules& rules,
    const std::vector<std::string>& ids,
    const std::vector<ReportMail>& reports
) {
    Services& services = call.services;
    const Actor actor = actor_of(call.person, call.client);
    const std::span<const std::string> all(ids);
    constexpr std::size_t batch = ActRunner::batch;
    Performed performed;
    std::string token = base::random_id(services.random);
    quarantine::ActRecord record = record_of(call, act, token);
    ActProgress progress;
    for (std::size_t from = 0; from < ids.size(); from += batch) {
        const auto part = all.subspan(from, std::min(batch, ids.size() - from));
        const base::Time now = services.clock.now();
        const base::Time due = now + milliseconds(ActRunner::leaves_at_the_latest);
        auto job = [&](database::Transaction& transaction) -> base::Result<Outcome> {
            auto outcome = act_on(transaction, actor, rules, act, part, reports, now, due);
            if (!outcome) return outcome;
            ActProgress so_far = progress;
            so_far.add(*outcome);
            quarantine::ActRecord noted = record;
            noted.progress = to_text(so_far);
            if (from + batch >= ids.size()) noted.state = quarantine::ActState::ending;
            auto row = noted.row == 0 ? quarantine::add_act(transaction, noted)
                                      : base::Result<std::int64_t>(noted.row);
            if (!row) return base::failure(row.error());
            noted.row = *row;
            if (auto saved = quarantine::save_act(transaction, noted); !saved) {
                return base::failure(saved.error());
            }
            if (auto done = note_done(transaction, *row, *outcome, now); !done) {
                return base::failure(done.error());
            }
            record = std::move(noted);
            progress = std::move(so_far);
            return outcome;
        };
        auto outcome = co_await services.store.write(std::move(job));
        if (!outcome) {
            performed.stopped_by = outcome.error();
            break;
        }
        performed.outcome.add(std::move(*outcome));
        if (services.stopping) break;
    }
    if (record.row == 0) co_return performed;
    if (record.state == quarantine::ActState::running) {
        auto end = [&record](database::Transaction& transaction) {
            record.state = quarantine::ActState::ending;
            return quarantine::save_act(transaction, record);
        };
        const base::Result<void> ended = co_await services.store.write(std::move(end));
        // The next start ends it.
        if (!ended) co_return performed;
    }
    services.acts->wake();
    Task<base::Result<quarantine::ActRecord>> ending =
        services.acts->ended(call.person.address, record.id);
    const base::Result<quarantine::ActRecord> ended = co_await std::move(ending);
    if (!ended || performed.outcome.done.empty()) co_return performed;
    performed.undo_until = ended->undo_until;
    if (performed.undo_until) performed.token = std::move(token);
    co_return performed;
}

json::object answer_of(const Act& act, const ActRules& rules, const Performed& performed) {
    const Outcome& outcome = performed.outcome;
    json::object answer;
    answer["summary"] = text(summary_of(act, rules, outcome));
    answer["count"] = outcome.done.size();
    json::array done;
    for (const Done& one : outcome.done) {
        if (done.size() < listed_max) done.push_back(text(one.hold_id));
    }
    answer["done"] = std::move(done);
    json::array problems;
    for (const Undone& undone : outcome.problems) {
        if (problems.size() >= listed_max) break;
        json::object one;
        one["id"] = text(undone.hold_id);
        one["problem"] = text(undone.text);
        problems.push_back(std::move(one));
    }
    answer["problems"] = std::move(problems);
    // Whether a report has a reader; for the page to say in the person's language.
    answer["told"] = act.action == Action::report ? json::value(rules.security_team.has_value())
                                                  : json::value(nullptr);
    answer["undo"] = cursor_text(performed.token);
    answer["undo_until"] = time_text(performed.undo_until);
    return answer;
}

// One line for each act, not for each hold: who has what is in the history of the holds.
void log_acts(Call& call, const Act& act, const Outcome& outcome) {
    if (outcome.done.empty()) return;
    call.services.log.info(
        "acted",
        {
            {"action", std::string(name_of(act.action))},
            {"who", call.person.address},
            {"client", call.client},
            {"count", std::to_string(outcome.done.size())},
            {"first_hold", outcome.done.front().hold_id},
        }
    );
}

bool is_all_foreign(const Outcome& outcome) {
    return outcome.done.empty() && !outcome.problems.empty() &&
           std::all_of(outcome.problems.begin(), outcome.problems.end(), [](const Undone& undone) {
               return undone.obstacle == Obstacle::not_yours;
           });
}

}  // namespace

Task<Response> act_on_holds(Call& call) {
    Services& services = call.services;
    auto order = order_in(call);
    if (!order) co_return std::move(order.error());
    if (order->match) {
        Task<Response> starting = start_job(call, order->act, std::move(*order->match));
        co_return co_await std::move(starting);
    }
    const ActRules rules = act_rules_of(*call.settings);
    const std::vector<std::string>& ids = *order->ids;
    if (order->act.action == Action::report && ids.size() > reports_max) {
        co_return problem(
            400, fmt::format("At most {} messages can be reported at once.", reports_max)
        );
    }
    auto reports = co_await compose_reports(call, order->act, rules, ids);
    if (!reports) co_return problem(reports.error(), services.log, "composing reports");

    Task<Performed> performing = ids.size() <= ActRunner::batch
                                     ? perform_at_once(call, order->act, rules, ids, *reports)
                                     : perform_in_parts(call, order->act, rules, ids, *reports);
    const Performed performed = co_await std::move(performing);
    log_acts(call, order->act, performed.outcome);
    if (!performed.outcome.done.empty()) services.wake_courier();
    if (performed.stopped_by) {
        Response failed = problem(*performed.stopped_by, services.log, "acting on holds");
        if (performed.outcome.done.empty()) co_return failed;
    }
    if (is_all_foreign(performed.outcome)) {
        co_return problem(403, performed.outcome.problems.front().text);
    }
    const bool stopped = performed.stopped_by.has_value() || services.stopping;
    json::object answer = answer_of(order->act, rules, performed);
    if (stopped && performed.outcome.done.size() < ids.size()) {
        const std::string said(answer["summary"].as_string());
        answer["summary"] = text(said + " Then Postern had to stop; the rest is untouched.");
    }
    co_return json_response(200, answer);
}

Task<Response> undo_acts(Call& call) {
    auto body = json_body(call.request);
    if (!body) co_return std::move(body.error());
    auto token = string_in(*body, "undo", 100);
    if (!token) co_return std::move(token.error());
    Task<Answer<quarantine::ActRecord>> undoing = take_back(call, id_of_token(*token));
    const auto act = co_await std::move(undoing);
    if (!act) co_return act.error();
    auto progress = progress_in(act->progress);
    if (!progress) co_return problem(progress.error(), call.services.log, "taking acts back");
    if (progress->undone == 0) co_return problem(409, "It is too late to take this back.");
    json::object answer;
    answer["count"] = progress->undone;
    answer["summary"] = text(undo_summary(*progress));
    co_return json_response(200, answer);
}

}  // namespace portal
