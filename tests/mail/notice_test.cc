#include "mail/notice.h"

#include "mail/encoding.h"
#include "mail/header.h"
#include "tests/catch.h"

#include <filesystem>
#include <sstream>

using mail::MessageBytes;

namespace {

mail::Notice notice() {
    return {
        "mx.example.test",
        *mail::Address::parse("bob@example.test"),
        "Zur\xc3\xbc"
        "ckgehalten: 3",
        "Hello J\xc3\xbcrgen,\n\n.\nFrom here = there \n" + std::string(300, 'x') + "\nend",
        "abc123",
        base::Time(std::chrono::hours(24 * 365))
    };
}

mail::SpoolSettings spool() {
    return {std::filesystem::temp_directory_path(), 1000};
}

std::string bytes_of(const MessageBytes& message) {
    return *message.prefix(static_cast<std::size_t>(message.size()));
}

std::string body_of(const std::string& message) {
    return message.substr(message.find("\r\n\r\n") + 4);
}

void check_conformant(const std::string& message) {
    std::istringstream lines(message);
    for (std::string line; std::getline(lines, line);) {
        CHECK(line.ends_with('\r'));
        CHECK(line.size() <= 79);
    }
    CHECK(message.ends_with("\r\n"));
    const auto header = mail::Header::parse(message);
    CHECK_FALSE(header.malformed());
    for (const auto* name :
         {"From",
          "To",
          "Subject",
          "Date",
          "Message-ID",
          "MIME-Version",
          "Auto-Submitted",
          "Content-Type"}) {
        INFO(name);
        CHECK(header.count(name) == 1);
    }
    CHECK(header.first("Auto-Submitted") == std::string("auto-generated"));
    CHECK(header.message_id() == "<abc123@mx.example.test>");
    REQUIRE(header.from().size() == 1);
    CHECK(header.from()[0].address->text() == "postern@mx.example.test");
}

std::string without_cr(std::string text) {
    std::erase(text, '\r');
    return text;
}

}  // namespace

TEST_CASE("A notice is a conformant message whose text comes back") {
    const std::string message = mail::compose(notice());
    check_conformant(message);
    for (const char c : message) CHECK(static_cast<unsigned char>(c) < 0x80);
    const auto header = mail::Header::parse(message);
    CHECK(header.subject() == notice().subject);
    CHECK(header.first("To") == std::string("<bob@example.test>"));
    CHECK(header.first("Content-Transfer-Encoding") == std::string("quoted-printable"));
    const auto text =
        mail::decode(mail::TransferEncoding::quoted_printable, without_cr(body_of(message)));
    CHECK(text == notice().text + "\n");
}

TEST_CASE("No field can be written through a subject or an id") {
    auto hostile = notice();
    hostile.subject = "a\r\nBcc: x@y.test";
    hostile.id = "a>\r\nX: y";
    hostile.text = "a\r\nb\rc\0d\n";
    const auto header = mail::Header::parse(mail::compose(hostile));
    CHECK(header.count("Bcc") == 0);
    CHECK(header.count("X") == 0);
    CHECK(header.subject() == "a  Bcc: x@y.test");
    hostile.text = "";
    CHECK(mail::compose(hostile).ends_with("\r\n\r\n\r\n"));
}

TEST_CASE("The original goes along byte for byte, in a boundary it does not hold") {
    for (const std::string& original :
         {std::string("Subject: a\r\n\r\nbody\r\n"),
          std::string("Subject: a\r\n\r\nno line end"),
          std::string(),
          "X: " + std::string(50'000, 'x') +
              "\r\n\r\n--postern-abc123-0\r\n--postern-abc123-1--\r\n",
          std::string("Subject: \xc3\xbc\r\n\r\n8bit \xff\r\n")}) {
        const auto message =
            *mail::compose_with_original(notice(), MessageBytes::of(original), spool());
        const std::string bytes = bytes_of(message);
        const auto header = mail::Header::parse(bytes);
        const std::string type = *header.first("Content-Type");
        const auto quote = type.find('"');
        const std::string boundary = type.substr(quote + 1, type.size() - quote - 2);
        CHECK(original.find(boundary) == std::string::npos);
        const std::string delimiter = "\r\n--" + boundary;
        const auto second = bytes.find(delimiter, bytes.find(delimiter) + 1);
        const auto start = bytes.find("\r\n\r\n", second) + 4;
        const auto end = bytes.find(delimiter + "--\r\n", start);
        REQUIRE(end != std::string::npos);
        CHECK(bytes.substr(start, end - start) == original);
        CHECK(end + delimiter.size() + 4 == bytes.size());
        CHECK(message.sha256() == base::sha256(bytes));
    }
}

TEST_CASE("A forwarded original declares what its bytes need") {
    const auto encoding = [](std::string_view original) {
        const auto message =
            *mail::compose_with_original(notice(), MessageBytes::of(original), spool());
        return *mail::Header::parse(bytes_of(message)).first("Content-Transfer-Encoding");
    };
    CHECK(encoding("A: 1\r\n\r\nb\r\n") == "7bit");
    CHECK(encoding("A: 1\r\n\r\n\xc3\xbc\r\n") == "8bit");
    CHECK(encoding("A: 1\r\n\r\n" + std::string(998, 'x') + "\r\n") == "7bit");
    CHECK(encoding("A: 1\r\n\r\n" + std::string(999, 'x') + "\r\n") == "binary");
    CHECK(encoding("A: 1\r\n\r\nb\n") == "binary");
    CHECK(encoding("A: 1\r\n\r\nb\rc\r\n") == "binary");
    CHECK(encoding(std::string("A: 1\r\n\r\n\0\r\n", 11)) == "binary");
}

TEST_CASE("Encodings come apart the same at every cut") {
    std::string bytes;
    for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * 31);
    const std::string base64 = mail::encode_base64(bytes);
    const std::string quoted = "a=C3=BC=\r\nb =3D\r\n";
    for (std::size_t cut = 0; cut <= 40; ++cut) {
        mail::TransferDecoder one(mail::TransferEncoding::base64);
        std::string result(one.decode(std::string_view(base64).substr(0, cut)));
        result += one.decode(std::string_view(base64).substr(cut));
        CHECK(result == bytes);
        if (cut > quoted.size()) continue;
        mail::TransferDecoder other(mail::TransferEncoding::quoted_printable);
        result = other.decode(std::string_view(quoted).substr(0, cut));
        result += other.decode(std::string_view(quoted).substr(cut));
        CHECK(
            result ==
            "a\xc3\xbc"
            "b =\r\n"
        );
    }
}
