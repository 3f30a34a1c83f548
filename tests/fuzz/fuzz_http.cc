// Room: portal
// Covers: portal/http_guard.cc portal/http_message.cc
#include "base/ascii.h"
#include "base/ensure.h"
#include "portal/http_guard.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

const std::vector<std::string> hosts = {"a", "portal.test"};

// Beast takes bodies apart, so it must see in a head exactly what the guard has passed.
void compare(const portal::Request& request, std::string_view head) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(16 * 1024);
    parser.body_limit(boost::none);
    parser.eager(false);
    boost::system::error_code error;
    const std::size_t taken = parser.put(boost::asio::buffer(head.data(), head.size()), error);
    base::ensure(!error && taken == head.size(), "Beast reads what the guard has passed");
    base::ensure(parser.is_header_done(), "to the end of the head");
    const auto& seen = parser.get();
    base::ensure(std::string_view(seen.target()) == request.target, "the same target");
    base::ensure(parser.chunked() == request.chunked, "the same coding");
    const auto length = parser.content_length();
    base::ensure(length.has_value() == request.content_length.has_value(), "a length in both");
    base::ensure(!length || *length == *request.content_length, "the same length");
    base::ensure(parser.is_done() == !request.announces_body(), "a body in both");

    // Beast keeps fields of one name together, so each name is compared by itself.
    std::map<std::string, std::vector<std::string>> ours;
    std::map<std::string, std::vector<std::string>> theirs;
    for (const portal::Field& field : request.fields) {
        ours[base::lower(field.name)].push_back(field.value);
    }
    for (const auto& field : seen) {
        theirs[base::lower(field.name_string())].emplace_back(field.value());
    }
    base::ensure(ours == theirs, "the same fields");
}

void check(const portal::Request& request) {
    const auto control = [](std::string_view text) {
        for (const char c : text) {
            if (c == '\r' || c == '\n' || c == '\0') return true;
        }
        return false;
    };
    base::ensure(request.path.starts_with('/'), "a path");
    base::ensure(request.path.find("..") == request.path.npos, "that stays below the top");
    base::ensure(!control(request.target), "in one line");
    base::ensure(!(request.chunked && request.content_length), "one framing");
    for (const portal::Field& field : request.fields) {
        base::ensure(!control(field.name) && !control(field.value), "fields in one line");
    }
}

}  // namespace

// What the guard passes means the same to Beast; what it refuses gets a status of its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t end = input.find("\r\n\r\n");
    const std::string_view head = end == input.npos ? input : input.substr(0, end + 4);
    const auto request = portal::read_head(head, hosts);
    if (!request) {
        base::ensure(request.error().status >= 400 && request.error().status < 600, "a refusal");
        return 0;
    }
    check(*request);
    compare(*request, head);
    return 0;
}
