#include "quarantine/hold_rows.h"
#include "quarantine/hold_store.h"
#include "quarantine/reach.h"
#include "quarantine/rows.h"
#include "quarantine/search.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace quarantine {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

constexpr std::int64_t counted_max = 10'000;
// What the index of words finds costs more to count, and nobody needs to know it.
constexpr std::int64_t counted_of_search_max = 1'000;
// With substring filters every candidate is looked at: counting gives up after so many times what
// is counted at most.
constexpr std::int64_t candidates_for_each_counted = 5;
constexpr int page_max = 500;

// Where the next page begins: the order's letter and the last row in hexadecimal.
std::string cursor_after(Order order, std::int64_t row) {
    return fmt::format("{}{:x}", order == Order::newest_first ? 'n' : 'o', row);
}

Result<std::int64_t> row_in(std::string_view cursor, Order order) {
    const bool newest = order == Order::newest_first;
    if (cursor.empty()) return newest ? std::numeric_limits<std::int64_t>::max() : std::int64_t{-1};
    std::int64_t row = 0;
    const char* end = cursor.data() + cursor.size();
    const auto read = std::from_chars(cursor.data() + 1, end, row, 16);
    if (cursor[0] != (newest ? 'n' : 'o') || read.ec != std::errc() || read.ptr != end || row < 0)
        return failure(ErrorKind::invalid, "not a cursor of this list");
    return row;
}

bool sees_nothing(const Reach& reach, const HoldFilter& filter) {
    switch (filter.scope) {
        case Scope::mine:
            return reach.owners.empty() ||
                   (!filter.owner.empty() &&
                    std::ranges::find(reach.owners, filter.owner) == reach.owners.end());
        case Scope::moderated:
            return reach.moderator.empty();
        case Scope::all:
            return !reach.everything;
    }
    return true;
}

std::string states_json(const HoldFilter& filter) {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(HoldState::failed); ++i) {
        const auto state = static_cast<HoldState>(i);
        const bool wanted =
            filter.states.empty() || std::ranges::find(filter.states, state) != filter.states.end();
        if (wanted) names.emplace_back(name_of(state));
    }
    return json_array(names);
}

// Candidates come as partitions: within each (an owner, kind and state; a moderator and state; a
// state) the index gives them in the list's order, so that each needs only its first few, however
// many holds there are.
struct Candidates {
    std::string partitions;  // FROM: the partitions, each with columns in json_each tables
    std::string rows;        // FROM … WHERE: the candidates x of one partition
    std::string row;         // the column that orders them
};

Candidates candidates_of(const Reach& reach, const HoldFilter& filter, Values& values) {
    const std::string states = fmt::format("json_each({}) AS s", values.add(states_json(filter)));
    if (filter.scope == Scope::moderated) {
        std::string rows = fmt::format(
            "hold_moderator AS g CROSS JOIN hold AS x ON x.row = g.hold "
            "WHERE g.moderator = {} AND g.state = s.value AND x.kind = 'moderator'",
            values.add(reach.moderator)
        );
        if (!filter.owner.empty())
            rows += fmt::format(" AND x.owner = {}", values.add(filter.owner));
        return {states, std::move(rows), "g.hold"};
    }
    if (filter.scope == Scope::all && filter.owner.empty())
        return {states, "hold AS x WHERE x.state = s.value", "x.row"};
    std::vector<std::string> owners = reach.owners;
    if (!filter.owner.empty()) owners = {filter.owner};
    std::ranges::sort(owners);
    owners.erase(std::unique(owners.begin(), owners.end()), owners.end());
    const std::string_view kinds =
        filter.scope == Scope::mine ? R"('["user"]')" : R"('["user","moderator","administrator"]')";
    return {
        fmt::format(
            "json_each({}) AS o CROSS JOIN json_each({}) AS k CROSS JOIN {}",
            values.add(json_array(owners)),
            kinds,
            states
        ),
        "hold AS x WHERE x.owner = o.value AND x.kind = k.value AND x.state = s.value",
        "x.row"
    };
}

// Within a search the index of words leads, and what it finds is held against the scope.
std::string searched(
    const Reach& reach, const HoldFilter& filter, const std::string& expression, Values& values
) {
    std::string sql = fmt::format(
        "hold_search CROSS JOIN hold AS x ON x.row = hold_search.rowid "
        "WHERE hold_search MATCH {} AND x.state IN (SELECT value FROM json_each({}))",
        values.add(expression),
        values.add(states_json(filter))
    );
    if (filter.scope == Scope::mine)
        sql += fmt::format(
            " AND x.kind = 'user' AND x.owner IN (SELECT value FROM json_each({}))",
            values.add(json_array(reach.owners))
        );
    if (filter.scope == Scope::moderated)
        sql += fmt::format(
            " AND x.kind = 'moderator' AND EXISTS (SELECT 1 FROM hold_moderator g "
            "WHERE g.hold = x.row AND g.moderator = {})",
            values.add(reach.moderator)
        );
    if (!filter.owner.empty()) sql += fmt::format(" AND x.owner = {}", values.add(filter.owner));
    return sql;
}

