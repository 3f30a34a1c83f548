#include "portal/sender_entries.h"

#include "portal/sender_csv.h"
#include "tests/catch.h"

#include <fmt/format.h>

using policy::SenderList;
using portal::EntryCode;
using portal::GivenEntry;
using Texts = std::vector<std::string>;

namespace {

std::string code_of(std::string_view entry) {
    const auto read = portal::read_entry(entry);
    if (read) return "fine: " + read->key;
    CHECK_FALSE(read.error().why.empty());
    return std::string(portal::name_of(read.error().code));
}

// "line list entry" for each, "?" for a list that is none.
Texts rows_of(std::string_view csv, std::optional<SenderList> usual = std::nullopt) {
    const auto given = portal::read_sender_csv(csv, usual, 1000);
    if (!given) return {"error: " + given.error().text};
    Texts rows;
    for (const GivenEntry& entry : *given) {
        const auto list = entry.list ? name_of(*entry.list) : std::string_view("?");
        rows.push_back(fmt::format("{} {} {}", entry.line, list, entry.text));
    }
    return rows;
}

}  // namespace

TEST_CASE("What a text field holds is taken apart into entries") {
    struct Case {
        std::string text;
        Texts entries;
    };
    for (const Case& item : std::vector<Case>{
             {"", {}},
             {" ,;\r\n\t ", {}},
             {"a@b.test c.test,d.test;e.test\nf.test\r\ng.test",
              {"a@b.test", "c.test", "d.test", "e.test", "f.test", "g.test"}},
             {"Ada Lovelace <ada@b.test>, \"Doe, J; x\" <doe@c.test>\nd.test",
              {"Ada Lovelace <ada@b.test>", "\"Doe, J; x\" <doe@c.test>", "d.test"}},
             {"<a@b.test><c@d.test> e.test", {"<a@b.test>", "<c@d.test>", "e.test"}},
             {"\"a b\"@c.test d.test", {"\"a b\"@c.test", "d.test"}},
             // Neither quotes nor brackets that do not end take what stands on other lines.
             {"\"open a.test\nb.test", {"\"open", "a.test", "b.test"}},
             {"Ada <a@b.test\nc.test>", {"Ada", "<a@b.test", "c.test>"}},
             {"\xef\xbb\xbf"
              "a.test\xc2\xa0"
              "b.test\xe2\x80\x8b"
              "c.test",
              {"a.test", "b.test", "c.test"}},
         }) {
        INFO(item.text);
        CHECK(portal::split_entries(item.text) == item.entries);
    }
}

TEST_CASE("An entry is understood as people write it, or refused with the reason's code") {
    struct Case {
        std::string entry;
        std::string result;
    };
    for (const Case& item : std::vector<Case>{
             {" Bob@Sub.Example ", "fine: bob@sub.example"},
             {"Ada L <Ada@b.example>", "fine: ada@b.example"},
             {"\"a@evil.example\" <b@good.example>", "fine: b@good.example"},
             {"mailto:ada@b.example", "fine: ada@b.example"},
             {"*.b.example", "fine: b.example"},
             {"*@b.example", "fine: b.example"},
             {"@b.example", "fine: b.example"},
             {"b\xc3\xbc"
              "cher.example",
              "fine: xn--bcher-kva.example"},
             {"\"odd local\"@b.example", "fine: \"odd local\"@b.example"},
             {"", "empty"},
             {" \xe2\x80\x8b ", "empty"},
             {"Ada <>", "empty"},
             {"*", "too_wide"},
             {"*@*", "too_wide"},
             {"@", "too_wide"},
             {"*.*", "too_wide"},
             {"a b", "not_an_address"},
             {"a@", "not_an_address"},
             {"a@b@c.example", "not_an_address"},
             {"http://b.example/x", "not_an_address"},
             {"b..example", "not_an_address"},
             {"a@*.example", "not_an_address"},
             {std::string(2000, 'a') + ".example", "not_an_address"},
             {std::string("a\0b.example", 11), "not_an_address"},
         }) {
        INFO(item.entry);
        CHECK(code_of(item.entry) == item.result);
    }
}

