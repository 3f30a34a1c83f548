#include "portal/json_text.h"

#include "base/utf8.h"

#include <string>

namespace portal {

namespace json = boost::json;

json::value text(std::string_view bytes) {
    if (base::is_utf8(bytes)) return json::string(bytes.data(), bytes.size());
    const std::string valid = base::to_valid_utf8(bytes);
    return json::string(valid.data(), valid.size());
}

json::value time_text(std::optional<base::Time> time) {
    if (!time) return nullptr;
    return text(base::to_rfc3339(*time));
}

json::value cursor_text(std::string_view cursor) {
    if (cursor.empty()) return nullptr;
    return text(cursor);
}

}  // namespace portal
