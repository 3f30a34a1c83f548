#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Requests and responses as the portal's code sees them: plain values, no HTTP library.

namespace portal {

enum class Method { get, head, post, put, patch, remove, options, other };
std::string_view name_of(Method method);  // "GET"; `remove` is DELETE, `other` is "?"

struct Field {
    std::string name;
    std::string value;
};

// A request whose head has passed the guard. The fields are those that stood before the body;
// trailers never get here.
struct Request {
    Method method = Method::other;
    std::string target;  // origin-form, as sent
    std::string path;    // the target up to "?", as sent
    std::string query;   // behind "?", as sent
    std::vector<Field> fields;
    std::string client;  // address of the peer, without port

    bool is_http_1_0 = false;
    bool keep_alive = false;
    bool chunked = false;
    bool expects_continue = false;
    std::optional<std::uint64_t> content_length;

    std::string body;

    // The first field with that name, without case; null when there is none.
    const std::string* field(std::string_view name) const;
    bool announces_body() const { return chunked || content_length.value_or(0) > 0; }
};

struct Response {
    int status = 200;
    std::vector<Field> fields;
    std::string body;
    // Sent in place of `body` when set; must outlive the response (assets in the program).
    std::optional<std::string_view> fixed_body;
    bool close = false;
    // Something that is counted for as long as the response exists, which is until it has been
    // sent.
    std::shared_ptr<const void> place;

    // Replaces a field of that name. Control characters in the value become spaces, so that no
    // value can start a line of its own.
    Response& set(std::string_view name, std::string_view value);
    bool has(std::string_view name) const;
    std::string_view content() const { return fixed_body ? *fixed_body : std::string_view(body); }
};

std::string_view reason_phrase(int status);

// The path without what is a secret in it: whoever has the token of a digest's link may act.
std::string path_for_log(std::string_view path);

}  // namespace portal
