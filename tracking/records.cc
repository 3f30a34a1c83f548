#include "tracking/records.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "tracking/tallies.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace tracking {

using base::failure;
using base::Result;
using database::Value;

namespace {

constexpr int number_bits = 20;
constexpr std::int64_t numbers = std::int64_t{1} << number_bits;
constexpr std::int64_t hour_milliseconds = 3'600'000;
constexpr std::size_t text_bytes_max = 512;
constexpr std::int64_t records_per_message_max = 10'000;

constexpr std::string_view columns =
    "r.row, r.id, r.stage, r.outcome, r.client, r.helo, r.tls, r.sender, r.header_from, "
    "r.message_id, r.recipient, r.verdict, r.rule, r.code, r.reply, r.backend, r.backend_reply, "
    "r.size";

std::int64_t milliseconds_of(base::Time time) {
    // A row number holds 43 bits of time; nothing is received before 1970.
    return std::clamp<std::int64_t>(time.time_since_epoch().count(), 0, (std::int64_t{1} << 42));
}

std::int64_t first_row_at(base::Time time) {
    return milliseconds_of(time) * numbers;
}

std::int64_t hour_of_row(std::int64_t row) {
    return row / numbers / hour_milliseconds;
}

std::int64_t first_row_of_hour(std::int64_t hour) {
    return hour * hour_milliseconds * numbers;
}

base::Time time_of_row(std::int64_t row) {
    return base::Time(std::chrono::milliseconds(row / numbers));
}

// Well-formed UTF-8 without NUL, bounded.
std::string kept(std::string_view text) {
    std::string clean = base::to_valid_utf8(base::utf8_prefix(text, text_bytes_max));
    std::ranges::replace(clean, '\0', ' ');
    return clean;
}

std::string_view without_brackets(std::string_view message_id) {
    message_id = base::trim(message_id);
    if (message_id.size() >= 2 && message_id.front() == '<' && message_id.back() == '>')
        message_id = base::trim(message_id.substr(1, message_id.size() - 2));
    return message_id;
}

// In the form that is compared: the same for what is written and what is asked for.
std::string normal_form(KeyKind kind, std::string_view value) {
    switch (kind) {
        case KeyKind::id:
            break;
        case KeyKind::sender:
        case KeyKind::recipient:
            return base::lower(value);
        case KeyKind::message_id:
            return kept(without_brackets(value));
    }
    return std::string(value);
}

// FNV-1a, 64 bits: its offset basis and prime.
std::int64_t hash_of(KeyKind kind, std::string_view normal) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
    mix(static_cast<unsigned char>(kind));
    for (const char c : normal) mix(static_cast<unsigned char>(c));
    return static_cast<std::int64_t>(hash);
}

// What the record is found by. An empty text (the null sender, no Message-ID) is no key.
std::vector<std::int64_t> hashes_of(const Record& record) {
    std::vector<std::int64_t> hashes;
    const std::array<std::pair<KeyKind, const std::string*>, 4> keys = {{
        {KeyKind::id, &record.id},
        {KeyKind::sender, &record.sender},
        {KeyKind::recipient, &record.recipient},
        {KeyKind::message_id, &record.message_id},
    }};
    for (const auto& [kind, value] : keys)
        if (!value->empty()) hashes.push_back(hash_of(kind, normal_form(kind, *value)));
    return hashes;
}

bool matches(const Key& key, const Record& record) {
    const std::string wanted = normal_form(key.kind, key.value);
    switch (key.kind) {
        case KeyKind::id:
            return record.id == wanted;
        case KeyKind::sender:
            return base::lower(record.sender) == wanted;
        case KeyKind::recipient:
            return base::lower(record.recipient) == wanted;
        case KeyKind::message_id:
            return normal_form(key.kind, record.message_id) == wanted;
    }
    return false;
}

Record read_record(const database::Rows& rows) {
    Record record;
    record.at = time_of_row(rows.integer(0));
    record.id = rows.text(1);
    record.stage = stage_named(rows.text(2)).value_or(Stage::message);
    record.outcome = outcome_named(rows.text(3)).value_or(Outcome::refused);
    record.client = rows.text(4);
    record.helo = rows.text(5);
    record.tls = rows.text(6);
    record.sender = rows.text(7);
    record.header_from = rows.text(8);
    record.message_id = rows.text(9);
    record.recipient = rows.text(10);
    record.verdict = rows.text(11);
    record.rule = rows.text(12);
    record.code = static_cast<int>(rows.integer(13));
    record.reply = rows.text(14);
    record.backend = rows.text(15);
    record.backend_reply = rows.text(16);
    record.size = static_cast<std::uint64_t>(rows.integer(17));
    return record;
}

