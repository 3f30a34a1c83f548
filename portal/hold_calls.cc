#include "portal/handlers.h"
#include "portal/hold_json.h"
#include "portal/json_text.h"
#include "portal/problem.h"
#include "portal/reach.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace portal {

namespace json = boost::json;
using base::Task;
using quarantine::HoldState;

namespace {

// Of a list whose filters let nothing through: more than two million holds.
constexpr int looks_max = 50;

}  // namespace

json::object hold_json(const Call& call, const quarantine::Hold& hold) {
    const bool is_open = can_be_decided(hold.state);
    json::object may;
    may["release"] = is_open;
    may["reject"] = is_open;
    may["report"] = is_open;
    may["manage_sender"] = may_manage_sender(own_reach_of(call.person), hold);
    json::object from;
    from["name"] = text(hold.header_from_name);
    from["address"] = text(hold.header_from_address);

    json::object object;
    object["id"] = text(hold.id);
    object["mail_id"] = text(hold.mail_id);
    object["owner"] = text(hold.owner);
    object["sender"] = text(hold.sender);
    object["header_from"] = std::move(from);
    object["to"] = text(hold.to);
    object["subject"] = text(hold.subject);
    object["reason"] = text(hold.reason);
    object["rule"] = text(hold.rule);
    object["kind"] = text(mail::name_of(hold.kind));
    object["state"] = text(quarantine::name_of(hold.state));
    object["received_at"] = time_text(hold.received_at);
    object["expires_at"] = time_text(hold.expires_at);
    object["size"] = hold.size;
    object["sha256"] = text(hold.sha256);
    object["attachments"] = hold.attachments;
    object["may"] = std::move(may);
    object["decided_by"] = cursor_text(hold.decided_by);
    object["decided_at"] = time_text(hold.decided_at);
    // Expiry is nobody's act.
    object["acted_by_other"] = !hold.decided_by.empty() && hold.decided_by != call.person.address &&
                               hold.state != HoldState::expired;
    const auto& addresses = call.person.addresses;
    const bool is_theirs =
        std::find(addresses.begin(), addresses.end(), hold.owner) != addresses.end();
    object["mailbox"] = text(is_theirs ? "" : hold.owner);
    return object;
}

Answer<quarantine::HoldFilter> filter_of(const Call& call, const FilterText& given) {
    quarantine::HoldFilter filter;
    if (given.scope == "moderated") {
        if (call.person.role == accounts::Role::user) {
            return refuse(403, "Only moderators see the mail of others.");
        }
        filter.scope = quarantine::Scope::moderated;
    } else if (given.scope == "all") {
        if (call.person.role != accounts::Role::administrator) {
            return refuse(403, "Only administrators see all mail.");
        }
        filter.scope = quarantine::Scope::all;
    } else if (!given.scope.empty() && given.scope != "mine") {
        return refuse(400, "\"scope\" is mine, moderated or all.");
    }

    if (given.state == "decided") {
        filter.states = {
            HoldState::released,
            HoldState::delivered,
            HoldState::rejected,
            HoldState::reported,
            HoldState::expired,
            HoldState::failed,
        };
    } else if (given.state == "any") {
        filter.states.clear();
    } else if (!given.state.empty() && given.state != "held") {
        return refuse(400, "\"state\" is held, decided or any.");
    }

    if (given.sort == "received_at") {
        filter.order = quarantine::Order::oldest_first;
    } else if (!given.sort.empty() && given.sort != "-received_at") {
        return refuse(400, "\"sort\" is received_at or -received_at.");
    }
    for (const std::string* part :
         {&given.q, &given.subject, &given.from, &given.to, &given.reason}) {
        if (part->size() > 1000) return refuse(400, "What is searched for is too long.");
    }
    filter.search = given.q;
    filter.subject = given.subject;
    filter.from = given.from;
    filter.to = given.to;
    filter.reason = given.reason;
    if (!given.owner.empty()) {
        const auto owner = mail::Address::parse(given.owner);
        if (!owner) return refuse(400, "\"owner\" is no address.");
        filter.owner = owner->key();
    }
    return filter;
}

Answer<int> limit_of(const Call& call, int usual, int most) {
    const std::string_view given = call.query.get("limit");
    if (given.empty()) return usual;
    int limit = 0;
    const char* end = given.data() + given.size();
    auto [stop, error] = std::from_chars(given.data(), end, limit);
    if (stop != end || error != std::errc() || limit < 1 || limit > most) {
        return refuse(400, fmt::format("\"limit\" is a number from 1 to {}.", most));
    }
    return limit;
}

Task<Response> list_holds(Call& call) {
    const auto given = [&](std::string_view name) { return std::string(call.query.get(name)); };
    const FilterText text_of_filter{
        given("scope"),
        given("state"),
        given("q"),
        given("subject"),
        given("from"),
        given("to"),
        given("reason"),
        given("owner"),
        given("sort"),
    };
    auto filter = filter_of(call, text_of_filter);
    if (!filter) co_return std::move(filter.error());
    auto limit = limit_of(call, 50, 500);
    if (!limit) co_return std::move(limit.error());

    // With filters that let few through, one look at the store gives up before it has found a page:
    // the next goes on, so that no single one keeps a reader from others for long.
    quarantine::HoldPage page;
    std::string cursor = given("cursor");
    for (int look = 0; look < looks_max; ++look) {
        const auto total = look == 0 ? quarantine::Total::counted : quarantine::Total::not_counted;
        auto list =
            [reach = reach_of(call.person), filter = *filter, cursor, limit = *limit, total](
                database::Snapshot& snapshot
            ) { return quarantine::list(snapshot, reach, filter, cursor, limit, total); };
        auto more = co_await call.services.store.read(std::move(list));
        if (!more) co_return problem(more.error(), call.services.log, "listing holds");
        page.holds = std::move(more->holds);
        page.next = std::move(more->next);
        if (look == 0) page.total = more->total;
        if (look == 0) page.total_is_exact = more->total_is_exact;
        if (!page.holds.empty() || page.next.empty() || call.services.stopping) break;
        cursor = page.next;
    }

    // The count looks at less than a list that goes on looking.
    page.total = std::max<std::uint64_t>(page.total, page.holds.size());
    json::array holds;
    for (const quarantine::Hold& hold : page.holds) holds.push_back(hold_json(call, hold));
    json::object answer;
    answer["holds"] = std::move(holds);
    answer["next"] = cursor_text(page.next);
    answer["total"] = page.total;
    answer["total_is_exact"] = page.total_is_exact;
    co_return json_response(200, answer);
}

}  // namespace portal
