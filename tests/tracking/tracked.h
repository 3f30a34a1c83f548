#pragma once

#include "base/clock.h"
#include "base/ensure.h"
#include "tests/database/scratch.h"
#include "tests/must.h"
#include "tracking/records.h"
#include "tracking/schema.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

// A store with this room's tables, and records to put into it.
namespace tracked {

using namespace std::chrono_literals;

inline constexpr base::Time start = base::Time(std::chrono::milliseconds(1'800'000'000'000));

inline tracking::Record record(
    std::string id, base::Time at = start, std::string recipient = "ada@example.test"
) {
    tracking::Record record;
    record.at = at;
    record.id = std::move(id);
    record.client = "192.0.2.1";
    record.helo = "mail.example.org";
    record.sender = "news@example.org";
    record.message_id = "<" + record.id + "@example.org>";
    record.recipient = std::move(recipient);
    record.verdict = "deliver";
    record.code = 250;
    record.size = 1234;
    return record;
}

struct Fixture {
    Scratch scratch;
    std::unique_ptr<database::Store> store;
    std::uint32_t number = 0;

    Fixture() {
        const database::Schema schemas[] = {tracking::schema()};
        store = open_store(scratch.store_file(), schemas);
    }

    void write(std::vector<tracking::Record> records) {
        must(store->write_and_wait([&](database::Transaction& transaction) {
            return tracking::write_records(transaction, records, number);
        }));
    }
    std::vector<std::string> ids(
        std::vector<tracking::Key> keys, base::Time since = base::Time(), std::size_t limit = 100
    ) {
        return must(store->read_and_wait([&](database::Snapshot& snapshot) {
            return tracking::ids_of(snapshot, keys, since, limit);
        }));
    }
    std::vector<tracking::Record> records(std::string_view id) {
        return must(store->read_and_wait([&](database::Snapshot& snapshot) {
            return tracking::records_of(snapshot, id);
        }));
    }
    std::int64_t count(std::string_view sql) {
        return must(
            store->read_and_wait([&](database::Snapshot& snapshot) -> base::Result<std::int64_t> {
                auto rows = snapshot.query(sql);
                if (!rows) return base::failure(rows.error());
                auto found = rows->next();
                if (!found) return base::failure(found.error());
                return rows->integer(0);
            })
        );
    }
    std::uint64_t prune(base::Time before, std::uint64_t records_max, int batch) {
        return must(store->write_and_wait([&](database::Transaction& transaction) {
            return tracking::prune(transaction, before, records_max, batch);
        }));
    }
};

}  // namespace tracked
