#pragma once

#include "portal/http_message.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace portal {

// What is wrong with a request head. The connection closes after the answer: who disagrees with us
// about where a request ends must not be given a second one.
struct Refusal {
    int status = 400;
    std::string_view why;  // for the person who debugs a client; never echoes what was sent
};

struct HeadLimits {
    std::size_t bytes_max = 16 * 1024;
    std::size_t fields_max = 100;
};

// Reads a request head, from the request line to the empty line with their CR LF, and refuses
// everything about which two HTTP implementations may disagree (RFC 9112 §11.2): line ends other
// than CR LF, folded lines, doubled or combined framing fields, Transfer-Encoding other than
// `chunked`, targets that other software would rewrite. `hosts` are the accepted Host values in
// lower case. Only the head: whether the body keeps its word is seen when it is read.
tl::expected<Request, Refusal> read_head(
    std::string_view head, std::span<const std::string> hosts, const HeadLimits& limits = {}
);

}  // namespace portal
