#include "portal/sender_changes.h"

#include "accounts/audit.h"
#include "portal/json_body.h"
#include "portal/json_text.h"
#include "portal/problem.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace portal {

namespace json = boost::json;
using accounts::EntryObstacle;
using accounts::PlannedEntry;
using base::Result;
using base::Task;
using policy::SenderList;

namespace {

constexpr std::size_t entries_named_max = 1000;  // entries named in an answer, in each of its lists
constexpr std::size_t changes_noted_max =
    1000;  // more changes at once are one line of the audit trail
constexpr std::size_t entry_shown_max = 300;  // bytes of an entry that is a problem

std::string_view audit_act(SenderList list) {
    switch (list) {
        case SenderList::blocked:
            return "sender.blocked";
        case SenderList::permitted:
        case SenderList::auto_permitted:
            return "sender.permitted";
        case SenderList::trusted:
            return "sender.trusted";
    }
    return "sender.blocked";
}

// What goes to the store; everything in it lives until the job has ended.
struct SenderBatch {
    accounts::BatchTerms terms;
    ReadEntries entries;
    std::string who;
    std::string source;
    base::Time now;

    bool is_for_others() const { return terms.owner != who; }
};

struct PlannedBatch {
    std::vector<PlannedEntry> plan;
    bool is_free = true;  // of obstacles
};

Result<PlannedBatch> sender_plan(database::Snapshot& snapshot, const SenderBatch& batch) {
    auto plan = accounts::plan_entries(snapshot, batch.terms, batch.entries.wanted);
    if (!plan) return base::failure(plan.error());
    const bool is_free = std::all_of(plan->begin(), plan->end(), [](const PlannedEntry& planned) {
        return planned.obstacle == EntryObstacle::none;
    });
    return PlannedBatch{std::move(*plan), is_free};
}

std::size_t change_count(const std::vector<PlannedEntry>& plan, PlannedEntry::Change change) {
    return static_cast<std::size_t>(std::count_if(
        plan.begin(),
        plan.end(),
        [&](const PlannedEntry& planned) {
            return planned.obstacle == EntryObstacle::none && planned.change == change;
        }
    ));
}

Result<void> note_change(
    database::Transaction& transaction,
    const SenderBatch& batch,
    std::string_view act,
    std::string_view object,
    std::string detail
) {
    accounts::AuditEntry entry;
    entry.at = batch.now;
    entry.who = batch.who;
    entry.act = act;
    entry.object = object;
    entry.detail = std::move(detail);
    if (batch.is_for_others()) entry.detail += ", for " + batch.terms.owner;
    entry.source = batch.source;
    return accounts::add_audit(transaction, entry);
}

Result<void> note_changes(
    database::Transaction& transaction,
    const SenderBatch& batch,
    const std::vector<PlannedEntry>& plan
) {
    const std::size_t added = change_count(plan, PlannedEntry::Change::add);
    const std::size_t moved = change_count(plan, PlannedEntry::Change::move);
    if (added + moved > changes_noted_max) {
        // The entries say themselves who brought them, and when.
        auto detail = fmt::format("{} added, {} moved", added, moved);
        return note_change(
            transaction, batch, "sender.imported", batch.terms.owner, std::move(detail)
        );
    }
    for (std::size_t i = 0; i < plan.size(); ++i) {
        if (plan[i].change == PlannedEntry::Change::none) continue;
        const accounts::WantedEntry& entry = batch.entries.wanted[i];
        std::string detail(name_of(entry.list));
        if (plan[i].change == PlannedEntry::Change::move) {
            detail += fmt::format(", moved from {}", name_of(plan[i].from));
        }
        auto noted = note_change(
            transaction, batch, audit_act(entry.list), entry.pattern.key, std::move(detail)
        );
        if (!noted) return noted;
    }
    return {};
}

Result<PlannedBatch> carry_out_batch(database::Transaction& transaction, const SenderBatch& batch) {
    auto planned = sender_plan(transaction, batch);
    if (!planned || !planned->is_free) return planned;
    auto placed = accounts::place_entries(
        transaction, batch.terms, batch.entries.wanted, planned->plan, batch.who, batch.now
    );
    if (!placed) return base::failure(placed.error());
    if (auto noted = note_changes(transaction, batch, planned->plan); !noted) {
        return base::failure(noted.error());
    }
    return planned;
}

json::object entry_problem_json(const GivenEntry& given, const EntryProblem& found) {
    json::object one;
    one["index"] = found.index;
    one["entry"] = text(std::string_view(given.text).substr(0, entry_shown_max));
    one["problem"] = text(found.fault.why);
    one["code"] = name_of(found.fault.code);
    if (given.line > 0) one["line"] = given.line;
    return one;
}

// Those of reading, then those of the store, in the order the entries were given in.
std::vector<EntryProblem> entry_problems(
    const SenderBatch& batch, const std::vector<PlannedEntry>& plan
) {
    std::vector<EntryProblem> problems = batch.entries.problems;
    for (std::size_t i = 0; i < plan.size(); ++i) {
        if (plan[i].obstacle == EntryObstacle::none) continue;
        problems.push_back({batch.entries.given_by[i], fault_of(plan[i])});
    }
    std::sort(problems.begin(), problems.end(), [](const auto& a, const auto& b) {
        return a.index < b.index;
    });
    return problems;
}

json::object changes_json(
    const std::vector<GivenEntry>& given,
    const SenderBatch& batch,
    const std::vector<PlannedEntry>& plan
) {
    const auto found = entry_problems(batch, plan);
    json::array added;
    json::array moved;
    json::array unchanged;
    json::array problems;
    for (const EntryProblem& one : found) {
        if (problems.size() == entries_named_max) break;
        problems.push_back(entry_problem_json(given[one.index], one));
    }
    for (std::size_t i = 0; found.empty() && i < plan.size(); ++i) {
        const std::string& key = batch.entries.wanted[i].pattern.key;
        if (plan[i].change == PlannedEntry::Change::move) {
            if (moved.size() == entries_named_max) continue;
            json::object one;
            one["entry"] = text(key);
            one["from"] = name_of(plan[i].from);
            moved.push_back(std::move(one));
            continue;
        }
        json::array& into = plan[i].change == PlannedEntry::Change::add ? added : unchanged;
        if (into.size() < entries_named_max) into.push_back(text(key));
    }
    const auto count = [&](PlannedEntry::Change change) {
        return found.empty() ? change_count(plan, change) : std::size_t{0};
    };
    json::object counts;
    counts["added"] = count(PlannedEntry::Change::add);
    counts["moved"] = count(PlannedEntry::Change::move);
    counts["unchanged"] = count(PlannedEntry::Change::none);
    counts["problems"] = found.size();
    json::object answer;
    answer["added"] = std::move(added);
    answer["moved"] = std::move(moved);
    answer["unchanged"] = std::move(unchanged);
    answer["problems"] = std::move(problems);
    answer["counts"] = std::move(counts);
    return answer;
}

Answer<bool> dry_run_in(const json::object& body) {
    const json::value* value = body.if_contains("dry_run");
    if (!value || value->is_null()) return false;
    if (!value->is_bool()) return refuse(400, "\"dry_run\" is true or false.");
    return value->get_bool();
}

}  // namespace

