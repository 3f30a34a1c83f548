#include "command/run.h"

#include "command/version.h"
#include "tests/catch.h"
#include "tests/command/program.h"

TEST_CASE("Help names every sub-command; wrong words are exit 2 and say what is wrong") {
    TestProgram program;
    const auto help = program.run_bare({"--help"});
    CHECK(help.code == 0);
    for (const auto* name :
         {"serve",
          "check",
          "user",
          "sender",
          "hold",
          "explain",
          "backup",
          "restore",
          "audit",
          "doctor",
          "import"})
        CHECK(has(help.out, name));
    const std::vector<std::vector<std::string>> wrong = {
        {},
        {"fly"},
        {"hold"},
        {"hold", "fly"},
        {"hold", "list", "--jsn"},
        {"hold", "list", "--state", "gone"},
        {"hold", "show"},
        {"hold", "show", "one", "two"},
        {"hold", "release"},
        {"sender", "block", "ada@example.test"},
        {"user", "add"},
        {"user", "add", "ada@example.test", "--role", "king"},
        {"explain", "--from", "a@b.test"},
        {"backup"},
    };
    for (const auto& words : wrong) {
        const auto outcome = program.run_bare(words);
        CAPTURE(words);
        CHECK(outcome.code == 2);
        CHECK_FALSE(outcome.err.empty());
        CHECK(outcome.out.empty());
    }
}

TEST_CASE("The version is said with the version of every room's tables") {
    TestProgram program;
    const auto said = program.run_bare({"--version"});
    CHECK(said.code == 0);
    std::string wanted = "postern " + std::string(command::version()) + "\nstore:";
    const char* before = " ";
    for (const auto& schema : command::store_schemas()) {
        wanted += before + std::string(schema.room) + " " +
                  std::to_string(schema.migrations.back().version);
        before = ", ";
    }
    wanted += "\n";
    CHECK(said.out == wanted);
    CHECK(command::version().find_first_not_of("0123456789.") == std::string_view::npos);
}

TEST_CASE("check says every problem on a line of its own with its place") {
    TestProgram program;
    const auto good = program.run({"check"});
    CHECK(good.code == 0);
    CHECK(good.err.empty());

    program.write_config("[smtpp]\n[quarantine]\nretention_days = \"soon\"\n");
    const auto bad = program.run({"check"});
    CHECK(bad.code == 1);
    const auto file = program.config().string();
    CHECK(has(bad.err, file + ":8:"));
    CHECK(has(bad.err, file + ":10:"));
    CHECK(std::count(bad.err.begin(), bad.err.end(), '\n') == 2);

    std::filesystem::remove(program.config());
    const auto missing = program.run({"check"});
    CHECK(missing.code == 1);
    CHECK(has(missing.err, file));
}

TEST_CASE("A look without a store is refused and makes none") {
    TestProgram program;
    const std::vector<std::vector<std::string>> looks = {
        {"hold", "list"},
        {"hold", "release", "x"},
        {"sender", "list", "ada@example.test"},
        {"user", "list"},
        {"backup", (program.directory / "copy").string()}
    };
    for (const auto& words : looks) {
        const auto outcome = program.run(words);
        CAPTURE(words);
        CHECK(outcome.code == 1);
        CHECK(has(outcome.err, program.store_file().string()));
        CHECK(outcome.out.empty());
    }
    CHECK_FALSE(std::filesystem::exists(program.directory / "store"));
}

TEST_CASE("backup copies the whole store while it is served, and overwrites nothing") {
    TestProgram program;
    const auto store = program.open(database::Owner::server);
    const auto id = program.hold(*store, "ada@example.test", "A: b\r\n\r\nbody\r\n", "kept");
    const auto target = program.directory / "copy.db";
    const auto done = program.run({"backup", target.string()});
    CHECK(done.err.empty());
    REQUIRE(done.code == 0);
    CHECK(program.run({"backup", target.string()}).code == 1);
    store->close();

    program.write_config("");
    std::filesystem::remove_all(program.directory / "store");
    std::filesystem::create_directory(program.directory / "store");
    std::filesystem::rename(target, program.store_file());
    CHECK(program.run({"hold", "export", id}).out == "A: b\r\n\r\nbody\r\n");
}