TEST_CASE("Given twice counts once, given for two lists is a problem") {
    const auto read = portal::read_entries({
        {"a.example", SenderList::blocked, 1},
        {"*.A.example", SenderList::blocked, 2},
        {"a.example", SenderList::trusted, 3},
        {"a.example", SenderList::permitted, 4},
        {"b.example", std::nullopt, 5},
        {"", SenderList::blocked, 6},
        {"c.example", SenderList::permitted, 7},
    });
    REQUIRE(read.wanted.size() == 3);
    CHECK(read.given_by == std::vector<std::size_t>{0, 2, 6});
    REQUIRE(read.problems.size() == 3);
    CHECK(read.problems[0].index == 3);
    CHECK(read.problems[0].fault.code == EntryCode::duplicate);
    CHECK(read.problems[0].fault.why == "a.example stands in line 1 for the list blocked, too.");
    CHECK(read.problems[1].fault.code == EntryCode::unknown_list);
    CHECK(read.problems[2].fault.code == EntryCode::empty);
}

TEST_CASE("Tables are read as spreadsheets and people write them") {
    struct Case {
        std::string csv;
        Texts rows;
    };
    for (const Case& item : std::vector<Case>{
             {"list,entry,added_at,added_by\r\nblocked,a.example,x,y\r\n", {"2 blocked a.example"}},
             {"\xef\xbb\xbf"
              "list;entry\nAuto permitted;a.example\nauto-permitted;b.example",
              {"2 auto_permitted a.example", "3 auto_permitted b.example"}},
             {"Entry\tList\na.example\tTrusted\n", {"2 trusted a.example"}},
             {"a.example\n\n \nb.example", {"1 permitted a.example", "4 permitted b.example"}},
             {"BLOCKED,a.example\nsomething,b.example\n,c.example",
              {"1 blocked a.example", "2 ? b.example", "3 permitted c.example"}},
             {"\"blocked\",\"\"\"odd, local\"\"@a.example\"\nblocked,b.example",
              {"1 blocked \"odd, local\"@a.example", "2 blocked b.example"}},
             {"blocked,\"two\nlines\"\nblocked,b.example",
              {"1 blocked two\nlines", "3 blocked b.example"}},
             {"blocked,'=x@a.example\nblocked,''y@a.example\nblocked,'z@a.example",
              {"1 blocked =x@a.example", "2 blocked 'y@a.example", "3 blocked 'z@a.example"}},
             {"Email address\nx", {"1 permitted Email address", "2 permitted x"}},
             {"email\nx@a.example", {"2 permitted x@a.example"}},
             {"a\rb", {"1 permitted a", "2 permitted b"}},
             {"blocked,\"a\n\nb", {"error: The quote that begins in line 1 does not end."}},
             {"\"\"", {}},
             {"", {}},
         }) {
        INFO(item.csv);
        CHECK(rows_of(item.csv, SenderList::permitted) == item.rows);
    }
    CHECK(rows_of("a.example") == Texts{"1 ? a.example"});
    const std::string many = [] {
        std::string csv;
        for (int i = 0; i < 1001; ++i) csv += "a.example\n";
        return csv;
    }();
    CHECK(rows_of(many) == Texts{"error: A file can bring at most 1000 entries."});
}

TEST_CASE("Whatever stands in a cell comes back, and no spreadsheet runs it") {
    for (const std::string cell :
         {"=cmd|' /C calc'!A0@a.example",
          "+1@a.example",
          "-1@a.example",
          "@b.example",
          "'=x@a.example",
          "''",
          "\tx",
          "\"q, r;s\"@a.example",
          "plain@a.example"}) {
        INFO(cell);
        const std::string record = portal::csv_record({"blocked", cell, "z"});
        CHECK(record.find(",=") == record.npos);
        CHECK(record.find(",\"=") == record.npos);
        CHECK(record.find(",+") == record.npos);
        CHECK(record.find(",-") == record.npos);
        CHECK(record.find(",@") == record.npos);
        const auto given = portal::read_sender_csv(record, std::nullopt, 10);
        REQUIRE(given);
        REQUIRE(given->size() == 1);
        CHECK((*given)[0].text == cell);
    }
}
