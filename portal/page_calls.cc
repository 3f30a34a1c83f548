#include "base/ascii.h"
#include "portal/handlers.h"
#include "portal/openapi.h"
#include "portal/problem.h"

#include <algorithm>

namespace portal {

using base::Task;

namespace {

const Asset* find_asset(std::span<const Asset> assets, std::string_view path) {
    const auto found = std::find_if(assets.begin(), assets.end(), [&](const Asset& asset) {
        return asset.path == path;
    });
    return found == assets.end() ? nullptr : &*found;
}

// Everyone who decodes gzip says just that; "gzip;q=0" does too, and nobody sends it.
bool takes_gzip(const Request& request) {
    const std::string* accepted = request.field("accept-encoding");
    return accepted && base::lower(*accepted).find("gzip") != accepted->npos;
}

Response asset_response(const Request& request, const Asset& asset) {
    Response response;
    response.set("Content-Type", asset.type);
    response.set("Vary", "Accept-Encoding");
    if (!asset.gzip.empty() && takes_gzip(request)) {
        response.set("Content-Encoding", "gzip");
        response.fixed_body = asset.gzip;
    } else {
        response.fixed_body = asset.bytes;
    }
    return response;
}

}  // namespace

Task<Response> show_openapi(Call& call) {
    (void)call;
    Response response;
    response.set("Content-Type", "application/json");
    response.fixed_body = openapi_document();
    co_return response;
}

Task<Response> show_page(Call& call) {
    const Asset* page = find_asset(call.services.assets, "/index.html");
    if (!page) co_return problem(404, "This program was built without the front end.");
    co_return asset_response(call.request, *page);
}

Response no_such_page(std::span<const Asset> assets, const Request& request) {
    const std::string* accepted = request.field("accept");
    const bool looks = (request.method == Method::get || request.method == Method::head) &&
                       accepted && accepted->find("text/html") != accepted->npos;
    const bool of_people =
        !request.path.starts_with("/api/") && !request.path.starts_with("/assets/");
    const Asset* page = looks && of_people ? find_asset(assets, "/index.html") : nullptr;
    if (!page) return problem(404, "There is no such page.");
    Response response = asset_response(request, *page);
    response.status = 404;
    return response;
}

Task<Response> show_asset(Call& call) {
    const Asset* asset = find_asset(call.services.assets, call.request.path);
    if (!asset || asset->path == "/index.html")
        co_return no_such_page(call.services.assets, call.request);
    const std::string* known = call.request.field("if-none-match");
    Response response;
    if (known && *known == asset->etag) {
        response.status = 304;
    } else {
        response = asset_response(call.request, *asset);
    }
    response.set("ETag", asset->etag);
    // Names below /assets/ carry a hash of what they hold.
    const bool hashed = asset->path.starts_with("/assets/");
    response.set("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
    co_return response;
}

}  // namespace portal
