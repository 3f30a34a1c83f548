#include "base/ascii.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "tests/catch.h"

#include <mutex>
#include <vector>

using namespace std::chrono_literals;

TEST_CASE("A log value cannot forge a line, hide in marks or grow without end") {
    const auto text = [](std::string value) { return base::log_text({"v", std::move(value)}); };
    CHECK(text("plain@example.test") == "v=plain@example.test");
    CHECK(text("") == "v=\"\"");
    CHECK(text("two words") == "v=\"two words\"");
    CHECK(text("a\nb\r\x1b[0m") == "v=\"a\\x0ab\\x0d\\x1b[0m\"");
    CHECK(text("\"quoted\\") == "v=\"\\\"quoted\\\\\"");
    CHECK(
        text("\xe2\x80\xae"
             "evil") == "v=\"\\xe2\\x80\\xaeevil\""
    );
    CHECK(text("\xc2\x9b") == "v=\"\\xc2\\x9b\"");
    CHECK(text("bad\xff") == "v=bad\xef\xbf\xbd");
    CHECK(text(std::string(5000, 'x')).size() < 1100);
}

TEST_CASE("An event below the level is not written, one above is one line") {
    std::vector<std::string> lines;
    const auto log = base::Log::to_sink(base::LogLevel::info, [&](std::string_view line) {
        lines.emplace_back(line);
    });
    log->debug("quiet", {});
    log->info("hold", {{"id", "abc"}, {"subject", "a b"}});
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find(" info event=hold id=abc subject=\"a b\"") != std::string::npos);
}

TEST_CASE("RFC 3339 times are written in UTC and read back") {
    const auto time = base::from_rfc3339("2026-11-21T20:03:47.5Z");
    REQUIRE(time);
    CHECK(base::to_rfc3339(*time) == "2026-11-21T20:03:47.500Z");
    CHECK(base::from_rfc3339("2024-02-29T00:00:00Z"));
    for (const auto* bad :
         {"",
          "2026-13-01T00:00:00Z",
          "2026-02-30T00:00:00Z",
          "2026-01-01 00:00:00Z",
          "2026-01-01T00:00:00",
          "2026-01-01T24:00:00Z",
          "2026-01-01T00:00:00.Z",
          "20x6-01-01T00:00:00Z"})
        CHECK_FALSE(base::from_rfc3339(bad));
}

TEST_CASE("UTF-8 is judged as RFC 3629 says") {
    CHECK(
        base::is_utf8("gr\xc3\xbc\xc3\x9f"
                      "e \xf0\x9f\x98\x80")
    );
    for (const auto* bad :
         {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xff"})
        CHECK_FALSE(base::is_utf8(bad));
    CHECK(
        base::to_valid_utf8("a\xff"
                            "b") ==
        "a\xef\xbf\xbd"
        "b"
    );
    CHECK(base::utf8_prefix("\xc3\xbc\xc3\xbc", 3) == "\xc3\xbc");
}

TEST_CASE("SHA-256 in pieces is SHA-256 of the whole") {
    base::Sha256 hash;
    hash.update("a");
    hash.update("bc");
    const auto digest = hash.finish();
    CHECK(
        base::to_hex(digest) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    CHECK(base::sha256("abc") == digest);
}

TEST_CASE("Random ids are 26 characters and do not repeat") {
    base::SystemRandom random;
    const auto one = base::random_id(random);
    const auto two = base::random_id(random);
    CHECK(one.size() == 26);
    CHECK(one != two);
    for (int i = 0; i < 100; ++i) CHECK(base::random_below(random, 3) < 3);
}

TEST_CASE("ASCII rules do not depend on a locale") {
    CHECK(base::lower("ABCz\xc3\x84") == "abcz\xc3\x84");
    CHECK(base::equals_ignoring_case("MAIL From", "mail fROM"));
    CHECK_FALSE(base::equals_ignoring_case("MAIL", "MAIL "));
    CHECK(base::trim(" \ta b\r\n") == "a b");
}
