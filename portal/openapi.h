#pragma once

#include <string_view>

namespace portal {

// portal/openapi.json as it stood when the program was built.
std::string_view openapi_document();

}  // namespace portal
