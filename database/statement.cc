#include "database/statement.h"

#include "database/connection.h"

namespace database {

base::Result<Rows> Snapshot::query(std::string_view sql, std::initializer_list<Value> values) {
    return query(sql, std::span<const Value>(values.begin(), values.size()));
}

base::Result<Rows> Snapshot::query(std::string_view sql, std::span<const Value> values) {
    return connection_->query(sql, values);
}

base::Result<std::int64_t> Transaction::execute(
    std::string_view sql, std::initializer_list<Value> values
) {
    return execute(sql, std::span<const Value>(values.begin(), values.size()));
}

base::Result<std::int64_t> Transaction::execute(
    std::string_view sql, std::span<const Value> values
) {
    return connection_->execute(sql, values);
}

std::int64_t Transaction::last_inserted_id() const {
    return connection_->last_inserted_id();
}

}  // namespace database
