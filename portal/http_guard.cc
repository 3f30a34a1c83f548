#include "portal/http_guard.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace portal {

namespace {

using Refused = tl::unexpected<Refusal>;

Refused refuse_head(int status, std::string_view why) {
    return Refused(Refusal{status, why});
}

// RFC 9110 §5.6.2
bool is_token_character(char c) {
    return base::is_letter(c) || base::is_digit(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_field_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c == '\t' || !base::is_control(c);
    });
}

Method method_named(std::string_view name) {
    static constexpr std::array<Method, 7> known = {
        Method::get,
        Method::head,
        Method::post,
        Method::put,
        Method::patch,
        Method::remove,
        Method::options,
    };
    for (Method method : known) {
        if (name == name_of(method)) return method;
    }
    return Method::other;
}

bool is_hex(char c) {
    return base::is_digit(c) || (base::to_lower(c) >= 'a' && base::to_lower(c) <= 'f');
}

bool has_bad_escape(std::string_view target) {
    for (std::size_t at = target.find('%'); at != target.npos; at = target.find('%', at + 1)) {
        if (at + 2 >= target.size() || !is_hex(target[at + 1]) || !is_hex(target[at + 2])) {
            return true;
        }
    }
    return false;
}

// Characters that no browser sends raw and that other software reads in its own way.
bool is_target_character(char c) {
    return c > 0x20 && c < 0x7f &&
           std::string_view("\\\"<>^`{|}#").find(c) == std::string_view::npos;
}

// Deliberately not RFC 9112 §3.2.2: the absolute form is refused. Only proxies are sent it, and it
// would be a second place that names the host.
tl::expected<void, Refusal> read_target(std::string_view target, Request& request) {
    if (target.empty() || target.front() != '/') {
        return refuse_head(400, "The request target must be a path.");
    }
    if (!std::all_of(target.begin(), target.end(), is_target_character) || has_bad_escape(target) ||
        base::find_ignoring_case(target, "%00") != target.npos) {
        return refuse_head(400, "The request target holds characters that are not allowed.");
    }
    const std::size_t mark = target.find('?');
    const std::string_view path = target.substr(0, mark);
    for (std::string_view trick : {"%2f", "%5c", "%2e", "..", "//"}) {
        if (base::find_ignoring_case(path, trick) != path.npos) {
            return refuse_head(400, "The path holds segments that are not allowed.");
        }
    }
    request.target = target;
    request.path = path;
    if (mark != target.npos) request.query = target.substr(mark + 1);
    return {};
}

tl::expected<void, Refusal> read_request_line(std::string_view line, Request& request) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == line.npos || first == last) {
        return refuse_head(400, "The request line must be METHOD TARGET HTTP/1.1.");
    }
    const std::string_view method = line.substr(0, first);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(method)) return refuse_head(400, "The method is not a token.");
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        return version.starts_with("HTTP/") ? refuse_head(505, "Only HTTP/1.1 is spoken here.")
                                            : refuse_head(400, "The HTTP version is malformed.");
    }
    request.method = method_named(method);
    request.is_http_1_0 = version == "HTTP/1.0";
    return read_target(line.substr(first + 1, last - first - 1), request);
}

tl::expected<Field, Refusal> read_field(std::string_view line) {
    // RFC 9112 §5.2: a server refuses folded lines or replaces them; refusing leaves no doubt.
    if (line.front() == ' ' || line.front() == '\t') {
        return refuse_head(400, "Folded header lines are not accepted.");
    }
    const std::size_t colon = line.find(':');
    // RFC 9112 §5.1: no blank between name and colon; is_token sees it.
    if (colon == line.npos || !is_token(line.substr(0, colon))) {
        return refuse_head(400, "A header line is malformed.");
    }
    const std::string_view value = base::trim(line.substr(colon + 1));
    if (!is_field_value(value)) return refuse_head(400, "A header value holds control characters.");
    return Field{std::string(line.substr(0, colon)), std::string(value)};
}

