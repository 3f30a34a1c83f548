#include "portal/branding.h"
#include "portal/handlers.h"
#include "portal/json_text.h"
#include "portal/problem.h"

namespace portal {

namespace json = boost::json;
using base::Task;

namespace {

json::value text_or_null(std::string_view bytes) {
    return bytes.empty() ? json::value(nullptr) : text(bytes);
}

}  // namespace

json::object product_json(const conf::Portal& settings) {
    json::object product;
    product["name"] = text(settings.product_name);
    product["logo"] = settings.logo_image ? json::value(logo_path) : json::value(nullptr);
    product["accent"] = text_or_null(settings.accent);
    product["accent_dark"] = text_or_null(settings.accent_dark);
    product["support_text"] = text(settings.support_text);
    product["support_url"] = text(settings.support_url);
    return product;
}

Task<Response> show_branding(Call& call) {
    co_return json_response(200, product_json(call.settings->portal));
}

Task<Response> show_logo(Call& call) {
    const auto& logo = call.settings->portal.logo_image;
    if (!logo) co_return problem(404, "There is no such page.");
    const std::string* known = call.request.field("if-none-match");
    Response response;
    if (known && *known == call.site->logo_tag) {
        response.status = 304;
    } else {
        response.fixed_body = logo->bytes;
        response.place = logo;  // the bytes stay for as long as they are being sent
        response.set("Content-Type", logo->type);
    }
    response.set("ETag", call.site->logo_tag);
    response.set("Cache-Control", "no-cache");
    // An SVG is a document: opened by itself it must not be able to do anything.
    response.set(
        "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    );
    co_return response;
}

}  // namespace portal
