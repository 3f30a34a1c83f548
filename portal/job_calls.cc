#include "portal/act_runner.h"
#include "portal/handlers.h"
#include "portal/jobs.h"
#include "portal/json_text.h"
#include "portal/problem.h"
#include "portal/reach.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <utility>

namespace portal {

namespace json = boost::json;
using base::ErrorKind;
using base::Result;
using base::Task;
using quarantine::ActRecord;
using quarantine::ActState;

namespace {

constexpr int jobs_listed_max = 20;
// A job's total is for the bar that shows its progress; past this it says that it is more.
constexpr std::int64_t total_max = 50'000;
constexpr std::string_view too_late = "It is too late to take this back.";

// "all that match “invoice”, from “news”", "everything in the list".
std::string words_of(const quarantine::HoldFilter& filter) {
    std::string words;
    const auto add = [&](std::string_view what, const std::string& value) {
        if (value.empty()) return;
        words += words.empty() ? "all" : ",";
        words += fmt::format(" {} “{}”", what, value);
    };
    add("that match", filter.search);
    add("with the subject", filter.subject);
    add("from", filter.from);
    add("to", filter.to);
    add("held because of", filter.reason);
    add("for", filter.owner);
    return words.empty() ? "everything in the list" : words;
}

std::string_view state_shown(ActState state, const ActProgress& progress) {
    switch (state) {
        case ActState::running:
        case ActState::ending:
            return "running";
        case ActState::undoing:
            return quarantine::name_of(progress.ends_as);
        default:
            return quarantine::name_of(state);
    }
}

std::string summary_of(
    const ActRecord& job, const ActPlan& plan, const ActProgress& progress, const ActRules& rules
) {
    if (job.state == ActState::undone || job.state == ActState::undoing) {
        return undo_summary(progress);
    }
    std::string summary = summary_of(plan.act, rules, progress.tally);
    if (plan.act.action == Action::report && rules.security_team &&
        progress.reported < progress.tally.done) {
        summary += fmt::format(" The security team got {} of them.", progress.reported);
    }
    if (progress.ends_as == ActState::cancelled) summary += " Then it was cancelled.";
    if (!progress.why.empty()) summary += " " + progress.why;
    return summary;
}

Result<json::object> job_json(const ActRecord& job, const ActRules& rules) {
    auto plan = plan_in(job.plan);
    if (!plan) return base::failure(plan.error());
    auto progress = progress_in(job.progress);
    if (!progress) return base::failure(progress.error());
    const json::value asked = json::parse(job.plan);
    const json::object& written = asked.get_object();
    json::array problems;
    for (const auto& [id, sentence] : progress->first_problems) {
        json::object one;
        one["id"] = text(id);
        one["problem"] = text(sentence);
        problems.push_back(std::move(one));
    }
    const bool can_be_undone = job.state != ActState::undone && job.state != ActState::undoing;
    json::object object;
    object["id"] = text(job.id);
    object["action"] = written.at("action");
    object["sender"] = cursor_text(std::string(written.at("sender").as_string()));
    object["as"] = plan->act.action == Action::report ? written.at("as") : json::value(nullptr);
    object["state"] = text(state_shown(job.state, *progress));
    object["total"] = progress->total;
    object["total_is_exact"] = progress->total_is_exact;
    object["done"] = progress->tally.done;
    object["problems"] = progress->tally.problems;
    object["first_problems"] = std::move(problems);
    object["started_at"] = time_text(job.started_at);
    object["finished_at"] = time_text(job.finished_at);
    object["summary"] = text(summary_of(job, *plan, *progress, rules));
    object["undo_until"] = time_text(can_be_undone ? job.undo_until : std::nullopt);
    object["text"] = text(plan->text);
    if (const json::value* match = written.if_contains("match")) {
        json::object shown = match->get_object();
        shown.erase("mails_up_to");
        shown.erase("states");
        object["match"] = std::move(shown);
    }
    return object;
}

Response job_response(const Call& call, int status, const ActRecord& job) {
    auto shown = job_json(job, act_rules_of(*call.settings));
    if (!shown) return problem(shown.error(), call.services.log, "showing a job");
    return json_response(status, *shown);
}

Response no_such_job() {
    return problem(404, "There is no such job, or it is not yours.");
}

// Of this person, and a job.
Task<Result<ActRecord>> find_job(Call& call, std::string id) {
    auto look = [who = call.person.address,
                 id = std::move(id)](database::Snapshot& snapshot) -> Result<ActRecord> {
        auto act = quarantine::find_act(snapshot, who, id);
        if (act && !act->is_job) return base::failure(ErrorKind::not_found, "not a job");
        return act;
    };
    auto found = co_await call.services.store.read(std::move(look));
    co_return found;
}

}  // namespace

Task<Response> start_job(Call& call, Act act, quarantine::HoldFilter filter) {
    Services& services = call.services;
    auto count = [reach = reach_of(call.person), &filter](database::Snapshot& snapshot) {
        return quarantine::count_matching(snapshot, reach, filter, total_max);
    };
    const auto total = co_await services.store.read(std::move(count));
    if (!total) co_return problem(total.error(), services.log, "counting holds");

    ActPlan plan;
    plan.act = act;
    plan.client = call.client;
    plan.text = words_of(filter);
    ActProgress progress;
    progress.total = total->holds;
    progress.total_is_exact = total->is_exact;
    ActRecord record;
    record.id = base::random_id(services.random);
    record.is_job = true;
    record.who = call.person.address;
    record.progress = to_text(progress);
    record.started_at = services.clock.now();
    auto add = [&](database::Transaction& transaction) -> Result<void> {
        // What is stored from now on is not this job's business.
        auto newest = quarantine::newest_mail(transaction);
        if (!newest) return base::failure(newest.error());
        filter.mails_up_to = *newest;
        plan.match = filter;
        record.plan = to_text(plan);
        auto row = quarantine::add_act(transaction, record);
        if (!row) return base::failure(row.error());
        record.row = *row;
        return {};
    };
    const Result<void> added = co_await services.store.write(std::move(add));
    if (!added && added.error().kind == ErrorKind::conflict) {
        co_return problem_with(
            409, "Another job of yours is still at work.", "job", text(added.error().text)
        );
    }
    if (!added) co_return problem(added.error(), services.log, "starting a job");
    services.log.info(
        "job_started",
        {
            {"id", record.id},
            {"who", record.who},
            {"client", call.client},
            {"action", std::string(name_of(act.action))},
            {"total", std::to_string(progress.total)},
        }
    );
    services.acts->wake();
    co_return job_response(call, 202, record);
}

Task<Answer<ActRecord>> take_back(Call& call, std::string id) {
    Services& services = call.services;
    const base::Time now = services.clock.now();
    auto begin = [&id, who = call.person.address, now](database::Transaction& transaction) {
        return begin_undo(transaction, who, id, now);
    };
    const auto begun = co_await services.store.write(std::move(begin));
    if (!begun) {
        const ErrorKind kind = begun.error().kind;
        if (kind == ErrorKind::not_found || kind == ErrorKind::conflict) {
            co_return refuse(409, too_late);
        }
        Response failed = problem(begun.error(), services.log, "taking acts back");
        co_return tl::unexpected<Response>(std::move(failed));
    }
    services.acts->wake();
    Task<Result<ActRecord>> ending = services.acts->ended(call.person.address, id);
    auto ended = co_await std::move(ending);
    if (!ended) {
        Response failed = problem(ended.error(), services.log, "taking acts back");
        co_return tl::unexpected<Response>(std::move(failed));
    }
    if (quarantine::is_at_work(ended->state)) {
        Response later = problem_later(
            503,
            "Postern is stopping. This is taken back when it is there again.",
            std::chrono::seconds(5)
        );
        co_return tl::unexpected<Response>(std::move(later));
    }
    co_return std::move(*ended);
}

Task<Response> list_jobs(Call& call) {
    auto look = [who = call.person.address](database::Snapshot& snapshot) {
        return quarantine::jobs_of(snapshot, who, jobs_listed_max);
    };
    const auto found = co_await call.services.store.read(std::move(look));
    if (!found) co_return problem(found.error(), call.services.log, "listing jobs");
    const ActRules rules = act_rules_of(*call.settings);
    json::array jobs;
    for (const ActRecord& job : *found) {
        auto shown = job_json(job, rules);
        if (!shown) co_return problem(shown.error(), call.services.log, "listing jobs");
        jobs.push_back(std::move(*shown));
    }
    json::object answer;
    answer["jobs"] = std::move(jobs);
    co_return json_response(200, answer);
}

Task<Response> show_job(Call& call) {
    Task<Result<ActRecord>> finding = find_job(call, call.path_values[0]);
    const auto job = co_await std::move(finding);
    if (!job && job.error().kind == ErrorKind::not_found) co_return no_such_job();
    if (!job) co_return problem(job.error(), call.services.log, "showing a job");
    co_return job_response(call, 200, *job);
}

Task<Response> cancel_job(Call& call) {
    Services& services = call.services;
    Task<Result<ActRecord>> finding = find_job(call, call.path_values[0]);
    auto job = co_await std::move(finding);
    if (!job && job.error().kind == ErrorKind::not_found) co_return no_such_job();
    if (!job) co_return problem(job.error(), services.log, "cancelling a job");
    auto cancel = [row = job->row](database::Transaction& transaction) -> Result<ActRecord> {
        auto current = quarantine::act_in_row(transaction, row);
        // Cancelling what has ended changes nothing, and is no mistake of anybody.
        if (!current || current->state != ActState::running) return current;
        auto progress = progress_in(current->progress);
        if (!progress) return base::failure(progress.error());
        progress->ends_as = ActState::cancelled;
        current->progress = to_text(*progress);
        current->state = ActState::ending;
        auto saved = quarantine::save_act(transaction, *current);
        if (!saved) return base::failure(saved.error());
        return current;
    };
    const auto cancelled = co_await services.store.write(std::move(cancel));
    if (!cancelled) co_return problem(cancelled.error(), services.log, "cancelling a job");
    services.acts->wake();
    Task<Result<ActRecord>> ending = services.acts->ended(call.person.address, job->id);
    const auto ended = co_await std::move(ending);
    if (!ended) co_return problem(ended.error(), services.log, "cancelling a job");
    co_return job_response(call, 200, *ended);
}

Task<Response> undo_job(Call& call) {
    Task<Result<ActRecord>> finding = find_job(call, call.path_values[0]);
    auto job = co_await std::move(finding);
    if (!job && job.error().kind == ErrorKind::not_found) co_return no_such_job();
    if (!job) co_return problem(job.error(), call.services.log, "taking a job back");
    Task<Answer<ActRecord>> undoing = take_back(call, job->id);
    const auto undone = co_await std::move(undoing);
    if (!undone) co_return undone.error();
    co_return job_response(call, 200, *undone);
}

}  // namespace portal
