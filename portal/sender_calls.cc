#include "accounts/audit.h"
#include "accounts/sender_lists.h"
#include "portal/handlers.h"
#include "portal/hold_json.h"
#include "portal/json_body.h"
#include "portal/json_text.h"
#include "portal/problem.h"
#include "portal/reach.h"
#include "portal/sender_changes.h"
#include "quarantine/hold_store.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <utility>

namespace portal {

namespace json = boost::json;
using base::Result;
using base::Task;
using policy::SenderList;

namespace {

constexpr std::size_t entries_max = 1000;  // in one call; a file may bring more
constexpr std::size_t text_bytes_max = 256 * 1024;

// "entries": one each, or "text": to be taken apart here.
Answer<std::vector<std::string>> entries_in(const json::object& body) {
    auto entries = strings_in(body, "entries", entries_max);
    if (!entries) return tl::unexpected(entries.error());
    auto written = string_in(body, "text", text_bytes_max);
    if (!written) return tl::unexpected(written.error());
    if (*entries && !written->empty()) return refuse(400, "Either \"entries\" or \"text\".");
    std::vector<std::string> all = *entries ? std::move(**entries) : split_entries(*written);
    if (all.empty()) return refuse(400, "\"entries\" must name at least one sender.");
    if (all.size() > entries_max) {
        return refuse(
            400,
            fmt::format("At most {} entries at once; a file can be imported instead.", entries_max)
        );
    }
    return all;
}

std::vector<GivenEntry> given_for(SenderList list, std::vector<std::string> entries) {
    std::vector<GivenEntry> given;
    given.reserve(entries.size());
    for (std::string& entry : entries) given.push_back({std::move(entry), list, 0});
    return given;
}

constexpr std::string_view learned = "Auto permitted senders are learned, not entered.";

Answer<SenderChanges> additions_in(const Call& call) {
    auto body = json_body(call.request);
    if (!body) return tl::unexpected(body.error());
    auto list = list_in(*body, "list");
    if (!list) return tl::unexpected(list.error());
    if (*list == SenderList::auto_permitted) return refuse(400, learned);
    auto entries = entries_in(*body);
    if (!entries) return tl::unexpected(entries.error());
    auto changes = changes_in(call, *body);
    if (!changes) return changes;
    changes->given = given_for(*list, std::move(*entries));
    return changes;
}

Answer<SenderChanges> moves_in(const Call& call) {
    auto body = json_body(call.request);
    if (!body) return tl::unexpected(body.error());
    auto from = list_in(*body, "from");
    if (!from) return tl::unexpected(from.error());
    auto to = list_in(*body, "to");
    if (!to) return tl::unexpected(to.error());
    if (*to == SenderList::auto_permitted) return refuse(400, learned);
    if (*from == *to) return refuse(400, "\"from\" and \"to\" are the same list.");
    auto entries = entries_in(*body);
    if (!entries) return tl::unexpected(entries.error());
    auto changes = changes_in(call, *body);
    if (!changes) return changes;
    changes->from = *from;
    changes->given = given_for(*to, std::move(*entries));
    return changes;
}

struct Removal {
    std::string owner;
    SenderList list = SenderList::blocked;
    std::vector<std::string> entries;
    accounts::AuditEntry note;  // but for the object
};

Answer<Removal> removal_in(const Call& call) {
    auto body = json_body(call.request);
    if (!body) return tl::unexpected(body.error());
    auto list = list_in(*body, "list");
    if (!list) return tl::unexpected(list.error());
    auto entries = entries_in(*body);
    if (!entries) return tl::unexpected(entries.error());
    auto own = string_in(*body, "own", 320);
    if (!own) return tl::unexpected(own.error());
    auto owner = sender_lists_of(call, *own);
    if (!owner) return tl::unexpected(owner.error());
    Removal removal{std::move(*owner), *list, std::move(*entries), {}};
    removal.note.at = call.services.clock.now();
    removal.note.who = call.person.address;
    removal.note.act = "sender.removed";
    removal.note.detail = name_of(removal.list);
    if (removal.owner != call.person.address) removal.note.detail += ", for " + removal.owner;
    removal.note.source = call.client;
    return removal;
}

Result<std::int64_t> remove_all(database::Transaction& transaction, Removal& removal) {
    std::int64_t count = 0;
    for (const std::string& given : removal.entries) {
        const auto pattern = read_entry(given);
        if (!pattern) continue;  // What cannot be an entry is not in the list.
        auto removed = accounts::remove_entry(transaction, removal.owner, removal.list, *pattern);
        if (!removed) return base::failure(removed.error());
        if (*removed == 0) continue;
        count += *removed;
        removal.note.object = pattern->key;
        auto noted = accounts::add_audit(transaction, removal.note);
        if (!noted) return base::failure(noted.error());
    }
    return count;
}

// All values of the query that a list and its file share. Answers 400.
Answer<accounts::SenderFilter> sender_filter_of(const Call& call) {
    accounts::SenderFilter filter;
    filter.search = call.query.get("q");
    if (filter.search.size() > 1000) return refuse(400, "What is searched for is too long.");
    const std::string_view type = call.query.get("type");
    if (type == "address" || type == "domain") {
        filter.addresses = type == "address";
    } else if (!type.empty()) {
        return refuse(400, "\"type\" is address or domain.");
    }
    const std::string_view sort = call.query.get("sort");
    if (sort == "-added_at") {
        filter.order = accounts::SenderOrder::newest_first;
    } else if (!sort.empty() && sort != "entry") {
        return refuse(400, "\"sort\" is entry or -added_at.");
    }
    filter.list = policy::sender_list_named(call.query.get("list"));
    if (!filter.list) {
        return refuse(400, "\"list\" is blocked, permitted, auto_permitted or trusted.");
    }
    return filter;
}

}  // namespace

Task<Response> list_senders(Call& call) {
    auto filter = sender_filter_of(call);
    if (!filter) co_return std::move(filter.error());
    auto owner = sender_lists_of(call, call.query.get("own"));
    if (!owner) co_return std::move(owner.error());
    auto limit = limit_of(call, 100, 500);
    if (!limit) co_return std::move(limit.error());

    auto list = [owner = std::move(*owner),
                 filter = std::move(*filter),
                 cursor = std::string(call.query.get("cursor")),
                 limit = *limit](database::Snapshot& snapshot) {
        return accounts::list_entries(snapshot, owner, filter, cursor, limit);
    };
    auto page = co_await call.services.store.read(std::move(list));
    if (!page) co_return problem(page.error(), call.services.log, "listing senders");
    json::array entries;
    for (const accounts::SenderEntry& entry : page->entries) {
        json::object one;
        one["entry"] = text(entry.pattern.key);
        one["type"] = entry.pattern.is_address ? "address" : "domain";
        one["added_at"] = time_text(entry.added_at);
        one["added_by"] = text(entry.added_by);
        entries.push_back(std::move(one));
    }
    json::object answer;
    answer["entries"] = std::move(entries);
    answer["next"] = cursor_text(page->next);
    answer["total"] = page->total;
    co_return json_response(200, answer);
}

Task<Response> add_senders(Call& call) {
    auto changes = additions_in(call);
    if (!changes) co_return std::move(changes.error());
    Task<Response> changed = change_senders(call, std::move(*changes));
    co_return co_await std::move(changed);
}

Task<Response> move_senders(Call& call) {
    auto changes = moves_in(call);
    if (!changes) co_return std::move(changes.error());
    Task<Response> changed = change_senders(call, std::move(*changes));
    co_return co_await std::move(changed);
}

Task<Response> remove_senders(Call& call) {
    auto removal = removal_in(call);
    if (!removal) co_return std::move(removal.error());
    auto remove = [removal = std::move(*removal)](database::Transaction& transaction) mutable {
        return remove_all(transaction, removal);
    };
    auto removed = co_await call.services.store.write(std::move(remove));
    if (!removed) co_return problem(removed.error(), call.services.log, "removing senders");
    json::object answer;
    answer["removed"] = *removed;
    co_return json_response(200, answer);
}

// A person's own only: what was refused for others is the log's business.
Task<Response> list_rejected_mail(Call& call) {
    auto limit = limit_of(call, 50, 500);
    if (!limit) co_return std::move(limit.error());
    const std::string_view search = call.query.get("q");
    if (search.size() > 1000) co_return problem(400, "What is searched for is too long.");
    auto list = [reach = own_reach_of(call.person),
                 search = std::string(search),
                 cursor = std::string(call.query.get("cursor")),
                 limit = *limit](database::Snapshot& snapshot) {
        return quarantine::list_rejected(snapshot, reach, search, cursor, limit);
    };
    auto page = co_await call.services.store.read(std::move(list));
    if (!page) co_return problem(page.error(), call.services.log, "listing rejected mail");
    json::array rejected;
    for (const quarantine::Rejected& mail : page->rejected) {
        json::object one;
        one["at"] = time_text(mail.at);
        one["sender"] = text(mail.sender);
        one["header_from"] = text(mail.header_from);
        one["subject"] = text(mail.subject);
        one["reason"] = text(mail.reason);
        one["rule"] = text(mail.rule);
        one["recipient"] = text(mail.recipient);
        rejected.push_back(std::move(one));
    }
    json::object answer;
    answer["rejected"] = std::move(rejected);
    answer["next"] = cursor_text(page->next);
    co_return json_response(200, answer);
}

}  // namespace portal
