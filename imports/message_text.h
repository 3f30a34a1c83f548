#pragma once

#include "base/result.h"
#include "mail/message_bytes.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imports {

// Makes a message of what another product kept. Their line ends are LF or CRLF; ours are CRLF, as
// on the wire. Errors: invalid when it could not be sent as it is (NUL, or a CR that ends no line),
// limit when it is larger than `bytes_max`.
base::Result<mail::MessageBytes> message_of(
    std::string_view text, std::uint64_t bytes_max, const mail::SpoolSettings& spool
);

// A header field on top of a message, unfolded.
struct TopField {
    std::string_view name;
    std::string value;
};
// The fields before the first one that is not in `names` ("x-spam-*" stands for all that begin so;
// case does not count), and where the rest begins: what a product has put on top of a mail. LF or
// CRLF ends.
std::pair<std::vector<TopField>, std::size_t> fields_on_top(
    std::string_view text, const std::vector<std::string_view>& names
);

// The addresses of a list like "<a@b.test>,\n <\"c,d\"@e.test>", without brackets.
std::vector<std::string> address_list(std::string_view value);

}  // namespace imports