// False when the row number is taken: by what was written before the clock went back.
Result<bool> insert(database::Transaction& transaction, const Record& record, std::int64_t row) {
    const std::string helo = kept(record.helo);
    const std::string sender = kept(record.sender);
    const std::string header_from = kept(record.header_from);
    const std::string message_id = kept(record.message_id);
    const std::string recipient = kept(record.recipient);
    const std::string rule = kept(record.rule);
    const std::string reply = kept(record.reply);
    const std::string backend_reply = kept(record.backend_reply);
    auto added = transaction.execute(
        "INSERT OR IGNORE INTO tracking_record VALUES"
        "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
        {row,
         record.id,
         name_of(record.stage),
         name_of(record.outcome),
         record.client,
         helo,
         record.tls,
         sender,
         header_from,
         message_id,
         recipient,
         record.verdict,
         rule,
         std::int64_t{record.code},
         reply,
         record.backend,
         backend_reply,
         static_cast<std::int64_t>(record.size)}
    );
    if (!added) return failure(added.error(), "recording what became of a mail");
    return *added == 1;
}

struct KeyRow {
    std::int64_t hour;
    std::int64_t key;
    std::int64_t row;
    auto operator<=>(const KeyRow&) const = default;
};

// Many rows with one statement: what a statement costs by itself is most of what a key costs.
Result<void> insert_keys(database::Transaction& transaction, std::vector<KeyRow> keys) {
    constexpr std::size_t rows_at_once = 32;
    const auto sql_for = [](std::size_t rows) {
        std::string sql = "INSERT OR IGNORE INTO tracking_key VALUES(?,?,?)";
        for (std::size_t i = 1; i < rows; ++i) sql += ",(?,?,?)";
        return sql;
    };
    static const std::string sql_for_many = sql_for(rows_at_once);
    static const std::string sql_for_one = sql_for(1);
    // In the order of the table, so that neighbours meet the same page.
    std::ranges::sort(keys);
    std::vector<Value> values;
    for (std::size_t at = 0; at < keys.size();) {
        const std::size_t rows = keys.size() - at >= rows_at_once ? rows_at_once : 1;
        values.clear();
        for (std::size_t i = at; i < at + rows; ++i)
            values.insert(values.end(), {keys[i].hour, keys[i].key, keys[i].row});
        auto added = transaction.execute(
            rows == 1 ? sql_for_one : sql_for_many, std::span<const Value>(values)
        );
        if (!added) return failure(added.error(), "indexing what became of a mail");
        at += rows;
    }
    return {};
}

Result<void> count(database::Transaction& transaction, std::int64_t hour, std::int64_t records) {
    auto counted = transaction.execute(
        "INSERT INTO tracking_hour VALUES(?,?) "
        "ON CONFLICT(hour) DO UPDATE SET records = records + excluded.records",
        {hour, records}
    );
    if (!counted) return failure(counted.error(), "counting records of mail");
    return {};
}

// The first column of the first row, when there is a row and it is not NULL.
Result<std::optional<std::int64_t>> integer_of(
    database::Snapshot& snapshot, std::string_view sql, std::initializer_list<Value> values = {}
) {
    auto rows = snapshot.query(sql, values);
    if (!rows) return failure(std::move(rows.error()));
    auto found = rows->next();
    if (!found) return failure(std::move(found.error()));
    if (!*found || rows->is_null(0)) return std::optional<std::int64_t>();
    return std::optional<std::int64_t>(rows->integer(0));
}

}  // namespace

Result<void> write_records(
    database::Transaction& transaction, std::span<const Record> records, std::uint32_t& number
) {
    constexpr int tries = 16;
    std::vector<KeyRow> keys;
    std::int64_t counted_hour = 0;
    std::int64_t counted = 0;
    for (const auto& record : records) {
        const std::int64_t first = first_row_at(record.at);
        bool is_in = false;
        std::int64_t row = 0;
        for (int i = 0; i < tries && !is_in; ++i) {
            row = first + static_cast<std::int64_t>(++number) % numbers;
            auto added = insert(transaction, record, row);
            if (!added) return failure(std::move(added.error()));
            is_in = *added;
        }
        if (!is_in) return failure(base::ErrorKind::conflict, "no free row for a record of mail");
        const std::int64_t hour = hour_of_row(row);
        for (const std::int64_t hash : hashes_of(record)) keys.push_back({hour, hash, row});
        if (hour != counted_hour && counted > 0) {
            if (auto done = count(transaction, counted_hour, counted); !done) return done;
            counted = 0;
        }
        counted_hour = hour;
        ++counted;
    }
    if (counted > 0)
        if (auto done = count(transaction, counted_hour, counted); !done) return done;
    if (auto done = insert_keys(transaction, std::move(keys)); !done) return done;
    return tally(transaction, records);
}

