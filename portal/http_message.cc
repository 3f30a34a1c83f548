#include "portal/http_message.h"

#include "base/ascii.h"

#include <algorithm>

namespace portal {

std::string_view name_of(Method method) {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::remove:
            return "DELETE";
        case Method::options:
            return "OPTIONS";
        case Method::other:
            return "?";
    }
    return "?";
}

const std::string* Request::field(std::string_view name) const {
    for (const Field& field : fields) {
        if (base::equals_ignoring_case(field.name, name)) return &field.value;
    }
    return nullptr;
}

Response& Response::set(std::string_view name, std::string_view value) {
    std::string clean(value);
    std::replace_if(clean.begin(), clean.end(), base::is_control, ' ');
    for (Field& field : fields) {
        if (base::equals_ignoring_case(field.name, name)) {
            field.value = std::move(clean);
            return *this;
        }
    }
    fields.push_back({std::string(name), std::move(clean)});
    return *this;
}

bool Response::has(std::string_view name) const {
    return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
        return base::equals_ignoring_case(field.name, name);
    });
}

std::string path_for_log(std::string_view path) {
    constexpr std::string_view with_token = "/digest/";
    if (!path.starts_with(with_token)) return std::string(path);
    return std::string(with_token) + "…";
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return status >= 500 ? "Internal Server Error" : "Error";
    }
}

}  // namespace portal
