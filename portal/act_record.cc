#include "portal/act_record.h"

#include "portal/json_text.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace portal {

namespace json = boost::json;
using base::ErrorKind;
using base::Result;
using quarantine::ActState;

namespace {

// What is released may leave only after its act has ended, so that all of it can be taken back. If
// taking back itself takes long, what is left waits that much longer.
constexpr std::chrono::minutes put_off_for_undo{1};
constexpr int put_off_max = 50'000;

Result<json::object> object_in(std::string_view text) {
    boost::system::error_code error;
    json::value value = json::parse(json::string_view(text.data(), text.size()), error);
    if (error || !value.is_object()) {
        return base::failure(ErrorKind::corrupt, "the record of an act cannot be read");
    }
    return std::move(value.as_object());
}

std::string string_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t number_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    if (!value || !value->is_number()) return 0;
    boost::system::error_code error;
    const auto number = value->to_number<std::uint64_t>(error);
    return error ? 0 : number;
}

bool truth_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value && value->is_bool() && value->get_bool();
}

std::string_view name_of(SenderChange change) {
    switch (change) {
        case SenderChange::none:
            return "";
        case SenderChange::permit_sender:
            return "permit_sender";
        case SenderChange::permit_domain:
            return "permit_domain";
        case SenderChange::block_sender:
            return "block_sender";
        case SenderChange::block_domain:
            return "block_domain";
    }
    return "";
}

std::string_view name_of(quarantine::Scope scope) {
    switch (scope) {
        case quarantine::Scope::mine:
            return "mine";
        case quarantine::Scope::moderated:
            return "moderated";
        case quarantine::Scope::all:
            return "all";
    }
    return "mine";
}

json::object filter_json(const quarantine::HoldFilter& filter) {
    json::array states;
    for (const auto state : filter.states) states.push_back(text(quarantine::name_of(state)));
    json::object object;
    object["scope"] = text(name_of(filter.scope));
    object["states"] = std::move(states);
    object["q"] = text(filter.search);
    object["subject"] = text(filter.subject);
    object["from"] = text(filter.from);
    object["to"] = text(filter.to);
    object["reason"] = text(filter.reason);
    object["owner"] = text(filter.owner);
    object["mails_up_to"] = filter.mails_up_to;
    return object;
}

quarantine::HoldFilter filter_in(const json::object& object) {
    quarantine::HoldFilter filter;
    const std::string scope = string_of(object, "scope");
    if (scope == "moderated") filter.scope = quarantine::Scope::moderated;
    if (scope == "all") filter.scope = quarantine::Scope::all;
    filter.states.clear();
    if (const json::value* states = object.if_contains("states"); states && states->is_array()) {
        for (const json::value& state : states->get_array()) {
            if (!state.is_string()) continue;
            if (auto known = quarantine::hold_state_named(std::string(state.get_string()))) {
                filter.states.push_back(*known);
            }
        }
    }
    filter.search = string_of(object, "q");
    filter.subject = string_of(object, "subject");
    filter.from = string_of(object, "from");
    filter.to = string_of(object, "to");
    filter.reason = string_of(object, "reason");
    filter.owner = string_of(object, "owner");
    filter.mails_up_to = static_cast<std::int64_t>(number_of(object, "mails_up_to"));
    return filter;
}

// Rights may have changed in between, but no state or search is lost: an empty list of states would
// match everything.
bool is_complete(const quarantine::HoldFilter& filter) {
    return !filter.states.empty() && filter.mails_up_to > 0;
}

}  // namespace

std::string to_text(const ActPlan& plan) {
    json::object object;
    object["action"] = text(name_of(plan.act.action));
    object["sender"] = text(name_of(plan.act.sender));
    object["as"] = text(name_of(plan.act.as));
    object["client"] = text(plan.client);
    object["text"] = text(plan.text);
    if (plan.match) object["match"] = filter_json(*plan.match);
    return json::serialize(object);
}

