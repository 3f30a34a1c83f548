#include "database/salvage.h"

#include "tests/catch.h"
#include "tests/database/notes.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

using base::ErrorKind;
using database::Found;
using database::integer_in;
using database::Salvage;
using database::text_in;

namespace {

constexpr std::size_t page_bytes = 4096;
constexpr int note_count = 500;
constexpr std::int64_t any_row = std::numeric_limits<std::int64_t>::max();

// A closed store of `note_count` notes and as many words; note N is 200 letters and its number.
void fill(const std::filesystem::path& file) {
    static constexpr database::Migration tables[] = {
        notes::first_version[0],
        {2, "CREATE TABLE word(text TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID"},
    };
    static constexpr database::Schema schemas[] = {{"notes", tables}};
    auto store = open_store(file, schemas);
    const auto filled = store->write_and_wait([](database::Transaction& t) -> base::Result<void> {
        for (int i = 1; i <= note_count; ++i) {
            const std::string text = std::string(200, 'a') + std::to_string(i);
            if (auto added = notes::add(t, text); !added) return base::failure(added.error());
            auto word = t.execute("INSERT INTO word VALUES(?, ?)", {text, std::int64_t{i}});
            if (!word) return base::failure(word.error());
        }
        return {};
    });
    REQUIRE(filled);
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const std::filesystem::path& file, std::string_view bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

struct Numbers {
    std::vector<std::int64_t> rows;
    std::vector<std::string> gaps;
};

Numbers notes_of(Salvage& salvage, std::int64_t first = 0, std::int64_t last = any_row) {
    Numbers found;
    auto reading =
        salvage.rows_by_number("note", "row", "text", first, last, [&](Salvage::Row row) {
            // A zeroed page is no row; what is given is what was written.
            CHECK(text_in(row[1]).ends_with(std::to_string(integer_in(row[0]))));
            found.rows.push_back(integer_in(row[0]));
            return base::Result<void>();
        });
    REQUIRE(reading);
    CHECK(reading->rows == found.rows.size());
    found.gaps = reading->gaps;
    return found;
}

}  // namespace

TEST_CASE("Of a sound store every row is read once and in order, or those that were asked for") {
    const Scratch scratch;
    fill(scratch.store_file());
    auto salvage = Salvage::open(scratch.store_file());
    REQUIRE(salvage);
    CHECK((*salvage)->note().empty());
    CHECK((*salvage)->problems(10).empty());
    const auto all = notes_of(**salvage);
    CHECK(all.gaps.empty());
    REQUIRE(all.rows.size() == note_count);
    for (int i = 0; i < note_count; ++i) CHECK(all.rows[static_cast<std::size_t>(i)] == i + 1);
    CHECK(notes_of(**salvage, 17, 19).rows == std::vector<std::int64_t>{17, 18, 19});
    CHECK(notes_of(**salvage, 17, 17).rows == std::vector<std::int64_t>{17});
    CHECK(notes_of(**salvage, 900, 900).rows.empty());
}

TEST_CASE("Whichever page is gone: rows before and behind it are read, and what is missing is said"
) {
    const Scratch scratch;
    fill(scratch.store_file());
    const std::string sound = bytes_of(scratch.store_file());
    const auto copy = scratch.directory() / "damaged.db";
    bool is_read_behind = false;
    for (std::size_t page = 1; page < sound.size() / page_bytes; ++page) {
        INFO("page " << page + 1);
        std::string damaged = sound;
        damaged.replace(page * page_bytes, page_bytes, page_bytes, '\0');
        write_bytes(copy, damaged);
        auto salvage = Salvage::open(copy);
        REQUIRE(salvage);
        CHECK_FALSE((*salvage)->problems(10).empty());
        const auto found = notes_of(**salvage);
        CHECK(std::is_sorted(found.rows.begin(), found.rows.end()));
        CHECK(found.gaps.empty() == (found.rows.size() == note_count));
        if (!found.gaps.empty() && found.rows.size() > note_count - 30)
            is_read_behind = is_read_behind || found.rows.back() == note_count;
        CHECK(bytes_of(copy) == damaged);
    }
    CHECK(is_read_behind);
}

TEST_CASE("A table without row numbers is read from both ends") {
    const Scratch scratch;
    fill(scratch.store_file());
    const std::string sound = bytes_of(scratch.store_file());
    const auto copy = scratch.directory() / "damaged.db";
    constexpr std::array<std::string_view, 1> keys = {"text"};
    bool is_read_from_both = false;
    for (std::size_t page = 1; page < sound.size() / page_bytes; ++page) {
        std::string damaged = sound;
        damaged.replace(page * page_bytes, page_bytes, page_bytes, '\0');
        write_bytes(copy, damaged);
        auto salvage = Salvage::open(copy);
        REQUIRE(salvage);
        std::vector<std::string> words;
        auto reading = (*salvage)->rows_by_key("word", keys, "size", [&](Salvage::Row row) {
            CHECK(text_in(row[0]).ends_with(std::to_string(integer_in(row[1]))));
            words.emplace_back(text_in(row[0]));
            return base::Result<void>();
        });
        REQUIRE(reading);
        CHECK(reading->gaps.empty() == (words.size() == note_count));
        if (reading->gaps.size() == 2 && words.size() > note_count - 30) is_read_from_both = true;
        std::sort(words.begin(), words.end());
        CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
    }
    CHECK(is_read_from_both);
}

TEST_CASE("A caller's error ends the reading") {
    const Scratch scratch;
    fill(scratch.store_file());
    auto salvage = Salvage::open(scratch.store_file());
    REQUIRE(salvage);
    const auto reading =
        (*salvage)->rows_by_number("note", "row", "text", 0, any_row, [](Salvage::Row) {
            return base::Result<void>(base::failure(ErrorKind::disk_full, "no room"));
        });
    REQUIRE_FALSE(reading);
    CHECK(reading.error().kind == ErrorKind::disk_full);
}

TEST_CASE("What is no database, or is not there, is said with what to do") {
    const Scratch scratch;
    const auto missing = Salvage::open(scratch.store_file());
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::not_found);
    write_bytes(scratch.store_file(), std::string(2 * page_bytes, 'x'));
    const auto none = Salvage::open(scratch.store_file());
    REQUIRE_FALSE(none);
    CHECK(none.error().kind == ErrorKind::corrupt);
    CHECK(none.error().text.find("backup") != std::string::npos);
}
