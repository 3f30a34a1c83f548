#include "mail/notice.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mail/encoding.h"
#include "mail/header.h"
#include "mail/received.h"

#include <algorithm>
#include <array>

namespace mail {
namespace {

using base::failure;
using base::Result;

constexpr std::size_t chunk_bytes = 16'384;

// Atom characters only (RFC 5322 §3.2.3), for ids and boundaries.
std::string atom(std::string_view text) {
    std::string result(text.substr(0, 40));
    std::erase_if(result, [](char c) { return !base::is_letter(c) && !base::is_digit(c); });
    return result.empty() ? "0" : result;
}

// Every field but those of the content.
std::string header_of(const Notice& notice) {
    const std::string from = "postern@" + notice.from_domain;
    return header_field("From", "Postern <" + from + ">") +
           header_field("To", "<" + notice.to.text() + ">") +
           header_field("Subject", encode_words(notice.subject)) +
           header_field("Date", to_rfc5322_date(notice.at)) +
           header_field("Message-ID", "<" + atom(notice.id) + "@" + notice.from_domain + ">") +
           header_field("Auto-Submitted", "auto-generated") +  // RFC 3834 §5
           header_field("MIME-Version", "1.0");
}

// Content fields, empty line and content of the one text part.
std::string text_part(std::string_view text) {
    std::string lines = base::to_valid_utf8(text);
    std::erase(lines, '\r');
    if (!lines.ends_with('\n')) lines += '\n';
    std::string result =
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    for (const char c : encode_quoted_printable(lines)) {
        if (c == '\n') result += '\r';
        result += c;
    }
    return result;
}

// What RFC 2045 §2.7-2.9 ask about the bytes of a message.
class LineFacts {
  public:
    void add(std::string_view bytes) {
        for (const char c : bytes) {
            if (static_cast<unsigned char>(c) >= 0x80) has_high_ = true;
            if (c == '\0' || (last_ == '\r') != (c == '\n')) is_binary_ = true;
            length_ = c == '\n' ? 0 : length_ + 1;
            if (length_ > 999) is_binary_ = true;  // 998 and the CR
            last_ = c;
        }
    }
    // For a part and for the multipart around it (RFC 2045 §6.4).
    std::string_view encoding() const {
        if (is_binary_ || last_ == '\r') return "binary";
        return has_high_ ? "8bit" : "7bit";
    }

  private:
    bool has_high_ = false;
    bool is_binary_ = false;
    char last_ = 'x';
    std::size_t length_ = 0;
};

// Calls `take` with each piece of the message in order; it gives a Result.
template <class Take>
Result<void> for_each_piece(const MessageBytes& message, Take take) {
    std::array<char, chunk_bytes> buffer;  // filled by read()
    MessageBytes::Reader reader = message.reader();
    while (true) {
        const auto got = reader.read(buffer);
        if (!got) return failure(got.error());
        if (*got == 0) return {};
        if (Result<void> taken = take(std::string_view(buffer.data(), *got)); !taken) return taken;
    }
}

Result<bool> contains(const MessageBytes& message, std::string_view text) {
    std::string window;
    bool found = false;
    auto searched = for_each_piece(message, [&](std::string_view piece) -> Result<void> {
        // The end of the last piece stays in front, for what is cut in two.
        window.erase(0, window.size() - std::min(window.size(), text.size()));
        window += piece;
        found = found || window.find(text) != std::string::npos;
        return {};
    });
    if (!searched) return failure(std::move(searched.error()));
    return found;
}

Result<std::string> boundary_for(const Notice& notice, const MessageBytes& original) {
    const std::string start = "postern-" + atom(notice.id);
    for (int attempt = 0;; ++attempt) {
        std::string boundary = start + "-" + std::to_string(attempt);
        const auto taken = contains(original, "--" + boundary);
        if (!taken) return failure(taken.error());
        if (!*taken) return boundary;
    }
}

}  // namespace

std::string compose(const Notice& notice) {
    return header_of(notice) + text_part(notice.text);
}

Result<MessageBytes> compose_with_original(
    const Notice& notice, const MessageBytes& original, const SpoolSettings& spool
) {
    LineFacts facts;
    auto looked = for_each_piece(original, [&](std::string_view piece) -> Result<void> {
        facts.add(piece);
        return {};
    });
    if (!looked) return failure(looked.error(), "reading the original");
    const auto boundary = boundary_for(notice, original);
    if (!boundary) return failure(boundary.error(), "reading the original");

    const std::string encoding =
        "Content-Transfer-Encoding: " + std::string(facts.encoding()) + "\r\n";
    const std::string start = header_of(notice) + "Content-Type: multipart/mixed;\r\n boundary=\"" +
                              *boundary + "\"\r\n" + encoding + "\r\n--" + *boundary + "\r\n" +
                              text_part(notice.text) + "\r\n--" + *boundary +
                              "\r\nContent-Type: message/rfc822\r\n"
                              "Content-Disposition: attachment; filename=\"original.eml\"\r\n" +
                              encoding + "\r\n";
    auto message = MessageBytes::create(spool);
    if (!message) return message;
    if (auto added = message->append(start); !added) return failure(std::move(added.error()));
    auto copied =
        for_each_piece(original, [&](std::string_view piece) { return message->append(piece); });
    if (!copied) return failure(std::move(copied.error()));
    // RFC 2046 §5.1.1: the CRLF in front of a boundary belongs to it and not to the original.
    const std::string end = "\r\n--" + *boundary + "--\r\n";
    if (auto added = message->append(end); !added) return failure(std::move(added.error()));
    if (auto finished = message->finish(); !finished) return failure(std::move(finished.error()));
    return message;
}

}  // namespace mail
