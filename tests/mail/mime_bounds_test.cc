#include "base/utf8.h"
#include "mail/encoding.h"
#include "mail/mime.h"
#include "tests/catch.h"
#include "tests/mail/suites.h"

#include <sys/resource.h>

#include <filesystem>

using mail::MessageBytes;
using mail::MimeFacts;

namespace {

const std::string from = "From: a@b.test\r\n";

// The names of the ambiguities, in one line.
std::string ambiguities(const MimeFacts& facts) {
    std::string result;
    for (const auto ambiguity : facts.ambiguities)
        result += (result.empty() ? "" : " ") + std::string(name_of(ambiguity));
    return result;
}

}  // namespace

TEST_CASE("Depth, parts and header length are bounded and said") {
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "_\r\n\r\n--b" +
                std::to_string(i) + "_\r\n";
    const auto multiparts = *mail::read_mime(MessageBytes::of(from + deep));
    CHECK_THAT(ambiguities(multiparts), Catch::Contains("too_deep"));
    CHECK(multiparts.parts == 101);

    std::string messages;
    for (int i = 0; i < 100'000; ++i) messages += "Content-Type: message/rfc822\r\n\r\n";
    const auto nested = *mail::read_mime(MessageBytes::of(from + messages));
    CHECK(ambiguities(nested) == "too_deep");
    CHECK(nested.attachments.size() == 101);

    std::string many = from + "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (int i = 0; i < 20'000; ++i) many += "--b\r\n\r\nx\r\n";
    const auto parts = *mail::read_mime(MessageBytes::of(many + "--b--\r\n"));
    CHECK_THAT(ambiguities(parts), Catch::Contains("too_many_parts"));
    CHECK(parts.parts == 10'000);

    const std::string long_header = "X: " + std::string(300 * 1024, 'x') + "\r\n";
    const auto top = *mail::read_mime(MessageBytes::of(from + long_header + "\r\nx"));
    CHECK(ambiguities(top) == "header_too_long");
    CHECK(top.text == "x");
    const auto inside = *mail::read_mime(MessageBytes::of(
        from + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + long_header +
        "\r\nx\r\n--b--\r\n"
    ));
    CHECK(ambiguities(inside) == "header_too_long");
}

TEST_CASE("A part is the same wherever the buffer happens to end") {
    for (std::size_t pad = 64 * 1024 - 260; pad < 64 * 1024 + 40; ++pad) {
        const std::string text =
            from + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + std::string(pad, 'p') +
            "\r\n--b\r\nContent-Disposition: attachment; filename=a\r\n\r\nx\r\n\r\n--b--\r\n";
        const auto facts = *mail::read_mime(MessageBytes::of(text));
        REQUIRE(facts.attachments.size() == 1);
        CHECK(facts.attachments[0].size == 3);
        CHECK(facts.ambiguities.empty());
    }
}

TEST_CASE("A message of 50 MB is walked in little memory") {
    auto message = *MessageBytes::create({std::filesystem::temp_directory_path(), 128 * 1024});
    const auto append = [&](std::string_view bytes) { REQUIRE(message.append(bytes)); };
    append(from + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n");
    const std::string text_line = std::string(76, 't') + "\r\n";
    const std::string base64_line = mail::encode_base64(std::string(57, 'x')) + "\r\n";
    const std::string long_line(1'000'000, 'l');
    for (int i = 0; i < 100'000; ++i) append(text_line);
    append("--b\r\nContent-Type: text/html\r\n\r\n");
    for (int i = 0; i < 20; ++i) append(long_line);
    append("\r\n--b\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    for (int i = 0; i < 300'000; ++i) append(base64_line);
    append("--b--\r\n");
    REQUIRE(message.finish());
    REQUIRE(message.size() > 50'000'000);

    const auto resident_bytes = [] {
        rusage usage{};
        REQUIRE(getrusage(RUSAGE_SELF, &usage) == 0);
        return usage.ru_maxrss * 1024;
    };
    const auto before = resident_bytes();
    const auto facts = *mail::read_mime(message);
    // The sanitizer keeps freed memory for a while; without it this is under 3 MB.
    CHECK(resident_bytes() - before < 20'000'000);
    CHECK(ambiguities(facts).empty());
    CHECK(facts.text_truncated);
    REQUIRE(facts.attachments.size() == 1);
    CHECK(facts.attachments[0].size == 300'000 * 57);
}

TEST_CASE("Other people's messages are read to their end") {
    std::size_t messages = 0;
    std::size_t with_text = 0;
    for (const auto* name :
         {"python-email", "dompurify", "espoofer", "dkim-spamassassin", "dkim-chasquid", "mail-auth"
         }) {
        const auto folder = suite(name);
        if (!folder) return;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
            if (!entry.is_regular_file()) continue;
            INFO(entry.path());
            const std::string text = file_text(entry.path());
            for (const auto& bytes : {text, with_crlf(text)}) {
                const auto message = MessageBytes::of(bytes);
                const auto facts = mail::read_mime(message);
                REQUIRE(facts);
                CHECK(base::is_utf8(facts->text));
                const auto html = mail::html_of(message, 100'000);
                REQUIRE(html);
                CHECK((html->empty() || facts->has_html));
                for (const auto& attachment : facts->attachments) {
                    CHECK(base::is_utf8(attachment.name));
                    CHECK(attachment.name.find_first_of("/\\\r\n") == std::string::npos);
                    const auto part_bytes = mail::part_of(message, attachment.index, 100'000'000);
                    REQUIRE(part_bytes);
                    CHECK(part_bytes->size() == attachment.size);
                }
                ++messages;
                if (!facts->text.empty()) ++with_text;
            }
        }
    }
    CHECK(messages > 300);
    CHECK(with_text > 100);
}
