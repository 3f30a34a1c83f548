#include "mail/charset.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace mail {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

// The name iconv gets: it must not carry iconv's own "//TRANSLIT" and the like.
std::string iconv_name(std::string_view charset) {
    std::string name = base::lower(charset.substr(0, charset.find('*')));  // RFC 2231 §5
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_' || c == '.' ||
               c == ':' || c == '+';
    });
    if (!plain || name.empty() || name.size() > 64 || name == "us-ascii" || name == "ascii" ||
        name == "utf8" || name == "unknown-8bit")
        return "utf-8";
    if (name == "iso-8859-1" || name == "latin1" || name == "iso8859-1") return "windows-1252";
    return name;
}

}  // namespace

struct Utf8Converter::State {
    iconv_t descriptor;
    std::string rest;        // the beginning of a character
    bool has_ascii = false;  // a byte under 0x80 is ASCII, whatever came before it

    explicit State(std::string_view charset) : State(iconv_name(charset)) {}
    explicit State(const std::string& name)
        : descriptor(iconv_open("utf-8", name.c_str())),
          has_ascii(
              name == "utf-8" || name == "windows-1252" || name == "windows-1251" ||
              name.starts_with("iso-8859-")
          ) {
        // Not GMime's: it remembers every name that was ever asked for, and names are the sender's.
        if (!is_open()) {
            descriptor = iconv_open("utf-8", "utf-8");
            has_ascii = true;
        }
    }
    ~State() {
        if (is_open()) iconv_close(descriptor);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    bool is_open() const { return reinterpret_cast<std::intptr_t>(descriptor) != -1; }
};

Utf8Converter::Utf8Converter(std::string_view charset) : state_(std::make_unique<State>(charset)) {}
Utf8Converter::~Utf8Converter() = default;
Utf8Converter::Utf8Converter(Utf8Converter&&) noexcept = default;
Utf8Converter& Utf8Converter::operator=(Utf8Converter&&) noexcept = default;

void Utf8Converter::convert(std::string_view piece, std::string& into) {
    if (!state_->is_open()) {  // the system has no iconv modules at all
        into += base::to_valid_utf8(piece);
        return;
    }
    if (state_->has_ascii && state_->rest.empty()) {
        const std::size_t plain = base::ascii_length(piece);
        into += piece.substr(0, plain);
        piece.remove_prefix(plain);
        if (piece.empty()) return;
    }
    std::string joined;
    if (!state_->rest.empty()) {
        joined = std::exchange(state_->rest, std::string()) + std::string(piece);
        piece = joined;
    }
    std::array<char, 4096> buffer{};
    char* input = const_cast<char*>(piece.data());  // iconv does not write there
    std::size_t left = piece.size();
    while (left > 0) {
        char* output = buffer.data();
        std::size_t room = buffer.size();
        const std::size_t status = iconv(state_->descriptor, &input, &left, &output, &room);
        const int error = errno;
        into.append(buffer.data(), buffer.size() - room);
        if (status != static_cast<std::size_t>(-1)) break;
        if (error == E2BIG) continue;
        constexpr std::size_t character_bytes_max = 16;
        if (error == EINVAL && left <= character_bytes_max) {
            state_->rest.assign(input, left);
            break;
        }
        into += replacement;
        ++input;
        --left;
    }
}

void Utf8Converter::finish(std::string& into) {
    if (!state_->rest.empty()) into += replacement;
    state_->rest.clear();
}

std::string to_utf8(std::string_view charset, std::string_view bytes) {
    std::string result;
    Utf8Converter converter(charset);
    converter.convert(bytes, result);
    converter.finish(result);
    return base::is_utf8(result) ? result : base::to_valid_utf8(result);
}

std::string one_line(std::string_view utf8) {
    std::string result;
    result.reserve(utf8.size());
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const bool c1 = utf8[i] == '\xc2' && i + 1 < utf8.size() &&
                        static_cast<unsigned char>(utf8[i + 1]) < 0xa0;
        result += c1 || base::is_control(utf8[i]) ? ' ' : utf8[i];
        if (c1) ++i;
    }
    return result;
}

}  // namespace mail
