#include "accounts/audit.h"
#include "accounts/sender_lists.h"
#include "portal/handlers.h"
#include "portal/hold_json.h"
#include "portal/json_body.h"
#include "portal/json_text.h"
#include "portal/problem.h"
#include "portal/reach.h"
#include "quarantine/hold_store.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <utility>

namespace portal {

namespace json = boost::json;
using base::Result;
using base::Task;
using policy::SenderList;
using policy::SenderPattern;

namespace {

constexpr std::size_t entries_max = 1000;  // in one call

struct Wanted {
    SenderList list = SenderList::blocked;
    std::vector<std::string> entries;
};

Answer<Wanted> wanted_in(const Request& request) {
    auto body = json_body(request);
    if (!body) return tl::unexpected(body.error());
    auto name = string_in(*body, "list", 20);
    if (!name) return tl::unexpected(name.error());
    const auto list = policy::sender_list_named(*name);
    if (!list) {
        return tl::unexpected(
            problem(400, "\"list\" is blocked, permitted, auto_permitted or trusted.")
        );
    }
    auto entries = strings_in(*body, "entries", entries_max);
    if (!entries) return tl::unexpected(entries.error());
    if (!*entries || (*entries)->empty()) {
        return tl::unexpected(problem(400, "\"entries\" must name at least one sender."));
    }
    return Wanted{*list, std::move(**entries)};
}

std::string_view audit_name(SenderList list) {
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

struct ListChange {
    std::string who;
    std::string source;
    Wanted wanted;
    std::vector<mail::Domain> own_domains;
    base::Time now;

    Result<void> note(
        database::Transaction& transaction, std::string_view act, const std::string& key
    ) const {
        accounts::AuditEntry entry;
        entry.at = now;
        entry.who = who;
        entry.act = act;
        entry.object = key;
        entry.detail = policy::name_of(wanted.list);
        entry.source = source;
        return accounts::add_audit(transaction, entry);
    }
};

struct RefusedEntry {
    std::string entry;
    std::string why;
};

struct Added {
    std::vector<std::string> keys;
    std::vector<RefusedEntry> problems;
};

Result<Added> add_all(database::Transaction& transaction, const ListChange& change) {
    Added result;
    for (const std::string& given : change.wanted.entries) {
        auto pattern = SenderPattern::parse(given);
        if (!pattern) {
            result.problems.push_back({given, pattern.error().text});
            continue;
        }
        auto added = accounts::add_entry(
            transaction,
            change.who,
            change.wanted.list,
            *pattern,
            change.who,
            change.own_domains,
            change.now
        );
        if (!added) {
            const auto kind = added.error().kind;
            if (kind != base::ErrorKind::invalid && kind != base::ErrorKind::limit) {
                return base::failure(added.error());
            }
            result.problems.push_back({given, added.error().text});
            continue;
        }
        result.keys.push_back(pattern->key);
        if (*added == accounts::Added::was_there) continue;
        auto noted = change.note(transaction, audit_name(change.wanted.list), pattern->key);
        if (!noted) return base::failure(noted.error());
    }
    return result;
}

Result<std::int64_t> remove_all(database::Transaction& transaction, const ListChange& change) {
    std::int64_t count = 0;
    for (const std::string& given : change.wanted.entries) {
        auto pattern = SenderPattern::parse(given);
        if (!pattern) continue;  // What cannot be an entry is not in the list.
        auto removed =
            accounts::remove_entry(transaction, change.who, change.wanted.list, *pattern);
        if (!removed) return base::failure(removed.error());
        if (*removed == 0) continue;
        count += *removed;
        auto noted = change.note(transaction, "sender.removed", pattern->key);
        if (!noted) return base::failure(noted.error());
    }
    return count;
}

ListChange change_of(const Call& call, Wanted wanted) {
    ListChange change;
    change.who = call.person.address;
    change.source = call.client;
    change.wanted = std::move(wanted);
    for (const conf::ProtectedDomain& domain : call.settings->domains) {
        change.own_domains.push_back(domain.name);
    }
    change.now = call.services.clock.now();
    return change;
}

}  // namespace

Task<Response> list_senders(Call& call) {
    accounts::SenderFilter filter;
    filter.list = policy::sender_list_named(call.query.get("list"));
    if (!filter.list) {
        co_return problem(400, "\"list\" is blocked, permitted, auto_permitted or trusted.");
    }
    filter.search = call.query.get("q");
    const std::string_view type = call.query.get("type");
    if (type == "address" || type == "domain") {
        filter.addresses = type == "address";
    } else if (!type.empty()) {
        co_return problem(400, "\"type\" is address or domain.");
    }
    auto limit = limit_of(call, 100, 500);
    if (!limit) co_return std::move(limit.error());

    auto list = [owner = call.person.address,
                 filter,
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
    auto wanted = wanted_in(call.request);
    if (!wanted) co_return std::move(wanted.error());
    if (wanted->list == SenderList::auto_permitted) {
        co_return problem(400, "Auto permitted senders are learned, not entered.");
    }
    auto add = [change = change_of(call, std::move(*wanted))](database::Transaction& transaction) {
        return add_all(transaction, change);
    };
    auto added = co_await call.services.store.write(std::move(add));
    if (!added) co_return problem(added.error(), call.services.log, "adding senders");
    json::array keys;
    for (const std::string& key : added->keys) keys.push_back(text(key));
    json::array problems;
    for (const RefusedEntry& refused : added->problems) {
        json::object one;
        one["entry"] = text(refused.entry);
        one["problem"] = text(refused.why);
        problems.push_back(std::move(one));
    }
    json::object answer;
    answer["added"] = std::move(keys);
    answer["problems"] = std::move(problems);
    co_return json_response(200, answer);
}

Task<Response> remove_senders(Call& call) {
    auto wanted = wanted_in(call.request);
    if (!wanted) co_return std::move(wanted.error());
    auto remove = [change = change_of(call, std::move(*wanted))](database::Transaction& transaction
                  ) { return remove_all(transaction, change); };
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
    auto list = [reach = own_reach_of(call.person),
                 cursor = std::string(call.query.get("cursor")),
                 limit = *limit](database::Snapshot& snapshot) {
        return quarantine::list_rejected(snapshot, reach, cursor, limit);
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
