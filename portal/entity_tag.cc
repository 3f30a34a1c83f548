#include "portal/entity_tag.h"

#include "base/ascii.h"
#include "base/sha256.h"

#include <algorithm>
#include <vector>

namespace portal {

namespace {

// RFC 9110 §13.1.2: a list of tags, compared weakly, or "*".
bool names_tag(std::string_view known, std::string_view tag) {
    while (!known.empty()) {
        const std::size_t end = std::min(known.find(','), known.size());
        std::string_view one = base::trim(known.substr(0, end));
        known.remove_prefix(std::min(end + 1, known.size()));
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == tag || one == "*") return true;
    }
    return false;
}

bool is_json(const Response& response) {
    for (const Field& field : response.fields) {
        if (base::equals_ignoring_case(field.name, "content-type")) {
            return field.value == "application/json";
        }
    }
    return false;
}

}  // namespace

void tag_answer(const Request& request, Response& response) {
    const bool is_read = request.method == Method::get || request.method == Method::head;
    if (!is_read || response.status != 200 || response.has("ETag") || !is_json(response)) return;
    // 128 bits of the digest tell two answers apart well enough.
    const std::string hash = base::to_hex(base::sha256(response.content()));
    const std::string tag = '"' + hash.substr(0, 32) + '"';
    response.set("ETag", tag);
    const std::string* known = request.field("if-none-match");
    if (!known || !names_tag(*known, tag)) return;
    response.status = 304;
    // RFC 9110 §15.4.5: nothing about a representation that is not sent.
    std::erase_if(response.fields, [](const Field& field) {
        return base::equals_ignoring_case(field.name, "content-type");
    });
    response.body.clear();
    response.fixed_body.reset();
}

}  // namespace portal
