#include "gateway/line_reader.h"

#include "base/ensure.h"

#include <cstring>

namespace gateway {

namespace {

// An overlong line is read over up to here; one that still does not end is no SMTP.
constexpr std::size_t discarded_max = 1'048'576;

bool has_cr_or_nul(std::string_view text) {
    return text.find('\r') != std::string_view::npos || text.find('\0') != std::string_view::npos;
}

}  // namespace

LineReader::LineReader(std::size_t line_bytes_max, std::size_t buffer_bytes)
    : line_bytes_max_(line_bytes_max), buffer_bytes_(buffer_bytes) {
    base::ensure(line_bytes_max > 2 && buffer_bytes > line_bytes_max, "a line fits the buffer");
}

std::span<char> LineReader::space() {
    if (allocated_bytes_ < buffer_bytes_) {
        move_to_buffer_of(buffer_bytes_);
    } else if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (begin_ > 0 && buffer_bytes_ - end_ < buffer_bytes_ / 2) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    return {buffer_.get() + end_, buffer_bytes_ - end_};
}

void LineReader::rest() {
    if (allocated_bytes_ > end_ - begin_) move_to_buffer_of(end_ - begin_);
}

// Which holds what waits, at its front.
void LineReader::move_to_buffer_of(std::size_t bytes) {
    std::unique_ptr<char[]> buffer;
    if (bytes > 0) buffer = std::make_unique_for_overwrite<char[]>(bytes);
    if (end_ > begin_) std::memcpy(buffer.get(), buffer_.get() + begin_, end_ - begin_);
    buffer_ = std::move(buffer);
    allocated_bytes_ = bytes;
    end_ -= begin_;
    begin_ = 0;
}

void LineReader::received(std::size_t count) {
    base::ensure(count <= allocated_bytes_ - end_, "received bytes fit the space that was given");
    end_ += count;
}

std::string_view LineReader::waiting() const {
    return {buffer_.get() + begin_, end_ - begin_};
}

void LineReader::take(std::size_t count) {
    base::ensure(count <= end_ - begin_, "only what waits can be taken");
    begin_ += count;
    scanned_ = 0;
}

void LineReader::drop() {
    begin_ = end_ = scanned_ = discarded_ = 0;
    discarding_ = after_cr_ = false;
}

LineReader::Event LineReader::broken() {
    broken_ = true;
    return {Event::Kind::broken, {}};
}

LineReader::Event LineReader::next() {
    if (broken_) return {Event::Kind::broken, {}};
    if (discarding_) return discard();
    const std::string_view bytes = waiting();
    const std::size_t lf = bytes.find('\n', scanned_);
    const bool whole = lf != std::string_view::npos;
    std::string_view text = whole ? bytes.substr(0, lf) : bytes;
    const bool ends_in_cr = text.ends_with('\r');
    if (ends_in_cr) text.remove_suffix(1);
    // RFC 5321 §2.3.8: only the pair is a line end; a CR at the very end may still get its LF.
    if ((whole && !ends_in_cr) || has_cr_or_nul(text.substr(scanned_))) return broken();
    const bool fits = text.size() + 2 <= line_bytes_max_;
    if (whole) {
        take(lf + 1);
        return fits ? Event{Event::Kind::line, text} : Event{Event::Kind::too_long, {}};
    }
    if (fits) {
        scanned_ = text.size();
        return {Event::Kind::incomplete, {}};
    }
    discarding_ = true;
    after_cr_ = ends_in_cr;
    discarded_ = bytes.size();
    take(bytes.size());
    return {Event::Kind::incomplete, {}};
}

LineReader::Event LineReader::discard() {
    const std::string_view bytes = waiting();
    if (bytes.empty()) return {Event::Kind::incomplete, {}};
    if (after_cr_ && bytes.front() != '\n') return broken();
    const std::size_t lf = bytes.find('\n');
    const bool whole = lf != std::string_view::npos;
    std::string_view text = whole ? bytes.substr(0, lf) : bytes;
    const bool ends_in_cr = text.empty() ? after_cr_ : text.ends_with('\r');
    if (ends_in_cr && !text.empty()) text.remove_suffix(1);
    if ((whole && !ends_in_cr) || has_cr_or_nul(text)) return broken();
    if (whole) {
        take(lf + 1);
        discarding_ = after_cr_ = false;
        return {Event::Kind::too_long, {}};
    }
    after_cr_ = ends_in_cr;
    discarded_ += bytes.size();
    take(bytes.size());
    if (discarded_ > discarded_max) return broken();
    return {Event::Kind::incomplete, {}};
}

}  // namespace gateway
