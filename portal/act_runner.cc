#include "portal/act_runner.h"

#include "portal/reach.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <exception>
#include <utility>

namespace portal {

using base::ErrorKind;
using base::Result;
using base::Task;
using quarantine::ActRecord;
using quarantine::ActState;

namespace {

constexpr int reports_of_batch = 20;  // mails composed at once, with the originals in them
// A job's reports to the security team: they need to see what it is, not thousands of it.
constexpr std::uint64_t reports_of_job_max = 50;
constexpr int let_go_at_once = 5000;  // outbox rows in one transaction
constexpr std::chrono::seconds let_go_margin{2};
constexpr std::chrono::microseconds let_go_each{50};
constexpr std::chrono::seconds after_trouble{1};
constexpr int failures_max = 5;

// True when something of it waits in the outbox.
bool leaves_mail(Action action) {
    return action == Action::release || action == Action::report;
}

// The record as it is now, when it still is in that state: between reading it and writing, somebody
// may have cancelled it.
Result<std::optional<ActRecord>> still_in(
    database::Snapshot& snapshot, std::int64_t row, ActState state
) {
    auto act = quarantine::act_in_row(snapshot, row);
    if (!act) return base::failure(act.error());
    if (act->state != state) return std::optional<ActRecord>();
    return std::optional(std::move(*act));
}

}  // namespace

// What a job does next.
struct ActRunner::Page {
    std::optional<accounts::Person> person;  // none: the account is gone
    std::vector<std::string> ids;
    std::string next;
};

std::string_view missing_right(const accounts::Person& person, quarantine::Scope scope) {
    if (scope == quarantine::Scope::all && person.role != accounts::Role::administrator) {
        return "Only administrators may act on all mail; the rest is untouched.";
    }
    if (scope == quarantine::Scope::moderated && person.role == accounts::Role::user) {
        return "Only moderators may act on the mail of others; the rest is untouched.";
    }
    return "";
}

void finish(ActRecord& act, const ActProgress& progress, const ActRules& rules, base::Time now) {
    act.state = progress.ends_as;
    act.finished_at = now;
    if (progress.tally.done > 0 && rules.undo_window.count() > 0) {
        act.undo_until = now + rules.undo_window;
    }
}

ActRunner::ActRunner(
    boost::asio::io_context& loop,
    database::Store& store,
    base::Log& log,
    base::Clock& clock,
    base::Random& random,
    Workers& composing,
    std::function<void()> wake_courier
)
    : store_(store),
      log_(log),
      clock_(clock),
      random_(random),
      composing_(composing),
      wake_courier_(std::move(wake_courier)),
      loop_(loop),
      pause_(loop),
      turn_(loop, boost::asio::steady_timer::time_point::max()) {}

void ActRunner::start() {
    boost::asio::co_spawn(loop_, run(), [this](const std::exception_ptr& thrown) {
        stopping_ = true;
        turn_.cancel();
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& exception) {
            log_.error("portal_failed", {{"doing", "acts"}, {"why", exception.what()}});
        }
    });
}

void ActRunner::wake() {
    is_woken_ = true;
    pause_.cancel();
}

void ActRunner::stop() {
    stopping_ = true;
    pause_.cancel();
}

Task<> ActRunner::turn_after(std::uint64_t seen) {
    if (stopping_ || turns_ != seen) co_return;
    co_await turn_.async_wait(base::use_task);
}

Task<Result<ActRecord>> ActRunner::ended(std::string who, std::string id) {
    for (;;) {
        const std::uint64_t seen = turns_;
        auto look = [who, id](database::Snapshot& snapshot) {
            return quarantine::find_act(snapshot, who, id);
        };
        auto act = co_await store_.read(std::move(look));
        if (!act || stopping_ || !quarantine::is_at_work(act->state)) co_return act;
        co_await turn_after(seen);
    }
}

Task<> ActRunner::run() {
    auto resume = [](database::Transaction& transaction) {
        return quarantine::end_cut_short(transaction);
    };
    Result<void> resumed = co_await store_.write(std::move(resume));
    if (!resumed) log_.error("portal_failed", {{"doing", "acts"}, {"why", resumed.error().text}});
    while (!stopping_) {
        is_woken_ = false;
        Task<Result<bool>> going = round();
        const Result<bool> worked = co_await std::move(going);
        ++turns_;
        turn_.cancel();
        if (!worked) log_.error("portal_failed", {{"doing", "acts"}, {"why", worked.error().text}});
        if (stopping_ || (worked && (*worked || is_woken_))) continue;
        pause_.expires_after(
            worked ? std::chrono::steady_clock::duration(std::chrono::hours(1)) : after_trouble
        );
        co_await pause_.async_wait(base::use_task);
    }
}

