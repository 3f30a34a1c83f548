#pragma once

#include "base/result.h"
#include "portal/sender_entries.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portal {

// Managed senders as a table (RFC 4180).

inline constexpr std::string_view sender_csv_header = "list,entry,added_at,added_by\r\n";

// One record. A cell that a spreadsheet would run as a formula gets an apostrophe in front; so does
// one that begins with an apostrophe, so that reading it gives back exactly what was written.
std::string csv_record(const std::vector<std::string_view>& cells);

// The entries of a table that csv_record wrote or a spreadsheet saved: with or without a byte order
// mark and a header, parted by commas, semicolons or tabs. Without a header a record is one entry,
// or a list and an entry. A record that names no list is for `usual`. Empty lines do not count.
// Error invalid, in words for the person: a quote that does not end, more than `records_max`.
base::Result<std::vector<GivenEntry>> read_sender_csv(
    std::string_view csv, std::optional<policy::SenderList> usual, std::size_t records_max
);

}  // namespace portal
