#include "accounts/audit.h"
#include "accounts/password.h"
#include "accounts/people.h"
#include "accounts/sender_lists.h"
#include "tests/catch.h"
#include "tests/command/program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

using database::Snapshot;

namespace {

accounts::Person person(database::Store& store, std::string_view address) {
    return must(store.read_and_wait([&](Snapshot& s) { return accounts::find_person(s, address); })
    );
}
bool opens(database::Store& store, std::string_view address, std::string_view password) {
    const auto hash = must(store.read_and_wait([&](Snapshot& s) {
        return accounts::password_hash_of(s, address);
    }));
    return accounts::verify_password(password, hash);
}
std::vector<std::string> audited(database::Store& store) {
    std::vector<std::string> acts;
    for (const auto& entry :
         must(store.read_and_wait([](Snapshot& s) { return accounts::latest_audit(s, 100); })))
        acts.push_back(entry.act + " " + entry.object);
    return acts;
}

}  // namespace

TEST_CASE("user add makes the store, the account and its audit row") {
    TestProgram program;
    const auto added = program.run(
        {"user", "add", "Ada@Example.test", "--role", "administrator", "--password-stdin"},
        "correct horse\r\nnot this\n"
    );
    CHECK(added.err.empty());
    REQUIRE(added.code == 0);
    const auto store = program.open(database::Owner::guest);
    CHECK(person(*store, "ada@example.test").role == accounts::Role::administrator);
    CHECK(opens(*store, "ada@example.test", "correct horse"));
    CHECK(audited(*store) == std::vector<std::string>{"account.added ada@example.test"});
    struct stat directory{};
    REQUIRE(stat((program.directory / "store").c_str(), &directory) == 0);
    CHECK((directory.st_mode & 0077U) == 0);
}

TEST_CASE("user add works beside a running server, asks for a password, and defaults to user") {
    TestProgram program;
    const auto server = program.open(database::Owner::server);
    program.typed = {"correct horse", "correct horse"};
    REQUIRE(program.run({"user", "add", "ada@example.test"}).code == 0);
    CHECK(person(*server, "ada@example.test").role == accounts::Role::user);
    CHECK(opens(*server, "ada@example.test", "correct horse"));

    program.typed = {"correct horse", "correct house"};
    CHECK(program.run({"user", "add", "ben@example.test"}).code == 1);
    program.typed = {};
    CHECK(program.run({"user", "add", "ben@example.test"}).code == 2);
    const std::vector<std::string> add_ben = {
        "user", "add", "ben@example.test", "--password-stdin"
    };
    CHECK(program.run(add_ben, "short\n").code == 1);
    CHECK(program.run(add_ben, "").code == 1);
    CHECK(program.run({"user", "add", "ben", "--password-stdin"}, "correct horse\n").code == 1);
    const auto again =
        program.run({"user", "add", "ADA@example.test", "--password-stdin"}, "correct horse\n");
    CHECK(again.code == 1);
    CHECK(has(again.err, "already"));
    CHECK(program.run({"user", "list"}).out == "user           ada@example.test\n");
}

TEST_CASE("A store that root makes belongs to whom the directory belongs to") {
    if (geteuid() != 0) return;  // nobody else can give files away
    TestProgram program;
    std::filesystem::create_directory(program.directory / "store");
    constexpr uid_t somebody = 12'345;
    REQUIRE(chown((program.directory / "store").c_str(), somebody, somebody) == 0);
    REQUIRE(program.run({"sender", "block", "ada@example.test", "pushy.example"}).code == 0);
    for (const auto& entry : std::filesystem::directory_iterator(program.directory / "store")) {
        struct stat file{};
        REQUIRE(stat(entry.path().c_str(), &file) == 0);
        CAPTURE(entry.path().string());
        CHECK(file.st_uid == somebody);
    }
}

TEST_CASE("user password and user alias change an account and tell the audit trail") {
    TestProgram program;
    REQUIRE(
        program.run({"user", "add", "ada@example.test", "--password-stdin"}, "correct horse\n")
            .code == 0
    );
    REQUIRE(
        program
            .run({"user", "password", "ada@example.test", "--password-stdin"}, "battery staple\n")
            .code == 0
    );
    REQUIRE(
        program.run({"user", "alias", "ada@example.test", "a@example.test", "b@example.test"})
            .code == 0
    );
    // One of them is taken: neither becomes an alias.
    CHECK(
        program.run({"user", "alias", "ada@example.test", "c@example.test", "a@example.test"})
            .code == 1
    );
    CHECK(
        program.run({"user", "password", "eve@example.test", "--password-stdin"}, "x\n").code == 1
    );
    const auto store = program.open(database::Owner::guest);
    CHECK_FALSE(opens(*store, "ada@example.test", "correct horse"));
    CHECK(opens(*store, "b@example.test", "battery staple"));
    CHECK(person(*store, "ada@example.test").addresses.size() == 3);
    CHECK(
        audited(*store) ==
        std::vector<std::string>{
            "account.alias ada@example.test",
            "account.alias ada@example.test",
            "account.password ada@example.test",
            "account.added ada@example.test"
        }
    );
}

