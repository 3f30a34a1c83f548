#include "portal/problem.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace portal {

namespace json = boost::json;
using base::ErrorKind;

Response json_response(int status, const json::value& value) {
    Response response;
    response.status = status;
    response.set("Content-Type", "application/json");
    response.body = json::serialize(value);
    return response;
}

namespace {

json::object problem_body(int status, std::string_view detail) {
    json::object body;
    body["type"] = "about:blank";
    body["title"] = reason_phrase(status);
    body["status"] = status;
    body["detail"] = detail;
    return body;
}

Response problem_response(int status, const json::object& body) {
    Response response = json_response(status, body);
    response.set("Content-Type", "application/problem+json");
    return response;
}

}  // namespace

Response problem(int status, std::string_view detail) {
    return problem_response(status, problem_body(status, detail));
}

Response problem_with(
    int status, std::string_view detail, std::string_view name, json::value value
) {
    json::object body = problem_body(status, detail);
    body[name] = std::move(value);
    return problem_response(status, body);
}

tl::unexpected<Response> refuse(int status, std::string_view detail) {
    return tl::unexpected<Response>(problem(status, detail));
}

Response problem_later(int status, std::string_view detail, std::chrono::milliseconds wait) {
    const auto seconds = std::max<long>(1, (wait.count() + 999) / 1000);
    Response response = problem(status, detail);
    response.set("Retry-After", std::to_string(seconds));
    return response;
}

Response problem(const base::Error& error, base::Log& log, std::string_view doing) {
    switch (error.kind) {
        case ErrorKind::not_found:
            return problem(404, "There is no such thing here, or it is not yours to see.");
        case ErrorKind::conflict:
            return problem(409, error.text);
        case ErrorKind::invalid:
            return problem(400, error.text);
        case ErrorKind::limit:
            return problem_later(
                503, "Too much is going on at once. Try again in a moment.", std::chrono::seconds(2)
            );
        default:
            break;
    }
    log.error("portal_failed", {{"doing", std::string(doing)}, {"why", error.text}});
    if (error.kind == ErrorKind::disk_full) {
        return problem_later(
            503,
            "Postern has no disk space left. The administrator has to help.",
            std::chrono::seconds(60)
        );
    }
    return problem(500, "Postern has a problem of its own; its log says more.");
}

}  // namespace portal
