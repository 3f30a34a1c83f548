#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/statement.h"

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Short forms for what every query of this room does.

namespace quarantine {

inline std::int64_t to_column(base::Time time) {
    return time.time_since_epoch().count();
}
inline base::Time to_time(std::int64_t column) {
    return base::Time(std::chrono::milliseconds(column));
}
inline std::int64_t to_column(std::uint64_t count) {
    return static_cast<std::int64_t>(count);
}

// ["a","b"] for json_each(?). The texts are UTF-8.
std::string json_array(std::span<const std::string> texts);

// Well-formed UTF-8 without NUL, as SQL text and JSON want it.
std::string clean_text(std::string_view text);

// Calls `each` (Result<void>(const Rows&)) for every row, and stops at its first error.
template <class Each>
base::Result<void> for_each_row(
    database::Snapshot& snapshot,
    std::string_view sql,
    std::span<const database::Value> values,
    Each each
) {
    auto rows = snapshot.query(sql, values);
    if (!rows) return base::failure(std::move(rows.error()));
    for (;;) {
        auto found = rows->next();
        if (!found) return base::failure(std::move(found.error()));
        if (!*found) return {};
        if (base::Result<void> done = each(std::as_const(*rows)); !done) return done;
    }
}

// What `read` (T(const Rows&)) makes of the first row, or none.
template <class Read, class T = std::invoke_result_t<Read&, const database::Rows&>>
base::Result<std::optional<T>> first_row(
    database::Snapshot& snapshot,
    std::string_view sql,
    std::initializer_list<database::Value> values,
    Read read
) {
    auto rows = snapshot.query(sql, values);
    if (!rows) return base::failure(std::move(rows.error()));
    auto found = rows->next();
    if (!found) return base::failure(std::move(found.error()));
    if (!*found) return std::optional<T>();
    return std::optional<T>(read(std::as_const(*rows)));
}

inline std::int64_t first_integer(const database::Rows& rows) {
    return rows.integer(0);
}

// The first column of every row.
base::Result<std::vector<std::int64_t>> integers(
    database::Snapshot& snapshot,
    std::string_view sql,
    std::initializer_list<database::Value> values
);

// The values of a query that is put together, and the texts among them.
class Values {
  public:
    // "?7", bound to `value`.
    std::string add(std::int64_t value) { return put(value); }
    std::string add(std::string value) {
        texts_.push_back(std::move(value));
        return put(std::string_view(texts_.back()));
    }
    std::span<const database::Value> all() const { return values_; }

  private:
    std::string put(database::Value value) {
        values_.push_back(value);
        return "?" + std::to_string(values_.size());
    }
    std::deque<std::string> texts_;
    std::vector<database::Value> values_;
};

}  // namespace quarantine
