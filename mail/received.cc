#include "mail/received.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/header.h"

#include <algorithm>

namespace mail {
namespace {

constexpr std::size_t line_columns_max = 76;
constexpr std::size_t field_line_bytes_max = 998;  // RFC 5322 §2.1.1

// `text` (one line) as "Name: value" with CRLF, folded in front of blanks. Removing the folds gives
// `text` again, but for words longer than a line may be.
std::string folded(std::string_view name, std::string_view text) {
    std::string result(name);
    result += ':';
    std::size_t column = result.size();
    text = base::trim(text);
    bool first = true;
    while (!text.empty()) {
        // A piece is blanks and the word behind them.
        const auto word = std::min(text.find_first_not_of(' '), text.size());
        const auto end = std::min(text.find(' ', word), text.size());
        std::string piece(first ? " " : "");
        piece += text.substr(0, end);
        text.remove_prefix(end);
        if (!first && column + piece.size() > line_columns_max) {
            result += "\r\n";
            column = 0;
        }
        first = false;
        while (column + piece.size() > field_line_bytes_max) {
            const auto part = base::utf8_prefix(piece, field_line_bytes_max - column);
            result += part;
            result += "\r\n ";
            piece.erase(0, part.size());
            column = 1;
        }
        result += piece;
        column += piece.size();
    }
    return result + "\r\n";
}

// Only what can stand in a domain or literal, so that no client can write our trace for us.
std::string cleaned_helo(std::string_view helo) {
    constexpr std::size_t helo_bytes_max = 255;
    if (const auto domain = Domain::parse_with_literal(helo))
        return domain->is_literal() ? base::to_valid_utf8(helo) : domain->text();
    std::string result(helo.substr(0, helo_bytes_max));
    for (char& c : result) {
        const bool plain =
            base::is_letter(c) || base::is_digit(c) || c == '.' || c == '-' || c == '_' || c == ':';
        if (!plain) c = '?';
    }
    return result.empty() ? "unknown" : result;
}

// RFC 5322 §3.2.2: what would end or escape the comment goes.
std::string cleaned_comment(std::string_view text) {
    std::string result = one_line(text);
    std::erase_if(result, [](char c) { return c == '(' || c == ')' || c == '\\'; });
    return result;
}

// RFC 5321 §4.4: the id is an atom.
std::string cleaned_id(std::string_view id) {
    std::string result(id);
    std::erase_if(result, [](char c) {
        return !base::is_letter(c) && !base::is_digit(c) && c != '-' && c != '_' && c != '.';
    });
    return result;
}

}  // namespace

std::string received_field(const Hop& hop, const Address* for_recipient) {
    const std::string client = hop.client.is_v4() ? hop.client.text() : "IPv6:" + hop.client.text();
    std::string text = "from " + cleaned_helo(hop.helo) + " ([" + client + "]) by " +
                       cleaned_helo(hop.by) + " with " + cleaned_id(hop.protocol);
    if (!hop.tls.empty()) text += " (" + cleaned_comment(hop.tls) + ")";
    text += " id " + cleaned_id(hop.id);
    if (for_recipient != nullptr) text += " for <" + for_recipient->text() + ">";
    return folded("Received", text + "; " + to_rfc5322_date(hop.at));
}

std::string header_field(std::string_view name, std::string_view value) {
    std::string clean_name(name);
    for (char& c : clean_name)
        if (c <= ' ' || c >= 0x7f || c == ':') c = '-';
    const std::string line = one_line(base::to_valid_utf8(value));
    const bool is_ascii = std::all_of(line.begin(), line.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
    });
    return folded(clean_name, is_ascii ? line : encode_words(line));
}

std::string to_rfc5322_date(base::Time time) {
    using namespace std::chrono;
    constexpr std::string_view days_of_week = "SunMonTueWedThuFriSat";
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));
    return fmt::format(
        "{}, {} {} {:04} {:02}:{:02}:{:02} +0000",
        days_of_week.substr(std::size_t(weekday(day).c_encoding()) * 3, 3),
        static_cast<unsigned>(date.day()),
        months.substr(std::size_t(static_cast<unsigned>(date.month()) - 1) * 3, 3),
        static_cast<int>(date.year()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count()
    );
}

}  // namespace mail
