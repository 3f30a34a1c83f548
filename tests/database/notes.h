#pragma once

#include "database/store.h"
#include "tests/database/scratch.h"

#include <string>
#include <vector>

// A room with one table, for tests of the store itself.
namespace notes {

inline constexpr database::Migration first_version[] = {
    {1, "CREATE TABLE note(row INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)"},
};
inline constexpr database::Migration second_version[] = {
    first_version[0],
    {2, "ALTER TABLE note ADD COLUMN size INTEGER; UPDATE note SET size = length(text)"},
};
inline constexpr database::Schema first[] = {{"notes", first_version}};
inline constexpr database::Schema second[] = {{"notes", second_version}};

inline base::Result<std::int64_t> add(database::Transaction& transaction, std::string_view text) {
    auto added = transaction.execute("INSERT INTO note(text) VALUES(?)", {text});
    if (!added) return base::failure(added.error());
    return transaction.last_inserted_id();
}

inline base::Result<std::vector<std::string>> all(database::Snapshot& snapshot) {
    std::vector<std::string> texts;
    auto rows = snapshot.query("SELECT text FROM note ORDER BY row");
    if (!rows) return base::failure(rows.error());
    for (;;) {
        auto more = rows->next();
        if (!more) return base::failure(more.error());
        if (!*more) return texts;
        texts.emplace_back(rows->text(0));
    }
}

inline std::vector<std::string> all_in(database::Store& store) {
    auto texts = store.read_and_wait([](database::Snapshot& snapshot) { return all(snapshot); });
    base::ensure(texts.has_value(), texts ? "" : texts.error().text);
    return *texts;
}

inline base::Result<std::int64_t> add_to(database::Store& store, std::string_view text) {
    return store.write_and_wait([text](database::Transaction& transaction) {
        return add(transaction, text);
    });
}

}  // namespace notes
