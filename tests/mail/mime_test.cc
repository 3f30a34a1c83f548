#include "mail/mime.h"

#include "base/utf8.h"
#include "mail/notice.h"
#include "tests/catch.h"
#include "tests/mail/suites.h"

#include <algorithm>
#include <filesystem>

using mail::Ambiguity;
using mail::MessageBytes;
using mail::MimeFacts;

namespace {

const std::string from = "From: a@b.test\r\n";

MimeFacts read(const std::string& lf_text) {
    return *mail::read_mime(MessageBytes::of(with_crlf(lf_text)));
}

// The names of the ambiguities, in one line.
std::string ambiguities(const MimeFacts& facts) {
    std::string result;
    for (const auto ambiguity : facts.ambiguities)
        result += (result.empty() ? "" : " ") + std::string(name_of(ambiguity));
    return result;
}

std::string part(const std::string& lf_text, int index) {
    const auto bytes = mail::part_of(MessageBytes::of(with_crlf(lf_text)), index, 1000);
    return bytes ? *bytes : "error: " + bytes.error().text;
}

const std::string mixed = from + R"(Subject: x
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=inner

--inner

Hello.
Two lines.
--inner
Content-Type: text/html; charset=utf-8

<p>Hello &amp; <b>bye</b></p>
--inner--
epilogue
--outer
Content-Type: application/pdf; name="a.pdf"
Content-Disposition: attachment; filename="a.pdf"
Content-Transfer-Encoding: base64

aGVsbG8=
--outer
Content-Type: image/png
Content-ID: <logo@x>
Content-Disposition: inline; filename=logo.png

png
--outer--
after
)";

}  // namespace

TEST_CASE("A usual message gives its text and its attachments") {
    const auto facts = read(mixed);
    CHECK(ambiguities(facts).empty());
    CHECK(facts.text == "Hello.\nTwo lines.");
    CHECK(facts.has_html);
    CHECK(facts.parts == 6);
    REQUIRE(facts.attachments.size() == 2);
    const auto& pdf = facts.attachments[0];
    CHECK(pdf.index == 2);
    CHECK(pdf.name == "a.pdf");
    CHECK(pdf.extension == "pdf");
    CHECK(pdf.declared_type == "application/pdf");
    CHECK(pdf.size == 5);
    CHECK_FALSE(pdf.is_inline);
    const auto& logo = facts.attachments[1];
    CHECK(logo.index == 3);
    CHECK(logo.content_id == "logo@x");
    CHECK(logo.is_inline);
    CHECK(logo.size == 3);
}

TEST_CASE("Parts are taken out by their index") {
    CHECK(part(mixed, 0) == "Hello.\r\nTwo lines.");
    CHECK(part(mixed, 2) == "hello");
    CHECK(part(mixed, 3) == "png");
    CHECK(part(mixed, 4) == "error: there is no part 4");
    CHECK(part(mixed, -1) == "error: there is no part -1");
    const auto message = MessageBytes::of(with_crlf(mixed));
    CHECK(mail::part_of(message, 2, 5));
    const auto over = mail::part_of(message, 2, 4);
    REQUIRE_FALSE(over);
    CHECK(over.error().kind == base::ErrorKind::limit);
    CHECK(mail::part_of(message, 9, 4).error().kind == base::ErrorKind::not_found);
}

TEST_CASE("The first HTML part is given in UTF-8, cut where asked") {
    const auto message = MessageBytes::of(with_crlf(mixed));
    CHECK(mail::html_of(message, 1000) == std::string("<p>Hello &amp; <b>bye</b></p>"));
    CHECK(mail::html_of(message, 8) == std::string("<p>Hello"));
    CHECK(mail::html_of(MessageBytes::of(from + "\r\nplain"), 1000) == std::string());
    const auto latin = MessageBytes::of(
        from +
        "Content-Type: text/html; charset=iso-8859-1\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nx=FCx"
    );
    CHECK(mail::html_of(latin, 1000) == std::string("x\xc3\xbcx"));
    CHECK(mail::html_of(latin, 2) == std::string("x"));
}

