#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace gateway {

// One bounded buffer of received bytes, and the lines in it. A line ends at CR LF and nowhere else
// (RFC 5321 §2.3.8). It never grows: an overlong line is thrown away while it is read. It does not
// know what a command is.
class LineReader {
  public:
    // `line_bytes_max` counts the CRLF. The buffer holds `buffer_bytes`, which must be more.
    explicit LineReader(std::size_t line_bytes_max, std::size_t buffer_bytes = 32 * 1024);

    // Where to read the next bytes from the network into, then received(how many). Empty only when
    // the buffer is full of bytes nobody took. Invalidates every view given before.
    std::span<char> space();
    void received(std::size_t count);
    // Nothing will come for a while: gives back what memory the waiting bytes do not need, until
    // space(). Invalidates every view given before.
    void rest();

    struct Event {
        enum class Kind {
            incomplete,  // there is no whole line yet
            line,        // `line`, without CRLF
            too_long,    // a line over the limit, which has been thrown away to its CRLF
            broken  // a bare CR, a bare LF or a NUL, or an overlong line that does not end: the two
                    // sides no longer agree where lines are, and nothing more is given
        };
        Kind kind = Kind::incomplete;
        std::string_view line;  // valid until space() or drop()
    };
    Event next();

    // Bytes that were received and belong to no line given yet; take() removes them from the front.
    std::string_view waiting() const;
    void take(std::size_t count);
    // Forgets everything that waits.
    void drop();

  private:
    Event discard();
    Event broken();
    void move_to_buffer_of(std::size_t bytes);

    std::size_t line_bytes_max_;
    std::size_t buffer_bytes_;        // when it does not rest
    std::unique_ptr<char[]> buffer_;  // none while it rests and nothing waits
    std::size_t allocated_bytes_ = 0;
    std::size_t begin_ = 0;    // first byte that waits
    std::size_t scanned_ = 0;  // bytes from begin_ on that hold no line end
    std::size_t end_ = 0;
    std::size_t discarded_ = 0;  // of an overlong line
    bool discarding_ = false;
    bool after_cr_ = false;  // discarding, and the last byte was CR
    bool broken_ = false;
};

}  // namespace gateway