Result<ActPlan> plan_in(std::string_view text) {
    auto object = object_in(text);
    if (!object) return base::failure(object.error());
    ActPlan plan;
    const auto action = action_named(string_of(*object, "action"));
    if (!action) return base::failure(ErrorKind::corrupt, "the record of an act names no action");
    plan.act.action = *action;
    plan.act.sender =
        sender_change_named(string_of(*object, "sender")).value_or(SenderChange::none);
    plan.act.as = report_as_named(string_of(*object, "as")).value_or(ReportAs::spam);
    plan.client = string_of(*object, "client");
    plan.text = string_of(*object, "text");
    if (const json::value* match = object->if_contains("match"); match && match->is_object()) {
        plan.match = filter_in(match->get_object());
        if (!is_complete(*plan.match)) {
            return base::failure(ErrorKind::corrupt, "the filter of a job cannot be read");
        }
    }
    return plan;
}

void ActProgress::add(const Outcome& outcome) {
    tally.add(outcome);
    for (const Undone& problem : outcome.problems) {
        if (first_problems.size() >= first_problems_max) break;
        first_problems.emplace_back(problem.hold_id, problem.text);
    }
}

std::string to_text(const ActProgress& progress) {
    json::array problems;
    for (const auto& [id, sentence] : progress.first_problems) {
        json::array one;
        one.push_back(text(id));
        one.push_back(text(sentence));
        problems.push_back(std::move(one));
    }
    json::object object;
    object["cursor"] = text(progress.cursor);
    object["total"] = progress.total;
    object["total_is_exact"] = progress.total_is_exact;
    object["done"] = progress.tally.done;
    object["problems"] = progress.tally.problems;
    object["entries"] = progress.tally.entries;
    object["entry"] = text(progress.tally.entry);
    object["senderless"] = progress.tally.senderless;
    object["foreign"] = progress.tally.foreign;
    object["first_problems"] = std::move(problems);
    object["reported"] = progress.reported;
    object["undone"] = progress.undone;
    object["ends_as"] = text(quarantine::name_of(progress.ends_as));
    object["why"] = text(progress.why);
    return json::serialize(object);
}

Result<ActProgress> progress_in(std::string_view text) {
    auto object = object_in(text);
    if (!object) return base::failure(object.error());
    ActProgress progress;
    progress.cursor = string_of(*object, "cursor");
    progress.total = number_of(*object, "total");
    progress.total_is_exact = truth_of(*object, "total_is_exact");
    progress.tally.done = number_of(*object, "done");
    progress.tally.problems = number_of(*object, "problems");
    progress.tally.entries = number_of(*object, "entries");
    progress.tally.entry = string_of(*object, "entry");
    progress.tally.senderless = number_of(*object, "senderless");
    progress.tally.foreign = number_of(*object, "foreign");
    progress.reported = number_of(*object, "reported");
    progress.undone = number_of(*object, "undone");
    progress.ends_as =
        quarantine::act_state_named(string_of(*object, "ends_as")).value_or(ActState::done);
    progress.why = string_of(*object, "why");
    const json::value* problems = object->if_contains("first_problems");
    if (!problems || !problems->is_array()) return progress;
    for (const json::value& problem : problems->get_array()) {
        if (!problem.is_array() || problem.get_array().size() != 2) continue;
        const json::value& id = problem.get_array()[0];
        const json::value& sentence = problem.get_array()[1];
        if (!id.is_string() || !sentence.is_string()) continue;
        progress.first_problems.emplace_back(id.get_string(), sentence.get_string());
    }
    return progress;
}

std::string effect_text(const Done& done) {
    if (!done.added) return "";
    json::object object;
    object["owner"] = text(done.added->owner);
    object["list"] = text(policy::name_of(done.added->list));
    object["key"] = text(done.added->pattern.key);
    object["is_address"] = done.added->pattern.is_address;
    if (done.added->moved_from) object["from"] = text(policy::name_of(*done.added->moved_from));
    return json::serialize(object);
}

