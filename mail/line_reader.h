#pragma once

#include "mail/message_bytes.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace mail {

// A line of a message, or a piece of one that is longer than the buffer.
struct LinePiece {
    std::string_view bytes;    // without its CRLF; holds until the next call
    std::uint64_t offset = 0;  // of its first byte in the message
    bool begins = false;       // at the beginning of the line
    bool ends = false;         // with CRLF, which follows `bytes`
    std::uint64_t next_offset() const { return offset + bytes.size() + (ends ? 2 : 0); }
};

// The lines of a message with bounded memory, whatever their length. CRLF alone ends a line.
class LineReader {
  public:
    explicit LineReader(const MessageBytes& message);
    // False at the end of the message.
    base::Result<bool> next(LinePiece& piece);

  private:
    base::Result<void> fill();

    MessageBytes::Reader reader_;
    std::string buffer_;
    std::size_t begin_ = 0;  // what is not given out yet
    std::size_t end_ = 0;
    std::uint64_t offset_ = 0;  // of begin_
    bool at_line_start_ = true;
    bool at_end_ = false;
};

}  // namespace mail
