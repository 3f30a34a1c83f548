#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imports {

using Cells = std::vector<std::optional<std::string>>;

inline constexpr std::size_t columns_max = 500;

// Rows of a MySQL INSERT, a line of it: "(1,'a\'b',NULL,0x41),(…);". Strings
// with backslash escapes, numbers, NULL, 0x… and _binary '…' are understood; expressions are not.
class MysqlRows {
  public:
    explicit MysqlRows(std::string_view values) : rest_(values) {}
    // The next row into `cells`; false at the end of the line. Error: invalid.
    base::Result<bool> next(Cells& cells);
    // The statement's end has been seen: MariaDB writes each row on a line of its own.
    bool ended() const { return rest_.starts_with(';'); }

  private:
    base::Result<std::optional<std::string>> value();
    base::Result<std::string> string();
    bool take(char wanted);
    void skip_blanks();

    std::string_view rest_;
};

// One line of COPY text format, without its end (PostgreSQL, "COPY", text format).
base::Result<void> read_copy_line(std::string_view line, Cells& cells);

}  // namespace imports
