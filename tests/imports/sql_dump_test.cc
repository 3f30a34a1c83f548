#include "imports/sql_dump.h"

#include "imports/sql_values.h"
#include "tests/catch.h"
#include "tests/imports/finds.h"

using base::ErrorKind;
using imports::Cells;
using imports::DumpRow;

namespace {

using namespace std::string_literals;

Cells copied(std::string_view line) {
    Cells cells;
    REQUIRE(imports::read_copy_line(line, cells));
    return cells;
}

// Every row of a MySQL line, its cells with "|" between, NULL as "-"; or "error".
std::string rows_of(std::string_view values) {
    imports::MysqlRows rows(values);
    std::string all;
    Cells cells;
    for (;;) {
        const auto there = rows.next(cells);
        if (!there) return "error";
        if (!*there) return all;
        for (const auto& cell : cells) all += (cell ? *cell : "-") + "|";
        all += "/";
    }
}

// "table: a b" for each row of the tables x and y, with the columns a and b.
base::Result<Lines> read(std::string_view dump) {
    const Folder folder;
    Lines lines;
    auto done = imports::read_dump(
        folder.write("dump.sql", dump),
        {"x", "y"},
        [&](std::string_view table, const DumpRow& row) -> base::Result<void> {
            lines.push_back(
                std::string(table) + ": " + std::string(row.text("a")) + " " +
                std::string(row.text("b"))
            );
            return {};
        }
    );
    if (!done) return base::failure(done.error());
    return lines;
}

}  // namespace

TEST_CASE("Values of MySQL are read as its manual says") {
    CHECK(rows_of("(1,'a',NULL),(2,'b',3.5);") == "1|a|-|/2|b|3.5|/");
    CHECK(rows_of(R"(('it\'s','''','a\\b','\n\r\t\Z\b\%'))") == "it's|'|a\\b|\n\r\t\x1a\b%|/");
    CHECK(rows_of(R"(('\0'))") == "\0|/"s);
    CHECK(rows_of("(0x4142,_binary 'c',-1e5)") == "AB|c|-1e5|/");
    CHECK(rows_of("('), (',';')") == "), (|;|/");
    CHECK(rows_of("").empty());
    for (const auto* wrong : {"(1", "('a", "('a\\", "(1,)", "(now())", "(a)", "1", "(1;", "()"})
        CHECK(rows_of(wrong) == "error");
}

TEST_CASE("COPY lines of PostgreSQL are read as its manual says") {
    CHECK(copied("a\tb") == Cells{"a", "b"});
    CHECK(copied("\\N\t") == Cells{std::nullopt, ""});
    CHECK(copied(R"(\t\n\\\x41\101\q)") == Cells{"\t\n\\AAq"});
    CHECK(copied("end\\") == Cells{"end"});
}

TEST_CASE("Columns come from CREATE TABLE, from INSERT or from COPY") {
    const auto lines = read(
        "CREATE TABLE `x` (\n  `b` int,\n  `a` int,\n  KEY `k` (`a`)\n) ENGINE=InnoDB;\n"
        "INSERT INTO `x` VALUES (1,2);\n"
        "INSERT INTO `y` (`c`, `a`) VALUES (3,4),(5,6);\n"
        "INSERT INTO `z` VALUES (7);\n"
        "INSERT INTO `x` VALUES\n(8,9),\n(10,11);\n"
        "COPY public.x (a, \"b\") FROM stdin;\n12\t13\n\\.\n"
    );
    REQUIRE(lines);
    CHECK(*lines == Lines{"x: 2 1", "y: 4 ", "y: 6 ", "x: 9 8", "x: 11 10", "x: 12 13"});
}

TEST_CASE("What stands in another table's rows is not taken for a statement") {
    const auto lines = read(
        "COPY public.other (a, b) FROM stdin;\n"
        "INSERT INTO `x` (`a`,`b`) VALUES (1,2);\t\n"
        "COPY public.x (a, b) FROM stdin;\n"
        "\\.\n"
        "COPY public.x (a, b) FROM stdin;\nreal\trow\n\\.\n"
    );
    REQUIRE(lines);
    CHECK(*lines == Lines{"x: real row"});
}

TEST_CASE("A dump that cannot be understood is refused with its line") {
    const std::vector<std::string> wrong = {
        "INSERT INTO `x` VALUES (1,2);\n",
        "CREATE TABLE `x` (\n  `a` int\n);\nINSERT INTO `x` VALUES (1,2);\n",
        "INSERT INTO public.x VALUES (1,2);\n",
        "INSERT INTO `x` (`a`) SELECT 1;\n",
        "INSERT INTO `x` (`a` VALUES (1);\n",
        "INSERT INTO `x",
        "INSERT INTO `x` (`a`) VALUES (1),\n",
        "COPY public.x (a, b) FROM stdin;\n1\t2\n",
        "COPY public.x FROM '/etc/passwd';\n",
        "COPY x) ( FROM stdin;\n",
    };
    for (const auto& dump : wrong) {
        const auto lines = read(dump);
        CAPTURE(dump);
        REQUIRE_FALSE(lines);
        CHECK(lines.error().kind == ErrorKind::invalid);
        CHECK(lines.error().text.find("line ") != std::string::npos);
    }
    const auto missing = imports::read_dump("/nowhere/at/all", {}, {});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::not_found);
}

TEST_CASE("A dump cut off anywhere ends in rows or in an error, never otherwise") {
    for (const auto* name : {"mailcow.sql", "pmg.sql", "amavis_pg.sql"}) {
        std::ifstream file(data(name), std::ios::binary);
        const std::string whole{std::istreambuf_iterator<char>(file), {}};
        const Folder folder;
        for (std::size_t size = 0; size < whole.size(); size += 7) {
            const auto cut = folder.write("cut.sql", whole.substr(0, size));
            const auto done = imports::read_dump(
                cut,
                {"quarantine", "cmailstore", "userprefs", "wblist"},
                [](std::string_view, const DumpRow&) { return base::Result<void>(); }
            );
            CHECK((done || done.error().kind == ErrorKind::invalid));
        }
    }
}
