#include "gateway/data_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gateway {

namespace {

const char* find(const char* from, const char* to, char byte) {
    const void* found = std::memchr(from, byte, static_cast<std::size_t>(to - from));
    return found ? static_cast<const char*>(found) : to;
}

}  // namespace

// Where the next CR and LF are, found once: input full of one and without the other must not be
// searched to its end again and again.
struct DataReader::Input {
    const char* at;
    const char* end;
    const char* cr = at;
    const char* lf = at;

    void search() {
        if (cr < end && (cr < at || *cr != '\r')) cr = find(at, end, '\r');
        if (lf < end && (lf < at || *lf != '\n')) lf = find(at, end, '\n');
    }
};

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

// From within a line to behind its CRLF, or to the end. A few searches over the line are several
// times as fast as a decision per byte.
void DataReader::read_line(Input& input, std::string& out) {
    input.search();
    const char* stop = std::min(input.cr, input.lf);
    if (find(input.at, stop, '\0') != stop) bad_ = true;
    const char* from = std::exchange(input.at, stop);
    if (stop == input.end) {
        give(from, stop, out);
    } else if (stop == input.lf) {
        give(from, stop, out);
        bare_lf(out);
        ++input.at;
    } else if (input.lf == stop + 1 && input.lf != input.end) {
        give(from, stop + 2, out);
        input.at += 2;
        state_ = State::line_start;
    } else {
        give(from, stop + 1, out);
        ++input.at;
        state_ = State::after_cr;
    }
}

// RFC 5321 §4.1.1.4: nothing but CRLF.CRLF ends the data, and a line end is CRLF and nothing else.
std::size_t DataReader::feed(std::string_view in, std::string& out) {
    Input input{in.data(), in.data() + in.size()};
    const char*& at = input.at;
    while (at < input.end && state_ != State::complete) {
        switch (state_) {
            case State::line_start:
                if (*at == '.') {
                    state_ = State::after_dot;
                    ++at;
                } else {
                    state_ = State::in_line;
                    read_line(input, out);
                }
                break;
            case State::in_line:
                read_line(input, out);
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
