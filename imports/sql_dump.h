#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace imports {

// One row of a table in a dump.
class DumpRow {
  public:
    DumpRow(
        const std::vector<std::string>& columns,
        const std::vector<std::optional<std::string>>& cells
    )
        : columns_(&columns), cells_(&cells) {}
    // The cell under that name; "" for NULL and where there is no such column.
    std::string_view text(std::string_view column) const;
    bool is_null(std::string_view column) const;  // also where there is no such column
    bool has(std::string_view column) const;
    std::optional<std::int64_t> integer(std::string_view column) const;

  private:
    const std::vector<std::string>* columns_;
    const std::vector<std::optional<std::string>>* cells_;
};

// Reads rows of the named tables from what mysqldump / mariadb-dump or pg_dump (plain format) has
// written; names of tables in lower case, without schema. Nothing of it is run: the text is only
// cut up. One row is in memory at a time, of at most `row_bytes_max` bytes. `each` gives an error
// to stop.
//
// MySQL: CREATE TABLE says the columns, or INSERT does (--complete-insert); a row is never broken,
// because mysqldump escapes line ends in values. PostgreSQL: COPY … FROM stdin. Errors: not_found,
// limit, invalid (with the number of the line).
using EachRow = std::function<base::Result<void>(std::string_view table, const DumpRow& row)>;
inline constexpr std::size_t row_bytes_max = 512U * 1024 * 1024;
base::Result<void> read_dump(
    const std::filesystem::path& file, const std::set<std::string>& tables, const EachRow& each
);

}  // namespace imports