TEST_CASE("Text is plain text first, else HTML without its tags") {
    CHECK(read(from + "\nHello\n").text == "Hello\n");
    CHECK(read(from + "Content-Type: text/html\n\n<p>Hi<br>you</p>\n").text == "Hi\nyou\n");
    const auto blank_plain = read(
        from +
        "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n--b\nContent-Type: "
        "text/html\n\n<i>x</i>\n--b--\n"
    );
    CHECK(blank_plain.text == "x");
    const auto control = read(
        from +
        "\na\x01"
        "b\tc\x7f\n"
    );
    CHECK(control.text == "a b\tc \n");
    CHECK(
        read(from + "Content-Type: text/plain; charset=koi8-r\n\n\xf0\xf2\n").text ==
        "\xd0\x9f\xd0\xa0\n"
    );
    CHECK(base::is_utf8(read(from + "\n\xff\xfe\n").text));
}

TEST_CASE("Text is cut at its bound between characters") {
    std::string body;
    for (int i = 0; i < 1000; ++i) body += "\xe2\x82\xac";
    for (std::size_t bound = 100; bound < 104; ++bound) {
        mail::MimeLimits limits;
        limits.text_bytes_max = bound;
        for (const std::string type : {"text/plain", "text/html"}) {
            const auto facts = *mail::read_mime(
                MessageBytes::of(from + "Content-Type: " + type + "\r\n\r\n" + body), limits
            );
            CHECK(facts.text_truncated);
            CHECK(facts.text.size() == bound / 3 * 3);
            CHECK(base::is_utf8(facts.text));
        }
    }
    CHECK_FALSE(read(from + "\nshort\n").text_truncated);
}

TEST_CASE("A message inside the message is an attachment, and so is what it holds") {
    const std::string outer = from + R"(Content-Type: multipart/mixed; boundary=o

--o

see below
--o
Content-Type: message/rfc822
Content-Disposition: attachment; filename="fwd.eml"

From: x@y.test
Content-Type: multipart/mixed; boundary=i

--i

inner text
--i
Content-Disposition: attachment; filename=deep.exe

MZ
--i--
--o
Content-Disposition: attachment; filename=last.txt

x
--o--
)";
    const auto facts = read(outer);
    CHECK(ambiguities(facts).empty());
    REQUIRE(facts.attachments.size() == 3);
    CHECK(facts.attachments[0].name == "fwd.eml");
    CHECK(facts.attachments[0].declared_type == "message/rfc822");
    CHECK(facts.attachments[1].name == "deep.exe");
    CHECK(facts.attachments[2].name == "last.txt");
    CHECK(facts.text == "see below\ninner text");
    const std::string inner = part(outer, facts.attachments[0].index);
    CHECK(inner.starts_with("From: x@y.test\r\n"));
    CHECK(inner.ends_with("--i--"));
    CHECK(inner.size() == facts.attachments[0].size);
    CHECK(part(outer, facts.attachments[1].index) == "MZ");
}

