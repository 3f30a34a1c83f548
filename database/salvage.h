#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace database {

// A value as it was found; what a damaged row holds need not be of the type its column has.
using Found = std::variant<std::monostate, std::int64_t, double, std::string>;
std::int64_t integer_in(const Found& value);   // 0 when it is none
std::string_view text_in(const Found& value);  // "" when it is none

// Reads what can be read of a store that may be damaged: row by row, and on behind what cannot be.
// Changes nothing in the store's file and its log; does not ask whose store it is, nor for the
// tables' versions. Not for a store that works: use Store.
class Salvage {
  public:
    using Row = std::span<const Found>;
    using Each = std::function<base::Result<void>(Row)>;  // an error ends the reading

    struct Reading {
        std::uint64_t rows = 0;
        std::vector<std::string> gaps;  // sentences about what could not be read
    };

    // Errors: not_found, corrupt (not even the list of tables can be read).
    static base::Result<std::unique_ptr<Salvage>> open(const std::filesystem::path& file);
    ~Salvage();
    Salvage(const Salvage&) = delete;
    Salvage& operator=(const Salvage&) = delete;

    // What was wrong while opening, when it was opened all the same; "" otherwise.
    const std::string& note() const { return note_; }

    // SQLite's whole integrity_check, at most `most` sentences; none when all is well. What reading
    // row by row cannot see: rows that are gone without a trace. Takes minutes for a big store.
    std::vector<std::string> problems(int most) const;

    // The rows of a table whose key is a whole number, first to last inclusive, in order. The key
    // comes first in each row, then `columns`, as SQL writes them. A gap ends at the first key from
    // which on something can be read again.
    base::Result<Reading> rows_by_number(
        std::string_view table,
        std::string_view key,
        std::string_view columns,
        std::int64_t first,
        std::int64_t last,
        const Each& each
    );

    // The rows of a table WITHOUT ROWID, in order up to what cannot be read, then from the end
    // back to it; `keys` are its primary key's columns and come first.
    base::Result<Reading> rows_by_key(
        std::string_view table,
        std::span<const std::string_view> keys,
        std::string_view columns,
        const Each& each
    );

  private:
    struct State;
    explicit Salvage(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
    std::string note_;
};

}  // namespace database