TEST_CASE("user act-for grants mailboxes and takes them away, all that are named or none") {
    TestProgram program;
    for (const auto* who : {"ada@example.test", "ben@example.test"})
        REQUIRE(program.run({"user", "add", who, "--password-stdin"}, "correct horse\n").code == 0);
    const auto granted =
        program.run({"user", "act-for", "ada@example.test", "Info@example.test", "ben@example.test"}
        );
    REQUIRE(granted.code == 0);
    CHECK(
        granted.out ==
        "ada@example.test acts for info@example.test now\n"
        "ada@example.test acts for ben@example.test now\n"
    );
    // Again is no change; an own address, an unknown account and what was not granted are errors.
    CHECK(program.run({"user", "act-for", "ada@example.test", "info@example.test"}).code == 0);
    CHECK(
        program.run({"user", "act-for", "ada@example.test", "x@example.test", "ada@example.test"})
            .code == 1
    );
    CHECK(program.run({"user", "act-for", "eve@example.test", "info@example.test"}).code == 1);
    CHECK(program.run({"user", "act-for", "ada@example.test"}).code == 2);
    const std::vector<std::string> remove = {
        "user", "act-for", "ada@example.test", "--remove", "info@example.test"
    };
    CHECK(
        program.run({"user", "list"}).out ==
        "user           ada@example.test  acts for ben@example.test info@example.test\n"
        "user           ben@example.test\n"
    );
    REQUIRE(program.run(remove).code == 0);
    CHECK(has(program.run(remove).err, "does not act for info@example.test"));

    const auto listed = program.run({"user", "list", "--json"}).out;
    CHECK(has(listed, R"("acts_for":[{"address":"ben@example.test","since":")"));
    CHECK(has(listed, R"("granted_by":"command line (uid )"));
    CHECK(has(listed, R"("role":"user","addresses":["ben@example.test"],"acts_for":[]})"));
    const auto store = program.open(database::Owner::guest);
    CHECK(
        person(*store, "ada@example.test").acts_for == std::vector<std::string>{"ben@example.test"}
    );
    const auto acts = audited(*store);
    CHECK(acts.size() == 5);
    CHECK(acts.front() == "account.mailbox_revoked ada@example.test");
    CHECK(std::count(acts.begin(), acts.end(), "account.mailbox_granted ada@example.test") == 2);
}

TEST_CASE("A foreign address is noted, for it is often a typing error") {
    TestProgram program;
    const auto added =
        program.run({"user", "add", "ada@exmaple.test", "--password-stdin"}, "correct horse\n");
    CHECK(added.code == 0);
    CHECK(has(added.err, "exmaple.test is not one of the domains"));
}

TEST_CASE("sender keeps a person's lists, and a refused entry changes nothing") {
    TestProgram program;
    const std::string ada = "ada@example.test";
    CHECK(
        program.run({"sender", "block", ada, "Pushy.example", "@lottery.example"}).out ==
        "pushy.example is blocked now\nlottery.example is blocked now\n"
    );
    CHECK(program.run({"sender", "permit", ada, "ines@pushy.example"}).code == 0);
    CHECK(program.run({"sender", "trust", ada, "tom@friends.example"}).code == 0);
    const auto again = program.run({"sender", "block", ada, "pushy.example"});
    CHECK(again.code == 0);
    CHECK(again.out == "pushy.example was blocked already\n");

    for (const auto* refused : {"example.test", "com", "", "two words", "@"}) {
        const auto outcome = program.run({"sender", "permit", ada, "new.example", refused});
        CAPTURE(refused);
        CHECK(outcome.code == 1);
        CHECK_FALSE(outcome.err.empty());
        CHECK(outcome.out.empty());
    }
    CHECK(program.run({"sender", "remove", ada, "pushy.example", "nothing.example"}).code == 1);

    const auto listed = program.run({"sender", "list", ada}).out;
    CHECK(std::count(listed.begin(), listed.end(), '\n') == 4);
    CHECK_FALSE(has(listed, "new.example"));
    for (const auto* line :
         {"blocked        lottery.example",
          "blocked        pushy.example",
          "permitted      ines@pushy.example",
          "trusted        tom@friends.example"})
        CHECK(has(listed, line));

    CHECK(program.run({"sender", "remove", ada, "pushy.example"}).code == 0);
    CHECK_FALSE(has(program.run({"sender", "list", ada}).out, " pushy.example"));
    const auto store = program.open(database::Owner::guest);
    CHECK(
        audited(*store) ==
        std::vector<std::string>{
            "sender.removed pushy.example",
            "sender.trusted tom@friends.example",
            "sender.permitted ines@pushy.example",
            "sender.blocked lottery.example",
            "sender.blocked pushy.example"
        }
    );
}
