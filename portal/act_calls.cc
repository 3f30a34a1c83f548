#include "portal/handlers.h"
#include "portal/hold_json.h"
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
using std::chrono::seconds;

namespace {

constexpr std::size_t ids_max = 1000;         // named in one call
constexpr std::size_t matching_max = 20'000;  // reached through a filter in one call
constexpr std::size_t reports_max = 50;       // each becomes a mail with the original in it
constexpr std::size_t batch = 200;            // holds in one transaction
constexpr std::size_t listed_max = 1000;      // ids and problems named in the answer

// Many batches take a while. What is released first waits for the last, so that the undo offered
// at the end still reaches all of them.
constexpr seconds bulk_allowance{60};

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

Answer<quarantine::HoldFilter> match_in(const Call& call, const json::value& value) {
    if (!value.is_object()) return tl::unexpected(problem(400, "\"match\" must be an object."));
    FilterText given;
    const std::pair<std::string_view, std::string*> members[] = {
        {"scope", &given.scope},
        {"q", &given.q},
        {"subject", &given.subject},
        {"from", &given.from},
        {"to", &given.to},
        {"reason", &given.reason},
    };
    for (const auto& [name, into] : members) {
        auto member = string_in(value.get_object(), name, 1000);
        if (!member) return tl::unexpected(member.error());
        *into = std::move(*member);
    }
    return filter_of(call, given);
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

base::Result<std::vector<std::string>> matching_ids(
    database::Snapshot& snapshot,
    const quarantine::Reach& reach,
    const quarantine::HoldFilter& filter
) {
    std::vector<std::string> ids;
    std::string cursor;
    do {
        auto page = quarantine::list(snapshot, reach, filter, cursor, 500);
        if (!page) return base::failure(page.error());
        for (quarantine::Hold& hold : page->holds) ids.push_back(std::move(hold.id));
        cursor = std::move(page->next);
    } while (!cursor.empty() && ids.size() < matching_max);
    ids.resize(std::min(ids.size(), matching_max));
    return ids;
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
};

Task<Performed> perform(
    Call& call,
    const Act& act,
    const ActRules& rules,
    const std::vector<std::string>& ids,
    const std::vector<ReportMail>& reports
) {
    Services& services = call.services;
    const Actor actor = actor_of(call.person, call.client);
    const milliseconds allowance =
        ids.size() > batch && rules.undo_window.count() > 0 ? bulk_allowance : seconds(0);
    const std::span<const std::string> all(ids);
    Performed performed;
    for (std::size_t from = 0; from < ids.size(); from += batch) {
        const auto part = all.subspan(from, std::min(batch, ids.size() - from));
        const base::Time now = services.clock.now();
        const base::Time due = now + rules.undo_window + allowance;
        // Everything that is referred to lives in coroutine frames that wait for this job.
        auto job = [&actor, &rules, &act, part, &reports, now, due](
                       database::Transaction& transaction
                   ) { return act_on(transaction, actor, rules, act, part, reports, now, due); };
        auto outcome = co_await services.store.write(std::move(job));
        if (!outcome) {
            performed.stopped_by = outcome.error();
            break;
        }
        performed.outcome.add(std::move(*outcome));
        if (services.stopping) break;
    }
    co_return performed;
}

json::object answer_of(Call& call, const Act& act, const ActRules& rules, Outcome outcome) {
    Services& services = call.services;
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
    answer["undo"] = nullptr;
    answer["undo_until"] = nullptr;
    if (!outcome.done.empty() && rules.undo_window.count() > 0) {
        const base::Time until = services.clock.now() + rules.undo_window;
        const std::string token = services.undo_book.add(
            call.person.address, std::move(outcome.done), until, services.random
        );
        answer["undo"] = text(token);
        answer["undo_until"] = time_text(until);
    }
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
    const ActRules rules = act_rules_of(*call.settings);

    std::vector<std::string> ids;
    if (order->ids) {
        ids = std::move(*order->ids);
    } else {
        auto collect = [reach = reach_of(call.person),
                        filter = *order->match](database::Snapshot& snapshot) {
            return matching_ids(snapshot, reach, filter);
        };
        auto found = co_await services.store.read(std::move(collect));
        if (!found) co_return problem(found.error(), services.log, "collecting holds");
        ids = std::move(*found);
    }
    if (order->act.action == Action::report && ids.size() > reports_max) {
        co_return problem(
            400, fmt::format("At most {} messages can be reported at once.", reports_max)
        );
    }
    auto reports = co_await compose_reports(call, order->act, rules, ids);
    if (!reports) co_return problem(reports.error(), services.log, "composing reports");

    Performed performed = co_await perform(call, order->act, rules, ids, *reports);
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
    json::object answer = answer_of(call, order->act, rules, std::move(performed.outcome));
    if (stopped && answer["count"].to_number<std::size_t>() < ids.size()) {
        const std::string said(answer["summary"].as_string());
        answer["summary"] = text(said + " Then Postern had to stop; the rest is untouched.");
    }
    co_return json_response(200, answer);
}

Task<Response> undo_acts(Call& call) {
    Services& services = call.services;
    auto body = json_body(call.request);
    if (!body) co_return std::move(body.error());
    auto token = string_in(*body, "undo", 100);
    if (!token) co_return std::move(token.error());
    const auto acts = services.undo_book.take(*token, call.person.address, services.clock.now());
    if (!acts) co_return problem(409, "It is too late to take this back.");

    const Actor actor = actor_of(call.person, call.client);
    const ActRules rules = act_rules_of(*call.settings);
    const milliseconds window = rules.undo_window + bulk_allowance;
    const std::span<const Done> all(*acts);
    std::uint64_t count = 0;
    for (std::size_t from = 0; from < all.size(); from += batch) {
        const auto part = all.subspan(from, std::min(batch, all.size() - from));
        const base::Time now = services.clock.now();
        auto job = [&actor, &rules, part, now, window](database::Transaction& transaction) {
            return undo(transaction, actor, rules, part, now, window);
        };
        auto undone = co_await services.store.write(std::move(job));
        if (!undone) co_return problem(undone.error(), services.log, "taking acts back");
        count += *undone;
    }
    if (count == 0) co_return problem(409, "It is too late to take this back.");
    json::object answer;
    answer["count"] = count;
    answer["summary"] =
        text(fmt::format("Took back {} {}.", count, count == 1 ? "message" : "messages"));
    co_return json_response(200, answer);
}

}  // namespace portal
