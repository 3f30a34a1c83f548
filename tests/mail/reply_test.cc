#include "mail/reply.h"

#include "base/utf8.h"
#include "tests/catch.h"

#include <algorithm>

using mail::EnhancedCode;
using mail::parse_reply;
using mail::Reply;

TEST_CASE("A reply is written as RFC 5321 and RFC 2034 say") {
    CHECK(Reply(250, {2, 0, 0}, "Ok").to_wire() == "250 2.0.0 Ok\r\n");
    CHECK(Reply(354, "Go ahead").to_wire() == "354 Go ahead\r\n");
    CHECK(Reply(250, "").to_wire() == "250\r\n");
    CHECK(Reply(250, {2, 1, 0}, "").to_wire() == "250 2.1.0\r\n");
    const auto two = Reply::multi_line(550, {5, 7, 1}, {"a", "b"});
    CHECK(two.to_wire() == "550-5.7.1 a\r\n550 5.7.1 b\r\n");
    CHECK(two.one_line() == "550 5.7.1 a b");
    CHECK(Reply::multi_line(250, {}, {"mx", "SIZE 1"}).to_wire() == "250-mx\r\n250 SIZE 1\r\n");
    CHECK(Reply::multi_line(250, {}, {}).lines().size() == 1);
}

TEST_CASE("A reply text holds no line end, no control character and at most 480 bytes") {
    const Reply reply(550, {5, 0, 0}, "a\r\n250 ok\tb\x1b[0m\xc2\x9b\x7f");
    CHECK(reply.lines().front() == "a  250 ok b [0m");
    CHECK(Reply(550, std::string("a\0b", 3)).lines().front() == "a b");
    CHECK(base::is_utf8(Reply(550, "\xff\xfe").lines().front()));

    const Reply cut(550, "x" + std::string(479, 'y') + "\xc3\xbc");
    CHECK(cut.lines().front().size() == 480);
    std::string umlauts = "x";
    for (int i = 0; i < 1000; ++i) umlauts += "\xc3\xbc";
    CHECK(Reply(550, umlauts).lines().front().size() == 479);
    CHECK(base::is_utf8(Reply(550, umlauts).lines().front()));
    CHECK(Reply(550, {5, 255, 255}, umlauts).to_wire().size() <= 512);
}

TEST_CASE("A reply knows its class") {
    CHECK(Reply(250, "").is_positive());
    CHECK(Reply(354, "").is_intermediate());
    CHECK(Reply(451, "").is_temporary());
    CHECK(Reply(550, "").is_permanent());
    CHECK_FALSE(Reply(550, "").is_temporary());
}

TEST_CASE("A back end's reply is read, cleaned, and written the same again") {
    for (const auto* wire :
         {"250 2.1.5 Ok\r\n",
          "250\r\n",
          "550-5.1.1 no such user\r\n550-5.1.1 here\r\n550 5.1.1 ever\r\n",
          "250-mx.example.test\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n",
          "220 mx ESMTP\r\n"}) {
        INFO(wire);
        const auto reply = parse_reply(wire);
        REQUIRE(reply);
        CHECK(reply->to_wire() == wire);
        CHECK(parse_reply(reply->to_wire()) == *reply);
    }
    const auto reply = *parse_reply("550-5.7.1 a\r\n550 5.7.1 b\r\n");
    CHECK(reply.enhanced() == EnhancedCode{5, 7, 1});
    CHECK(reply.lines() == std::vector<std::string>{"a", "b"});
    CHECK(parse_reply("250-a\n250 b\n")->lines().size() == 2);
    CHECK(parse_reply("550 a\rb\x01\r\n")->lines().front() == "a b");
    CHECK(parse_reply("550 5.7.1\r\n")->enhanced() == EnhancedCode{5, 7, 1});
    CHECK(parse_reply("550 5.7.1 x\r\n")->one_line() == "550 5.7.1 x");
    CHECK(parse_reply("550-\x01 5.7.1 a\r\n550 b\r\n")->enhanced() == EnhancedCode{5, 7, 1});
    const auto full = *parse_reply("550 5.7.1 " + std::string(480, 'x') + "\r\n");
    CHECK(full.lines().front().size() == 480);
    CHECK(parse_reply(full.to_wire()) == full);
}

TEST_CASE("What is no reply is refused") {
    for (const auto* wire :
         {"",
          "\r\n",
          "25\r\n",
          "2500 a\r\n",
          "250-a\r\n",
          "250-a\r\n550 b\r\n",
          "250 a\r\n250 b\r\n",
          "199 a\r\n",
          "600 a\r\n",
          "-50 a\r\n",
          "abc\r\n",
          "250_a\r\n",
          "250-a\r\n\r\n250 b\r\n"}) {
        INFO(wire);
        CHECK_FALSE(parse_reply(wire));
    }
}

TEST_CASE("An enhanced code is taken only in its exact form and class") {
    CHECK(mail::enhanced_code_in("2.1.5 Ok", 250) == EnhancedCode{2, 1, 5});
    CHECK(mail::enhanced_code_in("5.7.100", 550) == EnhancedCode{5, 7, 100});
    CHECK(mail::enhanced_code_in("5.7.1 no", 450).is_none());
    for (const auto* text :
         {"",
          "2",
          "2.1",
          "2.1.",
          "2.1.5x",
          "2.1.5.6",
          "2..5",
          "2.01.5",
          "2.1.1234",
          "3.0.0 x",
          "-2.1.5",
          "2.-1.5"}) {
        INFO(text);
        CHECK(mail::enhanced_code_in(text, text[0] == '3' ? 354 : 250).is_none());
    }
}