// The substring filters, each with AND in front; "" when there are none.
std::string filters(const HoldFilter& filter, Values& values) {
    std::string of_mail;
    const auto add = [&](std::string_view what, const std::string& part) {
        if (!part.empty()) of_mail += fmt::format(" AND contains({}, {})", what, values.add(part));
    };
    add("fm.subject", filter.subject);
    add("fm.header_from_name || ' ' || fm.header_from_address || ' ' || fm.sender", filter.from);
    add("fm.header_to || ' ' || x.recipient", filter.to);
    std::string result;
    if (!of_mail.empty())
        result = " AND EXISTS (SELECT 1 FROM mail AS fm WHERE fm.row = x.mail" + of_mail + ")";
    if (!filter.reason.empty())
        result +=
            fmt::format(" AND contains(x.reason || ' ' || x.rule, {})", values.add(filter.reason));
    if (filter.mails_up_to > 0)
        result += fmt::format(" AND x.mail <= {}", values.add(filter.mails_up_to));
    return result;
}

// True when a page may have to look at many candidates for each that it shows.
bool has_filters(const HoldFilter& filter) {
    return !(
        filter.subject.empty() && filter.from.empty() && filter.to.empty() && filter.reason.empty()
    );
}

// What a query without substring filters is to walk through.
Candidates walked(const Reach& reach, const HoldFilter& filter, Values& values) {
    const std::string expression = search_expression(reach, filter);
    if (expression.empty()) return candidates_of(reach, filter, values);
    return {"(SELECT 1)", searched(reach, filter, expression, values), "hold_search.rowid"};
}

// The last row a page may show when some partition has looked_at_max candidates and more;
// none when all can be looked at.
Result<std::optional<std::int64_t>> frontier_of(
    database::Snapshot& snapshot, const Reach& reach, const HoldFilter& filter, std::int64_t after
) {
    const bool newest = filter.order == Order::newest_first;
    Values values;
    const Candidates of = walked(reach, filter, values);
    const std::string sql = fmt::format(
        "SELECT {5}((SELECT {1} FROM {2} AND {1} {3} {4} ORDER BY {1} {6} LIMIT 1 OFFSET {7})) "
        "FROM {0}",
        of.partitions,
        of.row,
        of.rows,
        newest ? "<" : ">",
        values.add(after),
        newest ? "max" : "min",
        newest ? "DESC" : "ASC",
        values.add(filter.looked_at_max - 1)
    );
    auto rows = snapshot.query(sql, values.all());
    if (!rows) return failure(std::move(rows.error()));
    auto found = rows->next();
    if (!found) return failure(std::move(found.error()));
    if (!*found || rows->is_null(0)) return std::optional<std::int64_t>();
    return std::optional(rows->integer(0));
}

// The rows of one page and of one more, as a subquery; none behind `frontier`.
std::string page_rows(
    const Reach& reach,
    const HoldFilter& filter,
    std::int64_t after,
    std::optional<std::int64_t> frontier,
    int limit,
    Values& values
) {
    const bool newest = filter.order == Order::newest_first;
    const std::string expression = search_expression(reach, filter);
    const auto bounded = [&](std::string_view row) {
        std::string up_to;
        if (frontier)
            up_to = fmt::format(" AND {} {} {}", row, newest ? ">=" : "<=", values.add(*frontier));
        return fmt::format(
            " AND {0} {1} {2}{3} ORDER BY {0} {4} LIMIT {5}",
            row,
            newest ? "<" : ">",
            values.add(after),
            up_to,
            newest ? "DESC" : "ASC",
            values.add(std::int64_t{limit} + 1)
        );
    };
    if (!expression.empty()) {
        const std::string from = searched(reach, filter, expression, values);
        return "SELECT x.row FROM " + from + filters(filter, values) + bounded("hold_search.rowid");
    }
    const Candidates of = candidates_of(reach, filter, values);
    const std::string filtered = filters(filter, values);
    return fmt::format(
        "SELECT r.row FROM {} CROSS JOIN hold AS r WHERE r.row IN (SELECT {} FROM {}{}{})",
        of.partitions,
        of.row,
        of.rows,
        filtered,
        bounded(of.row)
    );
}

