#include "mail/alternative.h"

#include "mail/header.h"
#include "mail/mime.h"
#include "tests/catch.h"

namespace {

mail::AlternativeMail letter() {
    return {
        .from_name = "Müller & Söhne \"Post\"",
        .from = *mail::Address::parse("postern@mx.example.test"),
        .to = *mail::Address::parse("ada@example.test"),
        .subject = "3 neue Nachrichten für Sie",
        .text = "Grüße\n.\n--=_postern-abc\nhttps://portal.example.test/digest/x\n",
        .html =
            "<!DOCTYPE html><html lang=\"de\"><body><p>Gr\xc3\xbc\xc3\x9f"
            "e</p></body></html>",
        .language = "de",
        .list_id = "digest.mx.example.test",
        .id = "abc",
        .id_domain = "mx.example.test",
        .at = base::Time(std::chrono::milliseconds(1'800'000'000'000)),
    };
}

}  // namespace

TEST_CASE("A mail of text and HTML is read back as it was written") {
    const std::string composed = mail::compose(letter());
    auto bytes = mail::MessageBytes::of(composed);
    REQUIRE(bytes.finish());
    const auto header = mail::Header::read(bytes);
    REQUIRE(header);
    CHECK_FALSE(header->malformed());
    CHECK(header->subject() == "3 neue Nachrichten für Sie");
    const auto from = header->from();
    REQUIRE(from.size() == 1);
    CHECK(from[0].display_name == "Müller & Söhne \"Post\"");
    CHECK(from[0].address->text() == "postern@mx.example.test");
    CHECK(header->first("Auto-Submitted") == "auto-generated");
    CHECK(header->first("X-Auto-Response-Suppress") == "All");
    CHECK(header->first("List-Id") == "<digest.mx.example.test>");
    CHECK(header->count("Message-ID") == 1);

    const auto facts = mail::read_mime(bytes);
    REQUIRE(facts);
    CHECK(facts->attachments.empty());
    CHECK(facts->text.find("Grüße") != std::string::npos);
    CHECK(facts->text.find("https://portal.example.test/digest/x") != std::string::npos);
    const auto html = mail::html_of(bytes, 100'000);
    REQUIRE(html);
    CHECK(html->find("<p>Grüße</p>") != std::string::npos);
}

TEST_CASE("A mail of text and HTML is 7 bit, its lines short and ended by CR LF") {
    auto mail = letter();
    mail.html += std::string(5000, 'x');
    mail.subject = std::string(300, 'y') + "\r\nBcc: everybody@example.test";
    mail.from_name = "Evil\r\nBcc: x@example.test";
    const std::string composed = mail::compose(mail);
    std::size_t column = 0;
    for (std::size_t i = 0; i < composed.size(); ++i) {
        const char c = composed[i];
        REQUIRE(static_cast<unsigned char>(c) < 0x80);
        REQUIRE((c == '\n') == (i > 0 && composed[i - 1] == '\r'));
        column = c == '\n' ? 0 : column + 1;
        REQUIRE(column <= 500);
    }
    CHECK(mail::Header::parse(composed).count("Bcc") == 0);
}
