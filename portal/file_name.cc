#include "portal/file_name.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <fmt/format.h>

namespace portal {

namespace {

// U+200E, U+200F, U+202A-U+202E, U+2066-U+2069: they make "fdp.exe" look like "exe.pdf".
std::string without_direction_marks(std::string_view name) {
    std::string kept;
    while (!name.empty()) {
        const bool three = name.size() >= 3 && name[0] == '\xe2';
        const auto second = three ? static_cast<unsigned char>(name[1]) : 0;
        const auto third = three ? static_cast<unsigned char>(name[2]) : 0;
        const bool mark = (second == 0x80 &&
                           (third == 0x8e || third == 0x8f || (third >= 0xaa && third <= 0xae))) ||
                          (second == 0x81 && third >= 0xa6 && third <= 0xa9);
        if (!mark) kept.push_back(name.front());
        name.remove_prefix(mark ? 3 : 1);
    }
    return kept;
}

std::string cleaned(std::string_view name) {
    std::string clean = without_direction_marks(base::to_valid_utf8(name));
    clean.erase(0, clean.find_last_of("/\\") + 1);
    std::erase_if(clean, [](char c) {
        return base::is_control(c) ||
               std::string_view("<>:\"|?*").find(c) != std::string_view::npos;
    });
    clean.erase(0, std::min(clean.find_first_not_of(". "), clean.size()));
    clean = base::utf8_prefix(clean, 150);
    while (!clean.empty() && (clean.back() == '.' || clean.back() == ' ')) clean.pop_back();
    return clean;
}

}  // namespace

std::string attachment_disposition(std::string_view name, int index) {
    std::string clean = cleaned(name);
    if (clean.empty()) clean = fmt::format("attachment-{}", index);
    std::string plain;
    std::string extended;
    for (const char c : clean) {
        const bool ascii = static_cast<unsigned char>(c) < 0x80;
        plain.push_back(ascii && c != '%' ? c : '_');
        // RFC 8187 §3.2.1 attr-char
        if (base::is_letter(c) || base::is_digit(c) || c == '.' || c == '-' || c == '_') {
            extended.push_back(c);
        } else {
            extended += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, extended);
}

}  // namespace portal
