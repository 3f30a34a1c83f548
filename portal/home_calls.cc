#include "accounts/visits.h"
#include "digest/recipients.h"
#include "portal/gateway_state.h"
#include "portal/handlers.h"
#include "portal/hold_json.h"
#include "portal/json_text.h"
#include "portal/problem.h"
#include "portal/reach.h"
#include "quarantine/overview.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace portal {

namespace json = boost::json;
using base::failure;
using base::Result;
using base::Task;
using quarantine::HoldState;

namespace {

constexpr int shown_holds = 5;
// The newest that were released are looked for among so many that came last.
constexpr int released_looked_at = 100;
constexpr std::chrono::days soon{2};
constexpr std::chrono::days lately{7};

struct Home {
    std::optional<base::Time> new_since;  // none: the first visit, at which everything is new
    quarantine::HoldPage held;
    quarantine::Overview counts;
    std::uint64_t failed = 0;
    std::vector<quarantine::Hold> released;
    std::optional<std::uint64_t> moderated;
    std::optional<std::uint64_t> all;
    std::string_view digest_mode = "none";
    std::optional<base::Time> digest_next;
    std::optional<base::Time> due_since;
};

Result<std::uint64_t> number_of(
    database::Snapshot& snapshot,
    const quarantine::Reach& reach,
    quarantine::Scope scope,
    HoldState state
) {
    quarantine::HoldFilter filter;
    filter.scope = scope;
    filter.states = {state};
    auto page = quarantine::list(snapshot, reach, filter, "", 1);
    if (!page) return failure(std::move(page.error()));
    return page->total;
}

Result<std::vector<quarantine::Hold>> newest_released(
    database::Snapshot& snapshot, const quarantine::Reach& reach
) {
    quarantine::HoldFilter filter;
    filter.states = {HoldState::released, HoldState::delivered};
    auto page = quarantine::list(snapshot, reach, filter, "", released_looked_at);
    if (!page) return failure(std::move(page.error()));
    std::ranges::sort(page->holds, [](const quarantine::Hold& a, const quarantine::Hold& b) {
        return std::tie(a.decided_at, a.received_at) > std::tie(b.decided_at, b.received_at);
    });
    if (page->holds.size() > shown_holds) page->holds.resize(shown_holds);
    return std::move(page->holds);
}

Result<void> read_digest(
    database::Snapshot& snapshot,
    const conf::Settings& settings,
    const accounts::Person& person,
    base::Time now,
    Home& home
) {
    if (!settings.sends_digests()) return {};
    auto recipient = digest::recipient_for(snapshot, settings, person.address);
    if (!recipient) return failure(std::move(recipient.error()));
    if (!*recipient) return {};
    home.digest_mode = conf::name_of((*recipient)->mode);
    auto next = digest::next_digest_at(snapshot, settings, person.address, now);
    if (!next) return failure(std::move(next.error()));
    home.digest_next = *next;
    return {};
}

// Fills one member after the other; the first error ends it.
Result<Home> read_home(
    database::Snapshot& snapshot,
    const conf::Settings& settings,
    const accounts::Person& person,
    base::Time now
) {
    Home home;
    auto visit = accounts::previous_visit(snapshot, person.row, now);
    if (!visit) return failure(std::move(visit.error()));
    home.new_since = *visit;
    const base::Time since =
        visit->value_or(now - std::chrono::days(settings.quarantine.retention_days));

    const quarantine::Reach own = own_reach_of(person);
    auto held = quarantine::list(snapshot, own, quarantine::HoldFilter(), "", shown_holds);
    if (!held) return failure(std::move(held.error()));
    home.held = std::move(*held);
    auto counts = quarantine::overview(snapshot, own.owners, {since, now + soon, now - lately});
    if (!counts) return failure(std::move(counts.error()));
    home.counts = *counts;
    auto failed = number_of(snapshot, own, quarantine::Scope::mine, HoldState::failed);
    if (!failed) return failure(std::move(failed.error()));
    home.failed = *failed;
    auto released = newest_released(snapshot, own);
    if (!released) return failure(std::move(released.error()));
    home.released = std::move(*released);

    const quarantine::Reach reach = reach_of(person);
    if (person.role != accounts::Role::user) {
        auto number = number_of(snapshot, reach, quarantine::Scope::moderated, HoldState::held);
        if (!number) return failure(std::move(number.error()));
        home.moderated = *number;
    }
    if (person.role == accounts::Role::administrator) {
        auto number = number_of(snapshot, reach, quarantine::Scope::all, HoldState::held);
        if (!number) return failure(std::move(number.error()));
        home.all = *number;
    }
    auto due = quarantine::due_since(snapshot, now);
    if (!due) return failure(std::move(due.error()));
    home.due_since = *due;
    if (auto done = read_digest(snapshot, settings, person, now, home); !done)
        return failure(std::move(done.error()));
    return home;
}

json::array holds_json(const Call& call, const std::vector<quarantine::Hold>& holds) {
    json::array list;
    for (const quarantine::Hold& hold : holds) list.push_back(hold_json(call, hold));
    return list;
}

json::value number_json(const std::optional<std::uint64_t>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

}  // namespace

Task<Response> show_home(Call& call) {
    Services& services = call.services;
    const base::Time now = services.clock.now();
    auto read = [settings = call.settings, person = call.person, now](database::Snapshot& snapshot
                ) { return read_home(snapshot, *settings, person, now); };
    auto home = co_await services.store.read(std::move(read));
    if (!home) co_return problem(home.error(), services.log, "looking at everything at once");

    json::object counts;
    counts["released"] = home->counts.released;
    counts["rejected"] = home->counts.rejected;
    counts["reported"] = home->counts.reported;
    counts["refused"] = home->counts.refused;
    json::object digest;
    digest["mode"] = text(home->digest_mode);
    digest["next_at"] = time_text(home->digest_next);
    const GatewayState state =
        gateway_state(services.store, services.registry, *call.settings, home->due_since, now);
    json::object gateway;
    gateway["state"] = text(state.state);
    gateway["code"] = text(state.code);
    gateway["text"] = text(state.text);

    json::object answer;
    answer["held"] = home->held.total;
    answer["held_is_exact"] = home->held.total_is_exact;
    answer["new"] = home->counts.fresh;
    answer["new_since"] = time_text(home->new_since);
    answer["expiring_soon"] = home->counts.expiring_soon;
    answer["failed"] = home->failed;
    answer["newest"] = holds_json(call, home->held.holds);
    answer["released"] = holds_json(call, home->released);
    answer["counts_7d"] = std::move(counts);
    answer["counts_are_exact"] = home->counts.is_exact;
    answer["digest"] = std::move(digest);
    answer["gateway"] = std::move(gateway);
    answer["moderated"] = number_json(home->moderated);
    answer["all"] = number_json(home->all);
    co_return json_response(200, answer);
}

}  // namespace portal
