#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/statement.h"
#include "quarantine/hold.h"

#include <cstdint>
#include <string_view>

namespace quarantine {

// What list() and find() select from `hold h JOIN mail m`, and how a row of it is read.
extern const std::string_view hold_columns;
base::Result<Hold> read_hold(const database::Rows& rows);
constexpr int hold_column_count = 21;

base::Result<void> add_event(
    database::Transaction& transaction, std::int64_t hold_row, const HoldEvent& event
);

// The search index, to be told before a hold's indexed columns change or go, and after.
base::Result<void> add_to_search(database::Transaction& transaction, std::int64_t hold_row);
base::Result<void> remove_from_search(database::Transaction& transaction, std::int64_t hold_row);

}  // namespace quarantine
