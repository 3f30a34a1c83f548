// RFC 2047 encoded words, for people's eyes only: never inside an address.
#include "base/ascii.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/encoding.h"
#include "mail/header.h"

#include <algorithm>

namespace mail {
namespace {

constexpr std::size_t charset_bytes_max = 64;
struct EncodedWord {
    std::string charset;
    std::string bytes;     // decoded, in that charset
    std::size_t size = 0;  // of the whole word in the text
};

// Finds words from left to right. It looks at each byte a bounded number of times: once there is no
// "?=" ahead it looks for no more.
class WordReader {
  public:
    explicit WordReader(std::string_view text) : text_(text) {}

    // The word that begins at `at`; size 0 when there is none.
    EncodedWord word_at(std::size_t at) {
        EncodedWord word;
        if (ends_exhausted_ || text_.substr(at, 2) != "=?") return word;
        const auto charset_end = text_.substr(at + 2, charset_bytes_max).find('?');
        if (charset_end == std::string_view::npos || charset_end == 0) return word;
        const std::size_t encoding_at = at + 2 + charset_end + 1;
        if (encoding_at + 1 >= text_.size() || text_[encoding_at + 1] != '?') return word;
        const char encoding = base::to_lower(text_[encoding_at]);
        if (encoding != 'b' && encoding != 'q') return word;
        const std::size_t begin = encoding_at + 2;
        const auto end = text_.find("?=", begin);
        if (end == std::string_view::npos) {
            ends_exhausted_ = true;
            return word;
        }
        word.charset = base::lower(text_.substr(at + 2, charset_end));
        word.bytes = decoded(encoding, text_.substr(begin, end - begin));
        word.size = end + 2 - at;
        return word;
    }

  private:
    static std::string decoded(char encoding, std::string_view text) {
        if (encoding == 'b') return decode(TransferEncoding::base64, text);
        std::string spaced(text);
        std::replace(spaced.begin(), spaced.end(), '_', ' ');  // RFC 2047 §4.2
        return decode(TransferEncoding::quoted_printable, spaced);
    }

    std::string_view text_;
    bool ends_exhausted_ = false;
};

// Whether `utf8` must not stand in a field as it is.
bool needs_encoding(std::string_view utf8) {
    constexpr std::size_t word_bytes_max = 70;  // so that a line of 76 columns can be kept
    if (utf8.empty()) return false;
    if (utf8.front() == ' ' || utf8.back() == ' ') return true;
    if (utf8.find("=?") != std::string_view::npos) return true;
    std::size_t length = 0;
    for (const char c : utf8) {
        if (base::is_control(c) || static_cast<unsigned char>(c) >= 0x80) return true;
        length = c == ' ' ? 0 : length + 1;
        if (length > word_bytes_max) return true;
    }
    return false;
}

}  // namespace

std::string decode_words(std::string_view value) {
    std::string result;
    std::string charset;
    std::string bytes;  // of neighbouring words of one charset: some senders cut characters in two
    const auto flush = [&] {
        if (!bytes.empty()) result += to_utf8(charset, bytes);
        bytes.clear();
    };
    WordReader words(value);
    std::string plain;
    const auto flush_plain = [&] {
        result += base::to_valid_utf8(plain);
        plain.clear();
    };
    for (std::size_t at = 0; at < value.size();) {
        EncodedWord word = words.word_at(at);
        if (word.size == 0) {
            flush();
            plain += value[at++];
            continue;
        }
        flush_plain();
        if (word.charset != charset) flush();
        charset = std::move(word.charset);
        bytes += word.bytes;
        at += word.size;
        // RFC 2047 §6.2: blanks between two encoded words are not shown.
        const auto next = value.find_first_not_of(" \t\r\n", at);
        if (next != std::string_view::npos && next > at && words.word_at(next).size != 0) at = next;
    }
    flush();
    flush_plain();
    return std::string(base::trim(one_line(result)));
}

std::string encode_words(std::string_view utf8) {
    std::string text = base::to_valid_utf8(utf8);
    if (!needs_encoding(text)) return text;
    // 56 columns a word: with a field name in front still under 76 (RFC 2047 §2).
    constexpr std::size_t word_bytes = 33;
    std::string result;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view piece = base::utf8_prefix(rest, word_bytes);
        rest.remove_prefix(piece.size());
        if (!result.empty()) result += ' ';
        result += "=?utf-8?B?" + encode_base64(piece) + "?=";
    }
    return result;
}

}  // namespace mail
