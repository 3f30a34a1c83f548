// Room: accounts
//
// What one decision's look-ups in the managed senders cost: a person with a million entries, one
// with ten, one with none. Prints microseconds a decision and the ratio to an empty list.

#include "accounts/schema.h"
#include "accounts/sender_lists.h"
#include "base/ensure.h"
#include "database/store.h"
#include "tests/must.h"

#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <span>

namespace {

constexpr std::int64_t entries = 1'000'000;
constexpr int decisions = 100'000;

// Straight into the table: the room's own limit is lower than what is measured here.
void fill(database::Store& store, std::string_view owner, std::int64_t count) {
    must(store.write_and_wait([&](database::Transaction& t) {
        return t.execute(
            "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "
            "INSERT INTO managed_sender SELECT 'address ' || ?, 'd' || i || '.example', 0, "
            "'blocked', 0, 0, 'bench' FROM n",
            {count, owner}
        );
    }));
}

struct Measured {
    double microseconds;
    std::size_t found;
};

Measured measure(database::Store& store, std::string_view owner) {
    std::vector<std::vector<mail::Address>> identities;
    identities.reserve(decisions);
    for (int i = 0; i < decisions; ++i) {
        // Envelope sender and header From differ; every other sender is covered by an entry.
        const auto at = static_cast<std::int64_t>(i) * 7'919 % (2 * entries);
        identities.push_back(
            {must(mail::Address::parse(fmt::format("bounce@mail.d{}.example", at))),
             must(mail::Address::parse(fmt::format("news@d{}.example", at)))}
        );
    }
    return must(store.read_and_wait([&](database::Snapshot& snapshot) -> base::Result<Measured> {
        std::size_t found = 0;
        const auto start = std::chrono::steady_clock::now();
        for (const auto& pair : identities) {
            auto some = accounts::entries_for(snapshot, owner, pair);
            if (!some) return base::failure(some.error());
            found += some->size();
        }
        const std::chrono::duration<double, std::micro> took =
            std::chrono::steady_clock::now() - start;
        return Measured{took.count() / decisions, found};
    }));
}

}  // namespace

int main() {
    std::string name = (std::filesystem::temp_directory_path() / "bench-XXXXXX").string();
    base::ensure(mkdtemp(name.data()) != nullptr, "no temporary directory");
    const std::filesystem::path directory = name;
    {
        const auto log = base::Log::to_nowhere();
        database::StoreSettings settings;
        settings.file = directory / "postern.db";
        settings.readers = 1;
        const auto schema = accounts::schema();
        auto store = must(database::Store::open(settings, std::span(&schema, 1), *log));
        fill(*store, "million@example.test", entries);
        fill(*store, "ten@example.test", 10);
        measure(*store, "million@example.test");  // fills the page cache, as a running gateway has

        const auto none = measure(*store, "nobody@example.test");
        const auto ten = measure(*store, "ten@example.test");
        const auto million = measure(*store, "million@example.test");
        std::cout << fmt::format(
            "{:>10}  {:>12}  {:>10}  {:>8}\n", "entries", "us/decision", "ratio", "found"
        );
        for (const auto& [count, one] :
             {std::pair{std::int64_t{0}, none}, {std::int64_t{10}, ten}, {entries, million}})
            std::cout << fmt::format(
                "{:>10}  {:>12.2f}  {:>10.2f}  {:>8}\n",
                count,
                one.microseconds,
                one.microseconds / none.microseconds,
                one.found
            );
        store->close();
    }
    std::filesystem::remove_all(directory);
}
