#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gateway {

// Message bytes to what follows DATA on the wire (RFC 5321 §4.5.2): the only place where dots are
// stuffed and the end of data is written. Added fields go through the same writer before the
// message. The message must have CRLF line ends and no NUL: anything else is our own fault and is
// never sent.
class DataWriter {
  public:
    struct Progress {
        std::size_t read = 0;     // of the message
        std::size_t written = 0;  // into the buffer
    };
    // Writes as much of `message` as fits. `into` has room for two bytes at least, else nothing
    // may happen. May be called with pieces cut anywhere.
    Progress write(std::string_view message, std::span<char> into);

    // The last bytes, once and after all pieces: a missing CRLF, and ".CRLF".
    std::string_view finish();

  private:
    void check(std::string_view run) const;

    bool at_line_start_ = true;
    bool after_cr_ = false;
    bool finished_ = false;
};

}  // namespace gateway