Result<void> read_page(
    database::Snapshot& snapshot,
    const Reach& reach,
    const HoldFilter& filter,
    std::int64_t after,
    int limit,
    HoldPage& page
) {
    std::optional<std::int64_t> frontier;
    if (has_filters(filter)) {
        auto found = frontier_of(snapshot, reach, filter, after);
        if (!found) return failure(std::move(found.error()));
        frontier = *found;
    }
    Values values;
    const std::string rows = page_rows(reach, filter, after, frontier, limit, values);
    const std::string sql = fmt::format(
        "SELECT {} FROM hold AS h CROSS JOIN mail AS m ON m.row = h.mail WHERE h.row IN ({}) "
        "ORDER BY h.row {} LIMIT {}",
        hold_columns,
        rows,
        filter.order == Order::newest_first ? "DESC" : "ASC",
        values.add(std::int64_t{limit} + 1)
    );
    std::int64_t last = 0;
    const auto keep = [&](const database::Rows& row) -> Result<void> {
        if (page.holds.size() == static_cast<std::size_t>(limit)) {
            page.next = cursor_after(filter.order, last);
            return {};
        }
        last = row.integer(hold_column_count - 1);
        auto hold = read_hold(row);
        if (!hold) return failure(std::move(hold.error()));
        page.holds.push_back(std::move(*hold));
        return {};
    };
    if (auto read = for_each_row(snapshot, sql, values.all(), keep); !read) return read;
    // Not everything has been looked at: the next page begins where this one gave up.
    if (page.next.empty() && frontier) page.next = cursor_after(filter.order, *frontier);
    return {};
}

}  // namespace

Result<HoldCount> count_matching(
    database::Snapshot& snapshot, const Reach& reach, const HoldFilter& filter, std::int64_t most
) {
    if (sees_nothing(reach, filter)) return HoldCount();
    Values values;
    const Candidates of = walked(reach, filter, values);
    const std::string candidates = of.partitions + " CROSS JOIN " + of.rows;
    const std::string filtered = filters(filter, values);
    const std::int64_t looked_at_max = most * candidates_for_each_counted;
    // What is looked at is bounded, then what of it matches is counted.
    const std::string sql =
        filtered.empty()
            ? fmt::format(
                  "SELECT count(*), 0 FROM (SELECT 1 FROM {} LIMIT {})", candidates, most + 1
              )
            : fmt::format(
                  "SELECT total(matches), count(*) FROM (SELECT (1{}) AS matches FROM {} LIMIT {})",
                  filtered,
                  candidates,
                  looked_at_max + 1
              );
    auto rows = snapshot.query(sql, values.all());
    if (!rows) return failure(std::move(rows.error()));
    auto found = rows->next();
    if (!found) return failure(std::move(found.error()));
    const std::int64_t counted = rows->integer(0);
    HoldCount count;
    count.holds = static_cast<std::uint64_t>(std::min(counted, most));
    count.is_exact = counted <= most && rows->integer(1) <= looked_at_max;
    return count;
}

Result<std::int64_t> newest_mail(database::Snapshot& snapshot) {
    auto newest = first_row(snapshot, "SELECT max(row) FROM mail", {}, first_integer);
    if (!newest) return failure(std::move(newest.error()));
    // A bound of 0 would be none.
    return std::max<std::int64_t>(newest->value_or(0), 1);
}

Result<IdPage> list_ids(
    database::Snapshot& snapshot,
    const Reach& reach,
    const HoldFilter& filter,
    std::string_view cursor,
    int limit
) {
    auto after = row_in(cursor, filter.order);
    if (!after) return failure(std::move(after.error()));
    IdPage ids;
    if (sees_nothing(reach, filter)) return ids;
    HoldPage page;
    limit = std::clamp(limit, 1, page_max);
    if (auto read = read_page(snapshot, reach, filter, *after, limit, page); !read)
        return failure(std::move(read.error()));
    for (Hold& hold : page.holds) ids.ids.push_back(std::move(hold.id));
    ids.next = std::move(page.next);
    return ids;
}

Result<HoldPage> list(
    database::Snapshot& snapshot,
    const Reach& reach,
    const HoldFilter& filter,
    std::string_view cursor,
    int limit,
    Total total
) {
    auto after = row_in(cursor, filter.order);
    if (!after) return failure(std::move(after.error()));
    HoldPage page;
    if (sees_nothing(reach, filter)) return page;
    limit = std::clamp(limit, 1, page_max);
    if (auto read = read_page(snapshot, reach, filter, *after, limit, page); !read)
        return failure(std::move(read.error()));
    if (total == Total::not_counted) {
        page.total_is_exact = false;
        return page;
    }
    const bool is_plain = !has_filters(filter) && search_expression(reach, filter).empty();
    auto count =
        count_matching(snapshot, reach, filter, is_plain ? counted_max : counted_of_search_max);
    if (!count) return failure(std::move(count.error()));
    page.total = count->holds;
    page.total_is_exact = count->is_exact;
    return page;
}

}  // namespace quarantine
