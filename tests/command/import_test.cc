#include "tests/catch.h"
#include "tests/command/program.h"

namespace {

namespace fs = std::filesystem;

std::string data(const char* name) {
    return (fs::path(POSTERN_TESTS_DIR) / "imports" / "data" / name).string();
}

std::string json_of(TestProgram& program) {
    return program.run({"hold", "list", "--json"}).out;
}

}  // namespace

TEST_CASE("import mailcow makes holds and lists, once") {
    TestProgram program;
    const auto first = program.run({"import", "mailcow", data("mailcow.sql")});
    CHECK(first.err.empty());
    REQUIRE(first.code == 0);
    CHECK(has(first.out, "imported: 3 mails held anew, 0 were there; 2 list entries added"));
    // Foreign domains, what could not be sent, and what Postern refuses are said with the reason.
    CHECK(has(first.out, "left out: mailcow 3 4Xq3: cora@other.example is in none of our domains"));
    CHECK(has(first.out, "carriage return"));
    CHECK(has(first.out, "permitted *.com for ada@example.test: "));
    CHECK(has(first.out, "permitted example.test for ada@example.test: "));
    CHECK(has(first.out, "blocked *lottery* for ada@example.test: "));
    CHECK(has(first.out, "a list of a whole domain"));

    const auto holds = json_of(program);
    CHECK(has(holds, R"("owner":"ada@example.test")"));
    CHECK(has(holds, R"("sender":"seller@shop.example")"));
    CHECK(has(holds, R"("subject":"Cheap pills")"));
    CHECK(has(holds, R"("rule":"imported from mailcow")"));
    CHECK(has(holds, "mailcow held it: reject, score 15.20"));
    const auto senders = program.run({"sender", "list", "ada@example.test"}).out;
    CHECK(has(senders, "friend@good.example"));
    CHECK(has(senders, "pushy.example"));

    const auto second = program.run({"import", "mailcow", data("mailcow.sql")});
    REQUIRE(second.code == 0);
    CHECK(has(second.out, "imported: 0 mails held anew, 3 were there; 0 list entries added, 2 were")
    );
    CHECK(json_of(program) == holds);
    CHECK(program.run({"audit", "verify"}).out == "the audit trail is whole: 5 entries\n");
}

TEST_CASE("A dry run says the same and changes nothing") {
    TestProgram program;
    const auto without_store = program.run({"import", "mailcow", data("mailcow.sql"), "--dry-run"});
    REQUIRE(without_store.code == 0);
    CHECK(has(without_store.out, "3 mails held anew"));
    CHECK_FALSE(fs::exists(program.store_file()));

    program.open(database::Owner::server)->close();
    const auto dry = program.run({"import", "mailcow", data("mailcow.sql"), "--dry-run"});
    REQUIRE(dry.code == 0);
    CHECK(has(dry.out, "dry run, nothing was changed: 3 mails held anew, 0 were there; 2 list"));
    CHECK(has(dry.out, "permitted example.test for ada@example.test: "));
    CHECK(json_of(program) == "[]\n");
    CHECK(program.run({"sender", "list", "ada@example.test"}).out.empty());
    CHECK(program.run({"audit", "verify"}).out == "the audit trail is whole: 0 entries\n");
}

TEST_CASE("Only mail, or only lists") {
    TestProgram program;
    CHECK(has(
        program.run({"import", "mailcow", data("mailcow.sql"), "--senders-only"}).out, "0 mails"
    ));
    CHECK(
        has(program.run({"import", "mailcow", data("mailcow.sql"), "--mail-only"}).out,
            "3 mails held anew")
    );
    CHECK(
        program.run({"import", "mailcow", data("mailcow.sql"), "--mail-only", "--senders-only"})
            .code == 2
    );
}

TEST_CASE("import pmg and amavis take a dump and a folder") {
    TestProgram program;
    const auto spool = program.directory / "spool";
    fs::create_directories(spool / "spam" / "A3");
    std::ofstream(spool / "spam" / "A3" / "1F2B6ABC000A3")
        << "Delivered-To: x\nReturn-Path: y\nSubject: Cheap\n\nbody\n";
    const auto pmg = program.run({"import", "pmg", data("pmg.sql"), spool.string()});
    CHECK(pmg.err.empty());
    REQUIRE(pmg.code == 0);
    CHECK(has(pmg.out, "2 mails held anew"));
    CHECK(has(pmg.out, "4 list entries added"));
    CHECK(has(json_of(program), R"("owner":"ben.alias@example.test")"));

    const auto folder = program.directory / "virusmails";
    fs::create_directories(folder);
    std::ofstream(folder / "spam-1")
        << "X-Envelope-From: <a@b.example>\nX-Envelope-To: <ada@example.test>\n"
           "X-Quarantine-ID: <1>\nSubject: from amavis\n\nbody\n";
    const auto amavis = program.run({"import", "amavis", folder.string(), data("amavis_pg.sql")});
    CHECK(amavis.err.empty());
    REQUIRE(amavis.code == 0);
    CHECK(has(amavis.out, "1 mails held anew"));
    CHECK(has(json_of(program), "from amavis"));
}

TEST_CASE("import says what is wrong with its words and its sources") {
    TestProgram program;
    const std::vector<std::vector<std::string>> usage = {
        {"import"}, {"import", "nothing", "x"}, {"import", "mailcow"}
    };
    for (const auto& words : usage) CHECK(program.run(words).code == 2);
    const std::vector<std::vector<std::string>> failing = {
        {"import", "mailcow", "/nowhere"},
        {"import", "mailcow", program.directory.string()},
        {"import", "pmg", program.directory.string()},
        {"import", "mailcow", data("mailcow.sql"), data("pmg.sql")},
    };
    for (const auto& words : failing) {
        const auto outcome = program.run(words);
        CAPTURE(words);
        CHECK(outcome.code == 1);
        CHECK_FALSE(outcome.err.empty());
    }
}
