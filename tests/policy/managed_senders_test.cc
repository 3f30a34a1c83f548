#include "policy/managed_senders.h"

#include "tests/catch.h"

#include <string>
#include <vector>

namespace {

mail::Address address(std::string_view text) {
    return *mail::Address::parse(text);
}

std::vector<policy::ManagedEntry> entries(
    std::initializer_list<std::pair<policy::SenderList, std::string_view>> list
) {
    std::vector<policy::ManagedEntry> result;
    for (const auto& [kind, text] : list)
        result.push_back({kind, *policy::SenderPattern::parse(text)});
    return result;
}

}  // namespace

TEST_CASE("An entry is an address or a domain, however people write it") {
    struct Row {
        std::string_view text;
        std::string_view key;
        bool is_address;
    };
    for (const Row& row : std::vector<Row>{
             {"Anna@Example.ORG", "anna@example.org", true},
             {"  example.org ", "example.org", false},
             {"@example.org", "example.org", false},
             {"*.example.org", "example.org", false},
             {"*@example.org", "example.org", false},
             {"EXAMPLE.org.", "example.org", false},
             {"b\xc3\xbc"
              "cher.example.org",
              "xn--bcher-kva.example.org",
              false},
             {"[192.0.2.1]", "[192.0.2.1]", false},
             {"example.co.uk", "example.co.uk", false}
         }) {
        INFO(row.text);
        const auto pattern = policy::SenderPattern::parse(row.text);
        REQUIRE(pattern);
        CHECK(pattern->key == row.key);
        CHECK(pattern->is_address == row.is_address);
    }
}

TEST_CASE("An entry that would match everything, or nothing, is refused with the reason") {
    for (const std::string_view text :
         {"",
          "   ",
          "@",
          "*",
          "*.",
          "com",
          "co.uk",
          "@com",
          "*.co.uk",
          "a b.test",
          "a@",
          "@@b.test",
          "a@b@c.test",
          "<a@b.test>",
          "a@b..test"}) {
        INFO(text);
        const auto pattern = policy::SenderPattern::parse(text);
        REQUIRE_FALSE(pattern);
        CHECK(pattern.error().kind == base::ErrorKind::invalid);
        CHECK_FALSE(pattern.error().text.empty());
    }
    CHECK(policy::SenderPattern::parse_any("com")->key == "com");
}

TEST_CASE("The keys to look up go from the address to its last label") {
    CHECK(
        policy::candidate_keys(address("U@A.b.test")) ==
        std::vector<std::string>{"u@a.b.test", "a.b.test", "b.test", "test"}
    );
    CHECK(policy::candidate_keys(address("u@[192.0.2.1]")).size() == 2);
}

TEST_CASE("Names of lists read back") {
    using policy::SenderList;
    for (const SenderList list :
         {SenderList::blocked,
          SenderList::permitted,
          SenderList::auto_permitted,
          SenderList::trusted})
        CHECK(policy::sender_list_named(policy::name_of(list)) == list);
    CHECK_FALSE(policy::sender_list_named("allowed"));
}

TEST_CASE("The deciding entry does not depend on the order of the entries") {
    using policy::SenderList;
    const auto forth = entries(
        {{SenderList::blocked, "domain.com"},
         {SenderList::permitted, "domain.com"},
         {SenderList::trusted, "a@domain.com"},
         {SenderList::blocked, "sub.domain.com"}}
    );
    const std::vector<policy::ManagedEntry> back(forth.rbegin(), forth.rend());
    for (const auto& list : {forth, back}) {
        CHECK(policy::deciding_entry(list, address("a@domain.com"))->list == SenderList::permitted);
        CHECK(
            policy::deciding_entry(list, address("a@x.sub.domain.com"))->list == SenderList::blocked
        );
        CHECK_FALSE(policy::deciding_entry(list, address("a@com")));
        CHECK(policy::is_trusted(list, address("A@Domain.com")));
        CHECK_FALSE(policy::is_trusted(list, address("b@domain.com")));
    }
    CHECK_FALSE(policy::deciding_entry({}, address("a@domain.com")));
}

TEST_CASE("A trusted domain covers its subdomains") {
    const auto list = entries({{policy::SenderList::trusted, "domain.com"}});
    CHECK(policy::is_trusted(list, address("a@mail.domain.com")));
    CHECK_FALSE(policy::is_trusted(list, address("a@notdomain.com")));
}
