#include "tests/catch.h"
#include "tests/command/program.h"

#include <boost/json.hpp>

#include <iterator>

namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

boost::json::array json_of(const std::filesystem::path& file) {
    return boost::json::parse(text_of(file)).as_array();
}

}  // namespace

TEST_CASE("recover gives a sound store's mail, lists and people, and exit 0") {
    TestProgram program;
    REQUIRE(
        program.run({"user", "add", "anna@example.test", "--password-stdin"}, "a long password\n")
            .code == 0
    );
    REQUIRE(program.run({"sender", "block", "anna@example.test", "spam.example"}).code == 0);
    const std::string bytes = "Subject: hello\r\n\r\n.\r\nbody\r\n";
    std::string id;
    {
        auto store = program.open(database::Owner::server);
        id = program.hold(*store, "anna@example.test", bytes, "hello");
    }
    const auto directory = program.directory / "out";
    const auto done = program.run({"recover", directory.string()});
    INFO(done.out << done.err);
    REQUIRE(done.code == 0);
    CHECK(done.err.empty());

    const auto index = json_of(directory / "index.json");
    REQUIRE(index.size() == 1);
    const auto& mail = index.at(0).as_object();
    CHECK(mail.at("kind").as_string() == "hold");
    CHECK(mail.at("id").as_string() == id);
    CHECK(mail.at("owner").as_string() == "anna@example.test");
    CHECK(mail.at("subject").as_string() == "hello");
    CHECK(mail.at("state").as_string() == "held");
    CHECK(mail.at("bytes").as_string() == "verified");
    CHECK(mail.at("size").as_int64() == static_cast<std::int64_t>(bytes.size()));
    CHECK(text_of(directory / mail.at("file").as_string().c_str()) == bytes);

    const auto senders = json_of(directory / "senders.json");
    REQUIRE(senders.size() == 1);
    CHECK(senders.at(0).at("owner").as_string() == "anna@example.test");
    CHECK(senders.at(0).at("list").as_string() == "blocked");
    CHECK(senders.at(0).at("entry").as_string() == "spam.example");
    const auto people = json_of(directory / "people.json");
    REQUIRE(people.size() == 1);
    CHECK(people.at(0).at("address").as_string() == "anna@example.test");
    CHECK(text_of(directory / "people.json").find("argon2") == std::string::npos);
}

TEST_CASE("recover writes only into an empty directory, and says when there is no store") {
    TestProgram program;
    const auto directory = program.directory / "out";
    const auto none = program.run({"recover", directory.string()});
    CHECK(none.code == 1);
    CHECK(none.err.find("there is no store") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(directory));
    program.open(database::Owner::server)->close();
    const auto full = program.run({"recover", program.directory.string()});
    CHECK(full.code == 1);
    CHECK(full.err.find("is there already") != std::string::npos);
}

TEST_CASE("recover names the mail whose bytes are not what they were, and exits with 1") {
    TestProgram program;
    std::string id;
    {
        auto store = program.open(database::Owner::server);
        id = program.hold(*store, "anna@example.test", "Subject: a\r\n\r\nbody\r\n", "hello");
        must(store->write_and_wait([](database::Transaction& t) -> base::Result<void> {
            auto changed = t.execute("UPDATE message_chunk SET bytes = zeroblob(10)");
            if (!changed) return base::failure(changed.error());
            return {};
        }));
    }
    const auto directory = program.directory / "out";
    const auto done = program.run({"recover", directory.string()});
    CHECK(done.code == 1);
    CHECK(done.err.find(id) != std::string::npos);
    CHECK(json_of(directory / "index.json").at(0).at("bytes").as_string() != "verified");
}
