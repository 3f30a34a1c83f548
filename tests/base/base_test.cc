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

TEST_CASE("A JSON log value is escaped, and gives the reader back what was said") {
    const auto json = [](std::string value) { return base::log_json({"v", std::move(value)}); };
    CHECK(json("plain@example.test") == R"("v":"plain@example.test")");
    CHECK(json("") == R"("v":"")");
    CHECK(json("a\nb\r\x1b[0m\x7f") == R"("v":"a\u000ab\u000d\u001b[0m\u007f")");
    CHECK(json(std::string(1, '\0')) == R"("v":"\u0000")");
    CHECK(json("\"quoted\\") == R"("v":"\"quoted\\")");
    CHECK(
        json("\xe2\x80\xae"
             "evil\xc2\x9b\xef\xbb\xbf\xd8\x9c") == R"("v":"\u202eevil\u009b\ufeff\u061c")"
    );
    CHECK(json("bad\xff") == "\"v\":\"bad\xef\xbf\xbd\"");
    CHECK(json(std::string(5000, 'x')) == "\"v\":\"" + std::string(1024, 'x') + "...\"");
    // A character of four bytes is kept, and not cut in two.
    CHECK(
        json(std::string(1022, 'x') + "\xf0\x9f\x98\x80") ==
        "\"v\":\"" + std::string(1022, 'x') + "...\""
    );
}

TEST_CASE("Whatever bytes a value has, its JSON is one string on one line, in UTF-8") {
    std::string all;
    base::SeededRandom random{5};
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    for (int round = 0; round < 2000; ++round) {
        std::string value;
        const auto length = base::random_below(random, 12);
        for (std::uint64_t i = 0; i < length; ++i) value += all[base::random_below(random, 256)];
        const std::string json = base::log_json({"v", value});
        REQUIRE(base::is_utf8(json));
        REQUIRE(json.starts_with("\"v\":\""));
        std::size_t at = 5;
        for (; at < json.size() && json[at] != '"'; ++at) {
            REQUIRE(static_cast<unsigned char>(json[at]) >= 0x20);
            if (json[at] != '\\') continue;
            ++at;
            REQUIRE(at < json.size());
            if (json[at] == 'u') {
                REQUIRE(json.find_first_not_of("0123456789abcdef", at + 1) >= at + 5);
                at += 4;
            } else {
                REQUIRE((json[at] == '"' || json[at] == '\\'));
            }
        }
        REQUIRE(at + 1 == json.size());
    }
}

TEST_CASE("Form and level of the log can be changed while it is used") {
    std::vector<std::string> lines;
    const auto log = base::Log::to_sink(base::LogLevel::info, [&](std::string_view line) {
        lines.emplace_back(line);
    });
    log->adjust(base::LogLevel::debug, base::LogFormat::json);
    log->debug("hold", {{"id", "abc"}, {"subject", "a \"b\""}});
    log->adjust(base::LogLevel::error, base::LogFormat::text);
    log->info("quiet", {});
    log->error("loud", {});
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with(R"({"time":"2)"));
    CHECK(lines[0].ends_with(R"(Z","level":"debug","event":"hold","id":"abc","subject":"a \"b\""})")
    );
    CHECK(lines[1].ends_with(" error event=loud"));
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

TEST_CASE("A character is written in as many bytes as it needs") {
    std::string text;
    for (const std::uint32_t character :
         {0x7fU, 0x80U, 0x7ffU, 0x800U, 0xffffU, 0x10000U, 0x10ffffU})
        base::append_utf8(text, character);
    CHECK(
        text ==
        "\x7f"
        "\xc2\x80"
        "\xdf\xbf"
        "\xe0\xa0\x80"
        "\xef\xbf\xbf"
        "\xf0\x90\x80\x80"
        "\xf4\x8f\xbf\xbf"
    );
    CHECK(base::is_utf8(text));
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
    CHECK(base::find_ignoring_case("a SRC=b src=", "src=") == 2);
    CHECK(base::find_ignoring_case("a SRC=b src=", "src=", 3) == 8);
    CHECK(base::find_ignoring_case("a SRC=b src=", "src=", 9) == std::string_view::npos);
    CHECK(base::find_ignoring_case("a", "a", 2) == std::string_view::npos);
}

TEST_CASE("What is not ASCII is found wherever it stands") {
    for (std::size_t before = 0; before < 20; ++before)
        for (std::size_t after = 0; after < 20; ++after) {
            const std::string head(before, 'a');
            const std::string tail(after, 'b');
            CHECK(base::ascii_length(head + tail) == before + after);
            CHECK(base::ascii_length(head + "\xc3\xa4" + tail) == before);
            CHECK(base::is_utf8(head + "\xc3\xa4" + tail));
            CHECK(!base::is_utf8(head + "\xc3" + tail));
            CHECK(base::to_valid_utf8(head + "\xff" + tail) == head + "\xef\xbf\xbd" + tail);
        }
}
