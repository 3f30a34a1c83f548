#pragma once

#include "portal/http_message.h"

namespace portal {

// Gives a JSON answer to GET or HEAD its ETag, a hash of its bytes, and makes it 304 without a body
// when the request knows it already (RFC 9110 §13.1.2). Answers that have a tag, and all others,
// stay as they are.
void tag_answer(const Request& request, Response& response);

}  // namespace portal