Result<Done> done_in(std::string_view hold_id, std::string_view effect) {
    Done done{std::string(hold_id), std::nullopt};
    if (effect.empty()) return done;
    auto object = object_in(effect);
    if (!object) return base::failure(object.error());
    const auto list = policy::sender_list_named(string_of(*object, "list"));
    if (!list) return base::failure(ErrorKind::corrupt, "the record of an act names no list");
    done.added.emplace();
    done.added->owner = string_of(*object, "owner");
    done.added->list = *list;
    done.added->pattern.key = string_of(*object, "key");
    done.added->pattern.is_address = truth_of(*object, "is_address");
    done.added->moved_from = policy::sender_list_named(string_of(*object, "from"));
    return done;
}

Result<void> note_done(
    database::Transaction& transaction, std::int64_t act, const Outcome& outcome, base::Time now
) {
    for (const Done& done : outcome.done) {
        auto noted = quarantine::note_done(transaction, act, done.hold_id, now, effect_text(done));
        if (!noted) return noted;
    }
    return {};
}

Result<quarantine::ActRecord> begin_undo(
    database::Transaction& transaction, std::string_view who, std::string_view id, base::Time now
) {
    auto act = quarantine::find_act(transaction, who, id);
    if (!act) return act;
    const bool is_over = act->state != ActState::done && act->state != ActState::cancelled &&
                         act->state != ActState::failed;
    if (is_over || !act->undo_until || now > *act->undo_until) {
        return base::failure(ErrorKind::conflict, "It is too late to take this back.");
    }
    const base::Time due = *act->undo_until + put_off_for_undo;
    auto put_off = quarantine::set_due(transaction, act->row, 0, put_off_max, due);
    if (!put_off) return base::failure(put_off.error());
    act->state = ActState::undoing;
    if (auto saved = quarantine::save_act(transaction, *act); !saved) {
        return base::failure(saved.error());
    }
    return act;
}

Result<bool> undo_some(
    database::Transaction& transaction,
    const Actor& actor,
    const ActRules& rules,
    std::int64_t row,
    int limit,
    base::Time now
) {
    auto act = quarantine::act_in_row(transaction, row);
    if (!act) return base::failure(act.error());
    if (act->state != ActState::undoing) return true;
    auto progress = progress_in(act->progress);
    if (!progress) return base::failure(progress.error());
    auto holds = quarantine::done_holds(transaction, row, limit);
    if (!holds) return base::failure(holds.error());
    std::vector<Done> acts;
    for (const quarantine::DoneHold& hold : *holds) {
        // Somebody has decided anew since: that is not this act's to take back.
        if (!hold.stands) continue;
        auto done = done_in(hold.hold_id, hold.effect);
        if (!done) return base::failure(done.error());
        acts.push_back(std::move(*done));
    }
    // Whether it is in time has been asked at the beginning.
    auto count = undo(transaction, actor, rules, acts, now, std::chrono::years(1));
    if (!count) return base::failure(count.error());
    progress->undone += *count;
    if (!holds->empty()) {
        auto forgotten = quarantine::forget_done(transaction, row, holds->back().hold);
        if (!forgotten) return base::failure(forgotten.error());
    }
    const bool is_last = holds->size() < static_cast<std::size_t>(limit);
    if (is_last) act->state = ActState::undone;
    act->progress = to_text(*progress);
    if (auto saved = quarantine::save_act(transaction, *act); !saved) {
        return base::failure(saved.error());
    }
    return is_last;
}

std::string undo_summary(const ActProgress& progress) {
    const std::uint64_t left = progress.tally.done - std::min(progress.tally.done, progress.undone);
    std::string sentence = fmt::format(
        "Took back {} {}.", progress.undone, progress.undone == 1 ? "message" : "messages"
    );
    if (left > 0) {
        sentence += fmt::format(
            " {} {} on the way already, or decided anew.", left, left == 1 ? "was" : "were"
        );
    }
    return sentence;
}

}  // namespace portal
