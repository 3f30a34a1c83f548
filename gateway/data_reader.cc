#include "gateway/data_reader.h"

#include <cstring>

namespace gateway {

namespace {

const char* find(const char* from, const char* to, int byte) {
    return static_cast<const char*>(std::memchr(from, byte, static_cast<std::size_t>(to - from)));
}

}  // namespace

void DataReader::give(const char* from, const char* to, std::string& out) {
    if (!bad_) out.append(from, static_cast<std::size_t>(to - from));
}

// The CR itself has been given out, or is to be now.
void DataReader::bare_cr(std::string& out) {
    if (line_ends_ == LineEnds::normalise) {
        if (!bad_) out += '\n';
    } else {
        bad_ = true;
    }
}

void DataReader::bare_lf(std::string& out) {
    if (line_ends_ == LineEnds::normalise) {
        if (!bad_) out += "\r\n";
    } else {
        bad_ = true;
    }
}

// From within a line to behind its CRLF, or to `end`. Three searches over the line are several
// times as fast as a decision per byte.
const char* DataReader::read_line(const char* at, const char* end, std::string& out) {
    const char* lf = find(at, end, '\n');
    const char* stop = lf ? lf : end;
    const char* cr = find(at, stop, '\r');
    if (!cr) cr = stop;
    if (find(at, cr, '\0')) bad_ = true;
    if (cr == stop && lf) {  // no CR in the line
        give(at, lf, out);
        bare_lf(out);
        return lf + 1;
    }
    if (cr == stop) {
        give(at, end, out);
        return end;
    }
    if (cr + 1 == lf) {
        give(at, lf + 1, out);
        state_ = State::line_start;
        return lf + 1;
    }
    give(at, cr + 1, out);
    state_ = State::after_cr;
    return cr + 1;
}

// RFC 5321 §4.1.1.4: nothing but CRLF.CRLF ends the data, and a line end is CRLF and nothing else.
std::size_t DataReader::feed(std::string_view in, std::string& out) {
    const char* at = in.data();
    const char* const end = at + in.size();
    while (at < end && state_ != State::complete) {
        switch (state_) {
            case State::line_start:
                if (*at == '.') {
                    state_ = State::after_dot;
                    ++at;
                } else {
                    state_ = State::in_line;
                    at = read_line(at, end, out);
                }
                break;
            case State::in_line:
                at = read_line(at, end, out);
                break;
            case State::after_cr:
                if (*at == '\n') {
                    give(at, at + 1, out);
                    state_ = State::line_start;
                    ++at;
                } else {
                    bare_cr(out);
                    state_ = State::in_line;
                }
                break;
            case State::after_dot:
                if (*at == '\r') {
                    state_ = State::after_dot_cr;
                    ++at;
                } else {
                    // RFC 5321 §4.5.2: a line that starts with a dot and goes on loses the dot.
                    state_ = State::in_line;
                }
                break;
            case State::after_dot_cr:
                if (*at == '\n') {
                    state_ = State::complete;
                    ++at;
                } else {
                    if (!bad_) out += '\r';
                    bare_cr(out);
                    state_ = State::in_line;
                }
                break;
            case State::complete:
                break;
        }
    }
    const auto used = static_cast<std::size_t>(at - in.data());
    bytes_seen_ += used;
    return used;
}

}  // namespace gateway