// One batch of each act at work. False when there was nothing to do.
Task<Result<bool>> ActRunner::round() {
    auto look = [](database::Snapshot& snapshot) -> Result<std::vector<ActRecord>> {
        auto rows = quarantine::acts_at_work(snapshot);
        if (!rows) return base::failure(rows.error());
        std::vector<ActRecord> acts;
        for (const std::int64_t row : *rows) {
            auto act = quarantine::act_in_row(snapshot, row);
            if (!act) return base::failure(act.error());
            acts.push_back(std::move(*act));
        }
        return acts;
    };
    auto acts = co_await store_.read(std::move(look));
    if (!acts) co_return base::failure(acts.error());
    bool worked = false;
    Result<bool> trouble = true;
    for (ActRecord& act : *acts) {
        if (stopping_) break;
        // A request carries this one out itself.
        if (act.state == ActState::running && !act.is_job) continue;
        worked = true;
        const std::int64_t row = act.row;
        Task<Result<void>> going = step(act);
        const Result<void> done = co_await std::move(going);
        if (done) {
            failures_.erase(row);
            continue;
        }
        // A store that takes nothing at the moment is no fault of this act.
        if (store_.accepts_writes() && ++failures_[row] >= failures_max) {
            failures_.erase(row);
            Task<Result<void>> giving_up = give_up(std::move(act));
            const Result<void> given_up = co_await std::move(giving_up);
            if (given_up) continue;
        }
        trouble = base::failure(done.error());
    }
    if (!trouble) co_return trouble;
    co_return worked;
}

Task<Result<void>> ActRunner::step(ActRecord act) {
    switch (act.state) {
        case ActState::running:
            return act_on_batch(std::move(act));
        case ActState::undoing:
            return take_back(std::move(act));
        default:
            return end(std::move(act));
    }
}

Task<Result<void>> ActRunner::act_on_batch(ActRecord act) {
    auto plan = plan_in(act.plan);
    if (!plan) co_return base::failure(plan.error());
    auto progress = progress_in(act.progress);
    if (!progress) co_return base::failure(progress.error());
    if (!plan->match) co_return base::failure(ErrorKind::corrupt, "a job without a filter");
    const ActRules rules = act_rules_of(*settings_);
    const bool has_reports = plan->act.action == Action::report && rules.security_team &&
                             progress->reported < reports_of_job_max;
    const int limit = has_reports ? reports_of_batch : batch;

    auto look = [who = act.who, filter = *plan->match, cursor = progress->cursor, limit](
                    database::Snapshot& snapshot
                ) -> Result<Page> {
        Page page;
        auto person = accounts::find_person(snapshot, who);
        if (!person && person.error().kind == ErrorKind::not_found) return page;
        if (!person) return base::failure(person.error());
        page.person = std::move(*person);
        auto found = quarantine::list_ids(snapshot, reach_of(*page.person), filter, cursor, limit);
        if (!found) return base::failure(found.error());
        page.ids = std::move(found->ids);
        page.next = std::move(found->next);
        return page;
    };
    auto page = co_await store_.read(std::move(look));
    if (!page) co_return base::failure(page.error());
    std::vector<ReportMail> reports;
    if (has_reports && page->person) {
        const Actor actor = actor_of(*page->person, plan->client);
        Task<std::vector<ReportMail>> composing = compose(actor, rules, plan->act.as, page->ids);
        reports = co_await std::move(composing);
    }

    const base::Time now = clock_.now();
    const base::Time due =
        rules.undo_window.count() > 0 ? now + std::chrono::milliseconds(leaves_at_the_latest) : now;
    // What it refers to lives in this frame, which waits for it.
    auto job = [&, row = act.row](database::Transaction& transaction) -> Result<void> {
        auto current = still_in(transaction, row, ActState::running);
        if (!current) return base::failure(current.error());
        if (!*current) return {};
        auto so_far = progress_in((*current)->progress);
        if (!so_far) return base::failure(so_far.error());
        (*current)->state = ActState::ending;
        // Rights as they are in this transaction, whatever they were when the job began.
        auto person = accounts::find_person(transaction, (*current)->who);
        if (!person && person.error().kind != ErrorKind::not_found) {
            return base::failure(person.error());
        }
        const std::string_view missing = !person || !page->person
                                             ? "The account is gone; the rest is untouched."
                                             : missing_right(*person, plan->match->scope);
        if (!missing.empty()) {
            so_far->ends_as = ActState::failed;
            so_far->why = missing;
        } else {
            const Actor actor = actor_of(*person, plan->client);
            auto outcome =
                act_on(transaction, actor, rules, plan->act, page->ids, reports, now, due);
            if (!outcome) return base::failure(outcome.error());
            if (auto noted = note_done(transaction, row, *outcome, now); !noted) return noted;
            so_far->add(*outcome);
            so_far->reported += reports.size();
            so_far->cursor = page->next;
            if (!page->next.empty()) (*current)->state = ActState::running;
        }
        (*current)->progress = to_text(*so_far);
        return quarantine::save_act(transaction, **current);
    };
    const Result<void> done = co_await store_.write(std::move(job));
    co_return done;
}