// Fields that change what a request means: given twice, two readers may pick different ones.
tl::expected<void, Refusal> check_single(const Request& request) {
    static constexpr std::string_view single[] = {
        "host",
        "content-length",
        "transfer-encoding",
        "content-type",
        "cookie",
        "origin",
        "sec-fetch-site",
        "sec-fetch-dest",
        "expect",
        "authorization",
        "if-none-match",
        "idempotency-key",
    };
    for (std::string_view name : single) {
        const auto count =
            std::count_if(request.fields.begin(), request.fields.end(), [&](const Field& field) {
                return base::equals_ignoring_case(field.name, name);
            });
        if (count > 1) return refuse_head(400, "A header field that must stand once stands twice.");
    }
    return {};
}

tl::expected<void, Refusal> check_host(const Request& request, std::span<const std::string> hosts) {
    const std::string* host = request.field("host");
    // RFC 9112 §3.2: exactly one; also asked of HTTP/1.0, which no browser of today speaks.
    if (!host || host->empty()) return refuse_head(400, "A Host field is needed.");
    if (std::find(hosts.begin(), hosts.end(), base::lower(*host)) == hosts.end()) {
        return refuse_head(421, "This host name is not served here.");
    }
    return {};
}

// RFC 9112 §6.1, §6.3, with every case in doubt refused.
tl::expected<void, Refusal> read_framing(Request& request) {
    const std::string* length = request.field("content-length");
    const std::string* coding = request.field("transfer-encoding");
    if (coding) {
        if (*coding != "chunked") return refuse_head(400, "The only transfer coding is chunked.");
        if (length)
            return refuse_head(400, "Content-Length and Transfer-Encoding exclude each other.");
        if (request.is_http_1_0) return refuse_head(400, "HTTP/1.0 has no transfer codings.");
        request.chunked = true;
    }
    if (length) {
        std::uint64_t bytes = 0;
        const char* end = length->data() + length->size();
        auto [stop, error] = std::from_chars(length->data(), end, bytes);
        const bool digits = std::all_of(length->begin(), length->end(), base::is_digit);
        if (length->empty() || !digits || stop != end || error != std::errc()) {
            return refuse_head(400, "Content-Length must be one number.");
        }
        request.content_length = bytes;
    }
    return {};
}

tl::expected<void, Refusal> read_connection(Request& request) {
    request.keep_alive = !request.is_http_1_0;
    for (const Field& field : request.fields) {
        if (!base::equals_ignoring_case(field.name, "connection")) continue;
        // RFC 9110 §7.6.1: a list of tokens. What else stands there makes the rest doubtful too.
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(','), rest.size());
            const std::string_view option = base::trim(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (!is_token(option)) return refuse_head(400, "The Connection field is malformed.");
            if (base::equals_ignoring_case(option, "close")) request.keep_alive = false;
        }
    }
    if (const std::string* expect = request.field("expect")) {
        // RFC 9110 §10.1.1
        if (!base::equals_ignoring_case(*expect, "100-continue")) {
            return refuse_head(417, "The only expectation is 100-continue.");
        }
        request.expects_continue = !request.is_http_1_0;
    }
    return {};
}

}  // namespace

tl::expected<Request, Refusal> read_head(
    std::string_view head, std::span<const std::string> hosts, const HeadLimits& limits
) {
    if (head.size() > limits.bytes_max) return refuse_head(431, "The request head is too large.");
    Request request;
    std::size_t lines = 0;
    bool ended = false;
    while (!ended) {
        // RFC 9112 §2.2 allows a bare LF as line end; whoever sends one is not a browser.
        const std::size_t end = head.find_first_of(std::string_view("\r\n\0", 3));
        if (end == head.npos || !head.substr(end).starts_with("\r\n")) {
            return refuse_head(400, "Lines must end with CR LF.");
        }
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end + 2);
        if (lines++ == 0) {
            if (auto read = read_request_line(line, request); !read) return Refused(read.error());
            continue;
        }
        if (line.empty()) {
            ended = true;
            continue;
        }
        if (request.fields.size() >= limits.fields_max) {
            return refuse_head(431, "There are too many header fields.");
        }
        auto field = read_field(line);
        if (!field) return Refused(field.error());
        request.fields.push_back(std::move(*field));
    }
    if (!head.empty()) return refuse_head(400, "There are bytes behind the head.");
    if (auto single = check_single(request); !single) return Refused(single.error());
    if (auto framing = read_framing(request); !framing) return Refused(framing.error());
    if (auto host = check_host(request, hosts); !host) return Refused(host.error());
    if (auto connection = read_connection(request); !connection) return Refused(connection.error());
    return request;
}

}  // namespace portal
