#pragma once

#include "base/result.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace database {

// Bytes, as opposed to text.
struct Blob {
    std::string_view bytes;
};

// What can be bound to a `?`. The views must live until the statement has been run (or the Rows are
// gone).
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, Blob>;

class Connection;

// The rows of one query, one at a time. A text or blob view is valid until the next call of next().
// The statement goes back to its connection's cache when the Rows are destroyed.
class Rows {
  public:
    Rows(Rows&&) noexcept;
    Rows& operator=(Rows&&) noexcept;
    ~Rows();

    // True when there is a row to look at; false at the end. Errors: trouble, corrupt, disk_full.
    base::Result<bool> next();

    std::int64_t integer(int column) const;  // columns from 0
    double real(int column) const;
    std::string_view text(int column) const;  // "" for NULL
    std::string_view blob(int column) const;
    bool is_null(int column) const;

  private:
    friend class Connection;
    struct State;
    explicit Rows(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Reads that see one consistent state of the store. Room code gets it as an argument and never
// keeps it; Rows do not leave the job. Besides SQL's own functions there is contains(text, part):
// is `part` in `text`, case apart in every script.
class Snapshot {
  public:
    explicit Snapshot(Connection& connection) : connection_(&connection) {}
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    // Prepares (or takes from the cache), binds, and gives the rows.
    base::Result<Rows> query(std::string_view sql, std::initializer_list<Value> values = {});
    base::Result<Rows> query(std::string_view sql, std::span<const Value> values);

  protected:
    Connection* connection_;
};

// The right to change the store within one job of the writer. What the job does is committed as a
// whole together with the other jobs of its group, or not at all; when the job returns an error its
// changes are undone and the group goes on.
class Transaction : public Snapshot {
  public:
    using Snapshot::Snapshot;

    // Runs a statement that gives no rows; the number of rows it changed. Error conflict: a
    // uniqueness constraint.
    base::Result<std::int64_t> execute(
        std::string_view sql, std::initializer_list<Value> values = {}
    );
    base::Result<std::int64_t> execute(std::string_view sql, std::span<const Value> values);
    std::int64_t last_inserted_id() const;
};

}  // namespace database