TEST_CASE("The original of a notice comes out as it went in") {
    const std::string original = with_crlf(mixed);
    const mail::Notice notice{
        "mx.test", *mail::Address::parse("a@b.test"), "s", "text", "id1", base::Time()
    };
    const auto message = *mail::compose_with_original(
        notice, MessageBytes::of(original), {std::filesystem::temp_directory_path(), 1000}
    );
    const auto facts = *mail::read_mime(message);
    CHECK(ambiguities(facts).empty());
    REQUIRE_FALSE(facts.attachments.empty());
    CHECK(facts.attachments[0].name == "original.eml");
    CHECK(mail::part_of(message, facts.attachments[0].index, 100'000) == original);
}

TEST_CASE("A digest holds messages unless it says otherwise") {
    const auto facts = read(
        from +
        "Content-Type: multipart/digest; boundary=d\n\n--d\n\nFrom: x@y.test\n\none\n--d\n\nFrom: "
        "x@y.test\n\ntwo\n--d--\n"
    );
    CHECK(facts.attachments.size() == 2);
    CHECK(facts.text == "one\ntwo");
}

TEST_CASE("Attachment names are never a path and hide nothing") {
    const auto name = [](const std::string& disposition) {
        const auto facts = read(
            from + "Content-Type: application/octet-stream\nContent-Disposition: attachment; " +
            disposition + "\n\nx\n"
        );
        const auto& attachment = facts.attachments.at(0);
        const std::string found = ambiguities(facts);
        return attachment.name + "|" + attachment.extension + (found.empty() ? "" : "|" + found);
    };
    CHECK(name("filename=a.EXE") == "a.EXE|exe");
    CHECK(name("filename=\"../../etc/passwd\"") == "passwd|");
    CHECK(name("filename=\"C:\\tmp\\a.exe\"") == "a.exe|exe");
    CHECK(name("filename=\"a.exe. . \"") == "a.exe. .|exe");
    CHECK(name("filename=\"a\\\"b.txt\"") == "a\"b.txt|txt");
    CHECK(name("filename=\"a.txt; x\"; size=3") == "a.txt; x|txt; x");
    CHECK(
        name("filename=\"invoice\xe2\x80\xae"
             "fdp.exe\"") == "invoicefdp.exe|exe"
    );
    CHECK(name("filename=\"a\x01.txt\"") == "a .txt|txt|names_differ");
    CHECK(name("filename*=utf-8'de'%C3%BC.txt") == "\xc3\xbc.txt|txt");
    CHECK(name("filename*=iso-8859-1''%FC.txt") == "\xc3\xbc.txt|txt");
    CHECK(name("filename*0*=utf-8''%C3; filename*1*=%BC; filename*2=.exe") == "\xc3\xbc.exe|exe");
    CHECK(name("filename=\"=?utf-8?q?=C3=BC=2Eexe?=\"") == "\xc3\xbc.exe|exe");
    CHECK(name("filename=a.txt; filename*=utf-8''a.txt") == "a.txt|txt");
    CHECK(name("filename=.profile") == ".profile|profile");
    CHECK(name("x=y") == "|");
    CHECK(name("filename=\"\"") == "|");

    CHECK(name("filename=a.txt; filename=b.exe") == "a.txt|txt|names_differ");
    CHECK(name("filename=a.txt; filename*=utf-8''b.exe") == "a.txt|txt|names_differ");
    CHECK(name("filename*0=a; filename*2=.exe") == "a||names_differ");
    CHECK(name("filename*0=a; filename*0=b") == "a||names_differ");
    CHECK(
        name("filename*00=a.exe") ==
        "|"
        "|names_differ"
    );
    CHECK(name("filename=my file.exe") == "my file.exe|exe|malformed_header");
    CHECK(name("filename=\"a.txt\".exe") == "a.txt.exe|exe|malformed_header");
    CHECK(name("filename=\"a.exe") == "a.exe|exe|malformed_header");
    CHECK(name("filename=(c)a.exe(d)") == "a.exe|exe|malformed_header");
}

TEST_CASE("A name in two places must be one name") {
    const auto both = [](const std::string& type_name, const std::string& file_name) {
        return ambiguities(read(
            from + "Content-Type: application/zip; name=" + type_name +
            "\nContent-Disposition: attachment; filename=" + file_name + "\n\nx\n"
        ));
    };
    CHECK(both("a.zip", "a.zip").empty());
    CHECK(both("\"=?utf-8?q?=C3=BC?=\"", "\"\xc3\xbc\"").empty());
    CHECK(both("a.zip", "a.exe") == "names_differ");
}

TEST_CASE("Each ambiguity is found, at the top and in a nested part") {
    struct Case {
        std::string name;
        std::string header;
        std::string body;
    };
    const std::vector<Case> cases = {
        {"duplicate_content_type", "Content-Type: text/plain\nContent-Type: text/html\n", "x\n"},
        {"duplicate_transfer_encoding",
         "Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit\n",
         "eA==\n"},
        {"malformed_header", "X : 1\n", "x\n"},
        {"malformed_header", "Content-Type: text\n", "x\n"},
        {"malformed_header", "Content-Type: text/plain; charset\n", "x\n"},
        {"odd_boundary", "Content-Type: multipart/mixed\n", "--x\n\na\n--x--\n"},
        {"odd_boundary", "Content-Type: multipart/mixed; boundary=\"\"\n", "--\n\na\n----\n"},
        {"odd_boundary", "Content-Type: multipart/mixed; boundary=x\n", "no part\n"},
        {"odd_boundary", "Content-Type: multipart/mixed; boundary=x\n", "--x--\n"},
        {"odd_boundary", "Content-Type: multipart/mixed; boundary=x\n", "--x\n--x\n\na\n--x--\n"},
        {"odd_boundary", "Content-Type: multipart/mixed; boundary=x\n", "--x\n\nnever closed\n"},
        {"odd_boundary",
         "Content-Type: multipart/mixed; boundary=" + std::string(71, 'x') + "\n",
         "--" + std::string(71, 'x') + "\n\na\n--" + std::string(71, 'x') + "--\n"},
        {"odd_boundary",
         "Content-Type: multipart/mixed; boundary=x; boundary=y\n",
         "--x\n\na\n--x--\n"},
        {"odd_boundary",
         "Content-Type: multipart/mixed; boundary*0=x; boundary*1=y; boundary=x\n",
         "--x\n\na\n--x--\n"},
        {"odd_boundary", "Content-Type: multipart/mixed; boundary=x\n", "--x\n\na\n--xy\n--x--\n"},
        {"odd_boundary",
         "Content-Type: multipart/mixed; boundary=x\n",
         "--x\n\na\n--x--\n--x\n\nb\n"},
        {"odd_boundary",
         "Content-Type: multipart/mixed; boundary=x\n",
         "--x\nContent-Type: multipart/mixed; boundary=xy\n\n--xy\n\na\n--xy--\n--x--\n"},
        {"odd_boundary",
         "Content-Type: multipart/mixed; boundary=xy\n",
         "--xy\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x--\n--xy--\n"},
        {"odd_boundary",
         "Content-Type: multipart/mixed; boundary=x\n",
         "--x\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\na\n--x--\n"},
        {"unknown_encoding", "Content-Transfer-Encoding: rot13\n", "x\n"},
        {"unknown_encoding", "Content-Transfer-Encoding: x-uuencode\n", "x\n"},
        {"unknown_encoding", "Content-Transfer-Encoding: base64; x=y\n", "eA==\n"},
        {"unknown_encoding", "Content-Transfer-Encoding: base64;\n", "eA==\n"},
        {"unknown_encoding", "Content-Transfer-Encoding: \"base64\"\n", "eA==\n"},
        {"unknown_encoding", "Content-Transfer-Encoding: Base64 (x)\n", "eA==\n"},
        {"unknown_encoding", "Content-Transfer-Encoding: base64 7bit\n", "x\n"},
        {"malformed_header", "Content-Transfer-Encoding:\n base64\n", "eA==\n"},
        {"malformed_header", "Content-Type: text/html (a comment)\n", "x\n"},
        {"broken_encoding", "Content-Transfer-Encoding: base64\n", "eA=\n"},
        {"broken_encoding", "Content-Transfer-Encoding: base64\n", "eA\n"},
        {"broken_encoding", "Content-Transfer-Encoding: base64\n", "eA==eA==\n"},
        {"broken_encoding", "Content-Transfer-Encoding: base64\n", "eA==\nA footer\n"},
        {"broken_encoding", "Content-Transfer-Encoding: base64\n", "eAAA====\n"},
        {"broken_encoding", "Content-Transfer-Encoding: base64\n", "eA-_\n"},
        {"broken_encoding", "Content-Transfer-Encoding: quoted-printable\n", "a=b\n"},
        {"broken_encoding", "Content-Transfer-Encoding: quoted-printable\n", "a=4x\n"},
        {"broken_encoding", "Content-Transfer-Encoding: quoted-printable\n", "a==\n\nb\n"},
        {"broken_encoding", "Content-Transfer-Encoding: quoted-printable\n", "a= b\n"},
        {"unknown_encoding", "Content-Transfer-Encoding:\n", "x\n"},
        {"unknown_encoding",
         "Content-Type: multipart/mixed; boundary=x\nContent-Transfer-Encoding: base64\n",
         "--x\n\na\n--x--\n"},
        {"unknown_encoding",
         "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n",
         "RnJvbTogYUBiCg==\n"},
        {"names_differ",
         "Content-Type: a/b; name=x\nContent-Disposition: inline; filename=y\n",
         "x\n"},
        {"names_differ", "Content-Disposition: inline\nContent-Disposition: attachment\n", "x\n"},
        {"names_differ", "Content-Disposition: inline; filename=\"a\x0b.exe\"\n", "x\n"},
        {"names_differ", "Content-Disposition: inline; filename=\"a\xc2\x85.exe\"\n", "x\n"},
        {"names_differ", "Content-Disposition: inline; filename=\"a\x80.exe\"\n", "x\n"},
        {"names_differ", "Content-Disposition: inline; filename=\"=?utf-8?B?Zi5lU=?=\"\n", "x\n"},
        {"names_differ", "Content-Type: a/b; name=\"=?utf-8?Q?a=4?=\"\n", "x\n"},
        {"names_differ", "Content-Type: a/b; name=\"=?utf-8?Q?a\"\n", "x\n"},
        {"raw_nul", "", std::string("a\0b\n", 4)},
        {"uuencode_in_text", "", "hello\nbegin 644 a.exe\nM...\nend\n"},
        {"uuencode_in_text", "Content-Type: text/html\n", "begin 0755 a.exe\n"},
        {"uuencode_in_text", "Content-Transfer-Encoding: base64\n", "YmVnaW4gNjQ0IGEuZXhlCg==\n"},
        {"uuencode_in_text", "", "begin-base64 644 a.exe\n"},
        {"partial_message", "Content-Type: message/partial; id=a; number=1\n", "x\n"},
        {"partial_message", "Content-Type: message/external-body; access-type=x\n", "x\n"},
    };
    for (const auto& [name, header, body] : cases) {
        INFO(name << "\n" << header << "\n" << body);
        CHECK(ambiguities(read(from + header + "\n" + body)) == name);
        const std::string open =
            from + "Content-Type: multipart/mixed; boundary=OUTER\n\n--OUTER\n\nfirst\n--OUTER\n";
        CHECK(ambiguities(read(open + header + "\n" + body + "--OUTER--\n")) == name);
        const std::string message = from + "Content-Type: message/rfc822\n\n";
        CHECK(ambiguities(read(message + from + header + "\n" + body)) == name);
    }
}

TEST_CASE("A message that is not ambiguous is called so in none of these") {
    for (const std::string& rest :
         {std::string("\nbegin with this\nbegin 12 x\n begin 644 a\n"),
          std::string("Content-Type: text/plain; charset=\"utf-8\"; format=flowed\n\nx\n"),
          std::string("Content-Type: TEXT/Plain; charset=us-ascii\n\nx\n"),
          std::string("Content-Transfer-Encoding: Base64\n\neA==\n"),
          std::string("Content-Transfer-Encoding: base64 \n\n e A\t= =\n\n\n"),
          std::string("Content-Transfer-Encoding: base64\n\n"),
          std::string("Content-Transfer-Encoding: quoted-printable\n\na=3d=3D= \t\nb=\nc=20\n"),
          std::string("Content-Type:\n text/plain\n\nx\n"),
          std::string("Content-Type: a/b; name=\"=?utf-8?B?w6Q=?= =?utf-8?Q?=C3=A4?=\"\n\nx\n"),
          std::string("Content-Type: a/b; name=\"\xc3\xa4 =?x =?.txt\"\n\nx\n"),
          std::string("Content-Type: application/x; a=b;\n\nbegin 644 a\n"),
          std::string("Content-Type: multipart/mixed; boundary=\"a b\"\n\n--a b \t\n\nx\n--a b--"),
          std::string("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--\n--c\n--b--\n"),
          std::string("")}) {
        INFO(rest);
        CHECK(ambiguities(read(from + rest)).empty());
    }
}

TEST_CASE("Exactly one From with exactly one address is asked for") {
    const auto of = [](const std::string& header) { return ambiguities(read(header + "\nx\n")); };
    CHECK(of("From: a@b.test\n").empty());
    CHECK(of("From: \"c@d.test\" <a@b.test>\n").empty());
    CHECK(of("Subject: x\n") == "not_one_from");
    CHECK(of("From: a@b.test\nFrom: a@b.test\n") == "not_one_from");
    CHECK(of("From: a@b.test, c@d.test\n") == "not_one_from");
    CHECK(of("From: Bob\n") == "not_one_from");
    CHECK(of("From: good@bank.test <evil@x.test>\n") == "not_one_from");
    CHECK(of("From: undisclosed:;\n") == "not_one_from");
}

TEST_CASE("Every cut of a message is read without harm") {
    const std::string whole = with_crlf(mixed);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto message = MessageBytes::of(std::string_view(whole).substr(0, size));
        const auto facts = mail::read_mime(message);
        REQUIRE(facts);
        for (const auto& attachment : facts->attachments) {
            const auto bytes = mail::part_of(message, attachment.index, 1000);
            REQUIRE(bytes);
            CHECK(bytes->size() == attachment.size);
        }
    }
}

TEST_CASE("Every ambiguity has a name and a sentence") {
    for (int i = 0; i <= static_cast<int>(Ambiguity::not_one_from); ++i) {
        const auto ambiguity = static_cast<Ambiguity>(i);
        CHECK(name_of(ambiguity) != "unknown");
        CHECK(explain(ambiguity).ends_with('.'));
    }
}
