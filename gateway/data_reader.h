#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

enum class LineEnds {
    strict,    // a bare CR, bare LF or NUL spoils the message
    normalise  // a bare CR or bare LF becomes CRLF; a NUL still spoils the message
};

// What follows 354 (RFC 5321 §4.5.2): finds the one true end of data, which is CRLF.CRLF or .CRLF
// as the first bytes, and takes the stuffed dots away. After a fault it keeps reading to the true
// end, so that what follows is never mistaken for commands. It keeps no message and knows no limit.
class DataReader {
  public:
    explicit DataReader(LineEnds line_ends = LineEnds::strict) : line_ends_(line_ends) {}

    // Reads from `in` and appends unstuffed bytes to `out`; returns how many bytes of `in` were
    // used: all of them, or up to and including the end of data. Gives nothing more to `out` once
    // the message is spoilt.
    std::size_t feed(std::string_view in, std::string& out);

    bool complete() const { return state_ == State::complete; }
    // A bare CR, bare LF (strict only) or NUL was seen.
    bool has_bad_line_ends() const { return bad_; }
    // Bytes as they came, stuffed dots and the final .CRLF included.
    std::uint64_t bytes_seen() const { return bytes_seen_; }

  private:
    enum class State {
        line_start,
        in_line,
        after_cr,      // in a line; the CR has been given out
        after_dot,     // a dot at the start of a line, held back
        after_dot_cr,  // the same and a CR, both held back
        complete
    };

    struct Input;
    void read_line(Input& input, std::string& out);
    void give(const char* from, const char* to, std::string& out);
    void bare_cr(std::string& out);
    void bare_lf(std::string& out);

    LineEnds line_ends_;
    State state_ = State::line_start;
    bool bad_ = false;
    std::uint64_t bytes_seen_ = 0;
};

}  // namespace gateway
