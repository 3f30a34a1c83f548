#include "mail/alternative.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mail/encoding.h"
#include "mail/header.h"
#include "mail/received.h"

namespace mail {

namespace {

std::string letters_and_digits(std::string_view text) {
    std::string result(text.substr(0, 60));
    std::erase_if(result, [](char c) { return !base::is_letter(c) && !base::is_digit(c); });
    return result;
}

// RFC 5322 §3.2.4; a name that is not ASCII becomes encoded words, which stand without quotes.
std::string phrase(std::string_view name) {
    for (const char c : name)
        if (static_cast<unsigned char>(c) >= 0x80) return encode_words(name);
    std::string quoted = "\"";
    for (const char c : name) {
        if (base::is_control(c)) continue;
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

std::string encoded_part(std::string_view type, std::string_view content) {
    std::string lines = base::to_valid_utf8(content);
    std::erase(lines, '\r');
    if (!lines.ends_with('\n')) lines += '\n';
    std::string result = header_field("Content-Type", std::string(type) + "; charset=utf-8") +
                         header_field("Content-Transfer-Encoding", "quoted-printable") + "\r\n";
    for (const char c : encode_quoted_printable(lines)) {
        if (c == '\n') result += '\r';
        result += c;
    }
    return result;
}

}  // namespace

std::string compose(const AlternativeMail& mail) {
    const std::string id = letters_and_digits(mail.id);
    // Quoted-printable writes every "=" as "=3D": no line of a part can be this one.
    const std::string boundary = "=_postern-" + id;
    std::string message =
        header_field("From", phrase(mail.from_name) + " <" + mail.from.text() + ">") +
        header_field("To", "<" + mail.to.text() + ">") +
        header_field("Subject", encode_words(mail.subject)) +
        header_field("Date", to_rfc5322_date(mail.at)) +
        header_field("Message-ID", "<" + id + "@" + mail.id_domain + ">") +
        // RFC 3834 §5, what Exchange heeds, and what older programs do.
        header_field("Auto-Submitted", "auto-generated") +
        header_field("X-Auto-Response-Suppress", "All") + header_field("Precedence", "bulk") +
        header_field("List-Id", "<" + mail.list_id + ">") +
        header_field("Content-Language", mail.language) + header_field("MIME-Version", "1.0");
    message += "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n";
    message += "--" + boundary + "\r\n" + encoded_part("text/plain", mail.text);
    // The last is the one a program prefers.
    message += "\r\n--" + boundary + "\r\n" + encoded_part("text/html", mail.html);
    message += "\r\n--" + boundary + "--\r\n";
    return message;
}

}  // namespace mail
