#include "gateway/data_writer.h"

#include "base/ensure.h"

#include <cstring>

namespace gateway {

namespace {

// The length of the next run: up to and including the first LF, or everything.
std::size_t run_length(std::string_view bytes) {
    const std::size_t lf = bytes.find('\n');
    return lf == std::string_view::npos ? bytes.size() : lf + 1;
}

}  // namespace

DataWriter::Progress DataWriter::write(std::string_view message, std::span<char> into) {
    base::ensure(!finished_, "nothing is written after the end of data");
    Progress progress;
    while (progress.read < message.size() && progress.written < into.size()) {
        const std::size_t room = into.size() - progress.written;
        std::string_view run = message.substr(progress.read, room);
        if (at_line_start_ && run.front() == '.') {
            if (room < 2) break;
            into[progress.written++] = '.';  // RFC 5321 §4.5.2
            run = run.substr(0, room - 1);
        }
        run = run.substr(0, run_length(run));
        check(run);
        std::memcpy(into.data() + progress.written, run.data(), run.size());
        at_line_start_ = run.back() == '\n';
        after_cr_ = run.back() == '\r';
        progress.read += run.size();
        progress.written += run.size();
    }
    return progress;
}

// R5: with one bare CR, LF or NUL a lenient server behind us would see two messages in one.
void DataWriter::check(std::string_view run) const {
    const std::size_t cr = run.find('\r');
    if (after_cr_) {
        base::ensure(run == "\n", "a CR is sent only before a LF");
    } else if (run.back() == '\n') {
        base::ensure(run.size() > 1 && cr == run.size() - 2, "a line to send ends with CRLF");
    } else {
        base::ensure(
            cr == std::string_view::npos || cr == run.size() - 1, "a CR is sent only before a LF"
        );
    }
    base::ensure(run.find('\0') == std::string_view::npos, "no NUL is sent");
}

std::string_view DataWriter::finish() {
    base::ensure(!finished_ && !after_cr_, "the message is complete and ends once");
    finished_ = true;
    return at_line_start_ ? ".\r\n" : "\r\n.\r\n";
}

}  // namespace gateway