Task<std::vector<ReportMail>> ActRunner::compose(
    const Actor& actor, ActRules rules, ReportAs as, const std::vector<std::string>& ids
) {
    std::vector<ReportMail> reports;
    mail::SpoolSettings spool;
    spool.directory = settings_->data_dir;
    const base::Time now = clock_.now();
    for (const std::string& id : ids) {
        auto work = [this, actor, rules, as, id, spool, now]() {
            const std::string mail_id = base::random_id(random_);
            auto job = [&](database::Snapshot& snapshot) {
                return compose_report(snapshot, actor, rules, as, id, spool, mail_id, now);
            };
            return store_.read_and_wait(std::move(job));
        };
        auto composed = co_await composing_.run(std::move(work));
        // One that cannot be put into a mail is reported without it: the rest is worth more.
        if (composed) {
            reports.push_back(std::move(*composed));
        } else if (composed.error().kind != ErrorKind::not_found) {
            log_.warning("report_without_mail", {{"hold", id}, {"why", composed.error().text}});
        }
    }
    co_return reports;
}

// Lets go what was released, so that it leaves when it can no longer be taken back.
Task<Result<void>> ActRunner::end(ActRecord act) {
    auto plan = plan_in(act.plan);
    if (!plan) co_return base::failure(plan.error());
    auto progress = progress_in(act.progress);
    if (!progress) co_return base::failure(progress.error());
    const ActRules rules = act_rules_of(*settings_);
    const bool has_waiting = leaves_mail(plan->act.action) && rules.undo_window.count() > 0;
    std::int64_t after = has_waiting ? 0 : -1;
    std::uint64_t left = progress->tally.done;
    for (bool is_over = false; !is_over;) {
        const base::Time now = clock_.now();
        const base::Time due =
            now + rules.undo_window + let_go_margin +
            std::chrono::duration_cast<std::chrono::milliseconds>(let_go_each * left);
        auto job = [&, row = act.row](database::Transaction& transaction) -> Result<bool> {
            auto current = still_in(transaction, row, ActState::ending);
            if (!current) return base::failure(current.error());
            if (!*current) return true;
            if (after >= 0) {
                auto last = quarantine::set_due(transaction, row, after, let_go_at_once, due);
                if (!last) return base::failure(last.error());
                after = last->value_or(-1);
                if (after >= 0) return false;
            }
            finish(**current, *progress, rules, now);
            auto saved = quarantine::save_act(transaction, **current);
            if (!saved) return base::failure(saved.error());
            return true;
        };
        const Result<bool> ended = co_await store_.write(std::move(job));
        if (!ended) co_return base::failure(ended.error());
        is_over = *ended;
        left -= std::min<std::uint64_t>(left, let_go_at_once);
    }
    wake_courier_();
    if (!act.is_job) co_return Result<void>();
    log_.info(
        "job_ended",
        {
            {"id", act.id},
            {"who", act.who},
            {"action", std::string(name_of(plan->act.action))},
            {"as", std::string(quarantine::name_of(progress->ends_as))},
            {"count", std::to_string(progress->tally.done)},
            {"problems", std::to_string(progress->tally.problems)},
        }
    );
    co_return Result<void>();
}

Task<Result<void>> ActRunner::take_back(ActRecord act) {
    auto plan = plan_in(act.plan);
    if (!plan) co_return base::failure(plan.error());
    const ActRules rules = act_rules_of(*settings_);
    const base::Time now = clock_.now();
    auto job = [&, row = act.row](database::Transaction& transaction) -> Result<bool> {
        auto person = accounts::find_person(transaction, act.who);
        // Whose account is gone has no reach: nothing can be taken back.
        Actor actor{act.who, plan->client, {}};
        if (person) actor = actor_of(*person, plan->client);
        return undo_some(transaction, actor, rules, row, batch, now);
    };
    const Result<bool> ended = co_await store_.write(std::move(job));
    if (!ended) co_return base::failure(ended.error());
    co_return Result<void>();
}

// What fails again and again must not be tried for ever.
Task<Result<void>> ActRunner::give_up(ActRecord act) {
    log_.error("act_given_up", {{"id", act.id}, {"who", act.who}});
    const base::Time now = clock_.now();
    auto job = [&](database::Transaction& transaction) -> Result<void> {
        auto current = quarantine::act_in_row(transaction, act.row);
        if (!current) return base::failure(current.error());
        if (auto progress = progress_in(current->progress)) {
            progress->ends_as = ActState::failed;
            progress->why = "Postern had a problem of its own; its log says more.";
            current->progress = to_text(*progress);
        }
        // A job that cannot go on still lets go what it has released; what cannot even do that ends
        // here, and its mail leaves at its own time.
        const bool can_end = current->state == ActState::running;
        current->state = can_end ? ActState::ending : ActState::failed;
        if (!can_end) current->finished_at = now;
        return quarantine::save_act(transaction, *current);
    };
    const Result<void> done = co_await store_.write(std::move(job));
    co_return done;
}

}  // namespace portal