Result<std::vector<std::string>> ids_of(
    database::Snapshot& snapshot, std::span<const Key> keys, base::Time since, std::size_t limit
) {
    // Newest first: the hours one after the other, and within an hour all keys together.
    std::vector<std::string> ids;
    std::set<std::string> seen;
    std::string any;
    std::vector<Value> values = {first_row_at(since), hour_of_row(first_row_at(since))};
    for (const auto& key : keys) {
        values.emplace_back(hash_of(key.kind, normal_form(key.kind, key.value)));
        any += fmt::format("{}?{}", any.empty() ? "" : ",", values.size());
    }
    const std::string sql = fmt::format(
        "SELECT {} FROM tracking_hour h CROSS JOIN tracking_record r WHERE h.hour >= ?2 "
        "AND r.row IN (SELECT k.row FROM tracking_key k WHERE k.hour = h.hour AND k.key IN ({})) "
        "AND r.row >= ?1 ORDER BY h.hour DESC, r.row DESC",
        columns,
        any
    );
    auto rows = snapshot.query(sql, std::span<const Value>(values));
    if (!rows) return failure(std::move(rows.error()));
    while (ids.size() < limit) {
        auto found = rows->next();
        if (!found) return failure(std::move(found.error()));
        if (!*found) break;
        const Record record = read_record(*rows);
        const bool is_wanted =
            std::ranges::any_of(keys, [&](const Key& key) { return matches(key, record); });
        if (is_wanted && seen.insert(record.id).second) ids.push_back(record.id);
    }
    return ids;
}

Result<std::vector<Record>> records_of(database::Snapshot& snapshot, std::string_view id) {
    const std::string sql = fmt::format(
        "SELECT {} FROM tracking_hour h CROSS JOIN tracking_key k ON k.hour = h.hour AND k.key = "
        "?1 "
        "CROSS JOIN tracking_record r ON r.row = k.row WHERE r.id = ?2 "
        "ORDER BY h.hour, k.row LIMIT ?3",
        columns
    );
    auto rows = snapshot.query(sql, {hash_of(KeyKind::id, id), id, records_per_message_max});
    if (!rows) return failure(std::move(rows.error()));
    std::vector<Record> records;
    for (;;) {
        auto found = rows->next();
        if (!found) return failure(std::move(found.error()));
        if (!*found) return records;
        records.push_back(read_record(*rows));
    }
}

Result<std::optional<base::Time>> oldest(database::Snapshot& snapshot) {
    auto row = integer_of(snapshot, "SELECT min(row) FROM tracking_record");
    if (!row) return failure(std::move(row.error()));
    if (!*row) return std::optional<base::Time>();
    return std::optional<base::Time>(time_of_row(**row));
}

Result<std::uint64_t> prune(
    database::Transaction& transaction, base::Time before, std::uint64_t records_max, int batch
) {
    auto hour = integer_of(transaction, "SELECT min(hour) FROM tracking_hour");
    auto total = integer_of(transaction, "SELECT sum(records) FROM tracking_hour");
    if (!hour) return failure(std::move(hour.error()));
    if (!total) return failure(std::move(total.error()));
    if (!*hour) return std::uint64_t{0};
    const std::int64_t next_hour = **hour + 1;
    const std::int64_t excess = total->value_or(0) - static_cast<std::int64_t>(records_max);
    const bool is_over = first_row_of_hour(next_hour) <= first_row_at(before);
    if (!is_over && excess <= 0) return std::uint64_t{0};
    const std::int64_t limit = is_over ? batch : std::min<std::int64_t>(batch, excess);
    auto removed = transaction.execute(
        "DELETE FROM tracking_record WHERE row IN "
        "(SELECT row FROM tracking_record WHERE row < ? ORDER BY row LIMIT ?)",
        {first_row_of_hour(next_hour), limit}
    );
    if (!removed) return failure(removed.error(), "removing old records of mail");
    if (*removed > 0) {
        if (auto done = count(transaction, **hour, -*removed); !done)
            return failure(std::move(done.error()));
        return static_cast<std::uint64_t>(*removed);
    }
    // No record of that hour is left: now what they were found by, and last the hour itself.
    removed = transaction.execute(
        "DELETE FROM tracking_key WHERE (hour, key, row) IN "
        "(SELECT hour, key, row FROM tracking_key WHERE hour = ? LIMIT ?)",
        {**hour, std::int64_t{batch}}
    );
    if (removed && *removed == 0)
        removed = transaction.execute("DELETE FROM tracking_hour WHERE hour = ?", {**hour});
    if (!removed) return failure(removed.error(), "removing old records of mail");
    return static_cast<std::uint64_t>(*removed);
}

}  // namespace tracking
