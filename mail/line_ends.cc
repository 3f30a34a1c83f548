#include "mail/line_ends.h"

namespace mail {

std::string LineEnds::convert(std::string_view piece) {
    std::string converted;
    converted.reserve(piece.size() + piece.size() / 32);
    for (const char c : piece) {
        if (c == '\n' && last_ != '\r') converted += '\r';
        converted += c;
        last_ = c;
    }
    return converted;
}

}  // namespace mail
