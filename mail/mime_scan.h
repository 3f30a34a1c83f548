#pragma once

#include "mail/message_bytes.h"
#include "mail/mime.h"
#include "mail/part.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mail {

// Who wants the parts of a message, in the order in which they stand there. Indexes count leaf
// parts and messages inside the message, from 0.
class PartSink {
  public:
    virtual ~PartSink() = default;
    // A leaf part begins; data() and end_leaf() for it follow before anything else begins.
    virtual void begin_leaf(int index, const Part& part) = 0;
    virtual void data(std::string_view decoded) = 0;
    virtual void end_leaf() = 0;
    // A message/rfc822 part begins, its own parts follow; at its end, which bytes of the whole
    // message it was.
    virtual void begin_message(int index, const Part& part) = 0;
    virtual void end_message(int index, std::uint64_t from, std::uint64_t to) = 0;
    // The parts that come between the two belong to it.
    virtual void begin_multipart(const Part&) {}
    virtual void end_multipart() {}
    // True ends the scan early.
    virtual bool is_satisfied() const { return false; }
};

struct MimeScan {
    std::vector<Ambiguity> ambiguities;  // each at most once
    int parts = 0;                       // every entity: multiparts, messages and leaves
};

// Walks the structure (RFC 2046) with a stack of its own: linear time, memory for one part's header
// and two buffers. Where RFC and readers differ it follows the RFC and says so.
base::Result<MimeScan> scan_mime(
    const MessageBytes& message, const MimeLimits& limits, PartSink& sink
);

}  // namespace mail
