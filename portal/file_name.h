#pragma once

#include <string>
#include <string_view>

namespace portal {

// The value of Content-Disposition for an attachment (RFC 6266): a name without path, control
// characters, bidirectional marks or leading dots, in ASCII for old and in UTF-8 for new browsers.
// `index` names what has no name.
std::string attachment_disposition(std::string_view name, int index);

}  // namespace portal
