// Room: mail
// Covers: mail/parameters.cc mail/part.cc mail/words.cc mail/charset.cc mail/encoding.cc
#include "base/ascii.h"
#include "base/ensure.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/encoding.h"
#include "mail/header.h"
#include "mail/parameters.h"
#include "mail/part.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

void check_name(const mail::Part& part) {
    base::ensure(base::is_utf8(part.name) && part.name.size() <= 255, "a short name in UTF-8");
    for (const char c : part.name)
        base::ensure(!base::is_control(c) && c != '/' && c != '\\', "a name is no path");
    base::ensure(base::is_utf8(part.extension), "UTF-8");
    base::ensure(part.extension.find('.') == std::string::npos, "one extension");
    base::ensure(base::lower(part.extension) == part.extension, "in lower case");
}

// Text cut anywhere converts to the same text.
void check_charset(std::string_view charset, std::string_view bytes, std::size_t cut) {
    const std::string whole = mail::to_utf8(charset, bytes);
    base::ensure(base::is_utf8(whole), "UTF-8");
    mail::Utf8Converter converter(charset);
    std::string pieces;
    converter.convert(bytes.substr(0, cut), pieces);
    converter.convert(bytes.substr(cut), pieces);
    converter.finish(pieces);
    // iconv lets characters pass that are none; who shows the text replaces them at the end.
    base::ensure(base::to_valid_utf8(pieces) == whole, "the same text in pieces");
}

}  // namespace

// The fields of a part (RFC 2045, RFC 2183, RFC 2231) and encoded words (RFC 2047). The first byte
// says where text is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto value = mail::parse_mime_value(input);
    base::ensure(value.parameters.size() <= 1000, "parameters are bounded");
    for (const auto& name : {"filename", "name", "boundary"})
        for (const auto& text : mail::forms_of(value, name).values)
            base::ensure(base::is_utf8(text), "UTF-8");

    const auto header = mail::Header::parse(input);
    check_name(mail::read_part(header, "text/plain"));
    const std::string line = mail::one_line(mail::to_utf8("utf-8", input));
    const auto given =
        mail::Header::parse("Content-Disposition: attachment; filename=" + line + "\r\n\r\n");
    check_name(mail::read_part(given, "text/plain"));

    const std::string words = mail::decode_words(input);
    base::ensure(base::is_utf8(words), "UTF-8");
    for (const char c : words) base::ensure(!base::is_control(c), "one line");
    // What is composed is read back, but for blanks at its ends and what is no text.
    const std::string encoded = mail::encode_words(words);
    base::ensure(mail::decode_words(encoded) == words, "the same text again");

    const std::size_t cut = size == 1 ? 0 : data[0] % size;
    const std::size_t comma = input.find(',');
    if (comma == std::string_view::npos) return 0;
    const std::string_view text = input.substr(comma + 1);
    check_charset(
        input.substr(0, std::min<std::size_t>(comma, 40)), text, std::min(cut, text.size())
    );
    return 0;
}
