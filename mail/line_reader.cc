#include "mail/line_reader.h"

#include <cstring>

namespace mail {
namespace {

constexpr std::size_t buffer_bytes = 65'536;

}  // namespace

LineReader::LineReader(const MessageBytes& message)
    : reader_(message.reader()), buffer_(buffer_bytes, '\0') {}

base::Result<void> LineReader::fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    const auto got = reader_.read(std::span(buffer_).subspan(end_));
    if (!got) return base::failure(got.error());
    end_ += *got;
    at_end_ = *got == 0;
    return {};
}

base::Result<bool> LineReader::next(LinePiece& piece) {
    const auto waiting = [&] { return std::string_view(buffer_).substr(begin_, end_ - begin_); };
    std::size_t searched = 0;
    std::size_t found = std::string_view::npos;
    while (true) {
        found = waiting().find("\r\n", searched);
        if (found != std::string_view::npos || at_end_ || waiting().size() == buffer_.size()) break;
        searched = waiting().empty() ? 0 : waiting().size() - 1;
        if (auto filled = fill(); !filled) return base::failure(std::move(filled.error()));
    }
    std::string_view bytes = waiting();
    if (bytes.empty()) return false;
    const bool ends = found != std::string_view::npos;
    if (ends)
        bytes = bytes.substr(0, found);
    else if (!at_end_ && bytes.ends_with('\r'))
        bytes.remove_suffix(1);  // its LF may come
    piece = LinePiece{bytes, offset_, at_line_start_, ends};
    const std::size_t taken = bytes.size() + (ends ? 2 : 0);
    begin_ += taken;
    offset_ += taken;
    at_line_start_ = ends;
    return true;
}

}  // namespace mail
