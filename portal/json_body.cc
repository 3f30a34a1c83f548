#include "portal/json_body.h"

#include "base/ascii.h"
#include "portal/problem.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <unordered_set>
#include <utility>

namespace portal {

namespace json = boost::json;

Answer<json::object> json_body(const Request& request) {
    const std::string* type = request.field("content-type");
    const std::string_view plain =
        type ? base::trim(std::string_view(*type).substr(0, type->find(';'))) : std::string_view();
    if (!base::equals_ignoring_case(plain, "application/json")) {
        return refuse(415, "Send application/json.");
    }
    json::parse_options options;
    options.max_depth = 8;
    boost::system::error_code error;
    json::value value = json::parse(request.body, error, json::storage_ptr(), options);
    if (error || !value.is_object()) return refuse(400, "The body must be one JSON object.");
    return std::move(value.as_object());
}

Answer<std::string> string_in(
    const json::object& object, std::string_view name, std::size_t bytes_max
) {
    const json::value* value = object.if_contains(name);
    if (!value || value->is_null()) return std::string();
    if (!value->is_string() || value->as_string().size() > bytes_max) {
        return refuse(
            400, fmt::format("\"{}\" must be a text of at most {} bytes.", name, bytes_max)
        );
    }
    return std::string(value->as_string());
}

Answer<std::optional<std::vector<std::string>>> strings_in(
    const json::object& object, std::string_view name, std::size_t count_max
) {
    using Strings = std::vector<std::string>;
    const json::value* value = object.if_contains(name);
    if (!value || value->is_null()) return std::optional<Strings>();
    const auto bad = [&] {
        return refuse(
            400, fmt::format("\"{}\" must be a list of at most {} texts.", name, count_max)
        );
    };
    if (!value->is_array() || value->as_array().size() > count_max) return bad();
    Strings strings;
    std::unordered_set<std::string_view> seen;
    for (const json::value& entry : value->as_array()) {
        if (!entry.is_string()) return bad();
        const json::string& text = entry.as_string();
        if (seen.insert(std::string_view(text.data(), text.size())).second) {
            strings.emplace_back(text);
        }
    }
    return std::optional<Strings>(std::move(strings));
}

}  // namespace portal
