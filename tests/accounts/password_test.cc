#include "accounts/password.h"

#include "tests/catch.h"

TEST_CASE("A password's hash is argon2id with the agreed cost, salted, and verifies only it") {
    base::SeededRandom random(1);
    const auto one = accounts::hash_password("correct horse", random);
    const auto two = accounts::hash_password("correct horse", random);
    REQUIRE(one);
    REQUIRE(two);
    CHECK(one->starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    CHECK(*one != *two);
    CHECK(accounts::verify_password("correct horse", *one));
    CHECK(accounts::verify_password("correct horse", *two));
    CHECK_FALSE(accounts::verify_password("correct horsf", *one));
    CHECK_FALSE(accounts::verify_password("", *one));
    CHECK_FALSE(accounts::verify_password("correct horse", "$argon2id$broken"));
}

TEST_CASE("Nobody signs in to an account without a password") {
    CHECK_FALSE(accounts::verify_password("", ""));
    CHECK_FALSE(accounts::verify_password("anything at all", ""));
}

TEST_CASE("A password has 10 to 1024 bytes") {
    base::SeededRandom random(1);
    const auto kind = [&](std::size_t length) {
        const auto hash = accounts::hash_password(std::string(length, 'x'), random);
        return hash ? std::string("ok") : hash.error().text;
    };
    CHECK(kind(9).find("too short") != std::string::npos);
    CHECK(kind(10) == "ok");
    CHECK(kind(1024) == "ok");
    CHECK(kind(1025).find("too long") != std::string::npos);
    CHECK_FALSE(accounts::verify_password(std::string(1025, 'x'), ""));
}
