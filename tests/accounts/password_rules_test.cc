#include "accounts/password_rules.h"

#include "tests/catch.h"

using accounts::Weakness;
using accounts::weakness_of;

namespace {

const std::vector<std::string> addresses = {
    "ada.lovelace@example.test", "ada@example.test", "x@verylongcompany.example"
};

Weakness of(std::string_view password) {
    return weakness_of(password, addresses);
}

}  // namespace

TEST_CASE("Length is counted in characters, and has an end") {
    CHECK(of("") == Weakness::too_short);
    CHECK(of("kleiner b") == Weakness::too_short);
    CHECK(of("äöüäöüßäö") == Weakness::too_short);  // 18 bytes
    CHECK(of("Zürichsee 9") == Weakness::none);
    CHECK(of(std::string(1025, 'x')) == Weakness::too_long);
}

TEST_CASE("What everybody tries first is refused, however it is dressed up") {
    for (const auto* password :
         {"password123",  "Passwort2026!", "P@ssw0rd2026",  "pa55word1234",   "1234567890",
          "0987654321",   "0123456789",    "qwertyuiop",    "QWERTZuiop1",    "1q2w3e4r5t",
          "1qaz2wsx3edc", "aaaaaaaaaa",    "abababababab",  "abcdefghijkl",   "asdfasdfasdf",
          "welcome2026!", "Sommer2026!!",  "letmeinplease", "iloveyou1234",   "admin-admin",
          "hallohallo",   "adminpassword", "!!!Geheim123",  "test-test-test", "changeme2026",
          "1234512345",   "12345678910",   "administrator", "postern2026!",   "qwertzuiop2026",
          "january-2027"}) {
        CAPTURE(password);
        CHECK(of(password) == Weakness::common);
    }
}

TEST_CASE("The person's own address is no password") {
    for (const auto* password :
         {"ada@example.test",
          "Ada.Lovelace",
          "ada.lovelace1",
          "1ada.lovelace!!",
          "verylongcompany.example"}) {
        CAPTURE(password);
        CHECK(of(password) == Weakness::address);
    }
    CHECK(of("ada likes long walks") == Weakness::none);
}

TEST_CASE("What is long and one's own is taken, of letters alone too") {
    for (const auto* password :
         {"a long password",
          "correct horse battery",
          "seven grey umbrellas",
          "kohlrabi-im-november",
          "tR7!kq02Lx",
          "zwölf Boxkämpfer",
          "4kl9d02kfm3"}) {
        CAPTURE(password);
        CHECK(of(password) == Weakness::none);
    }
}