Answer<std::string> sender_lists_of(const Call& call, std::string_view own) {
    if (own.empty()) return call.person.address;
    auto address = mail::Address::parse(own);
    if (!address) return refuse(400, "\"own\" is the address of a mailbox.");
    const auto is_in = [&](const std::vector<std::string>& keys) {
        return std::find(keys.begin(), keys.end(), address->key()) != keys.end();
    };
    if (is_in(call.person.addresses)) return call.person.address;
    if (is_in(call.person.acts_for)) return address->key();
    return refuse(403, "You do not act for that mailbox.");
}

Answer<SenderChanges> changes_in(const Call& call, const json::object& body) {
    SenderChanges changes;
    auto own = string_in(body, "own", 320);
    if (!own) return tl::unexpected(own.error());
    auto owner = sender_lists_of(call, *own);
    if (!owner) return tl::unexpected(owner.error());
    changes.owner = std::move(*owner);
    auto dry_run = dry_run_in(body);
    if (!dry_run) return tl::unexpected(dry_run.error());
    changes.dry_run = *dry_run;
    return changes;
}

Answer<SenderList> list_in(const json::object& body, std::string_view name) {
    auto given = string_in(body, name, 20);
    if (!given) return tl::unexpected(given.error());
    const auto list = policy::sender_list_named(*given);
    if (!list) {
        return refuse(
            400, fmt::format("\"{}\" is blocked, permitted, auto_permitted or trusted.", name)
        );
    }
    return *list;
}

Task<Response> change_senders(Call& call, SenderChanges changes) {
    Services& services = call.services;
    SenderBatch batch;
    batch.terms.owner = changes.owner;
    for (const conf::ProtectedDomain& domain : call.settings->domains) {
        batch.terms.own_domains.push_back(domain.name);
    }
    batch.terms.from = changes.from;
    batch.who = call.person.address;
    batch.source = call.client;
    batch.now = services.clock.now();

    // A hundred thousand entries take a moment to read. `changes` and `batch` live in this frame,
    // which waits for each of the jobs.
    auto read = [&changes]() { return Result<ReadEntries>(read_entries(changes.given)); };
    auto entries = co_await services.reading.run(std::move(read));
    if (!entries) co_return problem(entries.error(), services.log, "reading senders");
    batch.entries = std::move(*entries);

    // First without the one writer, which mail waits for; what is in order is planned once more
    // where nobody else can write.
    auto look = [&batch](database::Snapshot& snapshot) { return sender_plan(snapshot, batch); };
    auto planned = co_await services.store.read(std::move(look));
    if (!planned) co_return problem(planned.error(), services.log, "planning senders");
    const bool in_order = batch.entries.problems.empty() && planned->is_free;
    if (in_order && !changes.dry_run) {
        auto place = [&batch](database::Transaction& transaction) {
            return carry_out_batch(transaction, batch);
        };
        planned = co_await services.store.write(std::move(place));
        if (!planned) co_return problem(planned.error(), services.log, "changing senders");
    }
    co_return json_response(200, changes_json(changes.given, batch, planned->plan));
}

}  // namespace portal
