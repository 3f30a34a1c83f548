#include "portal/site.h"

#include "base/ascii.h"
#include "base/sha256.h"
#include "mail/ip_address.h"

#include <fmt/format.h>

#include <algorithm>

namespace portal {

namespace {

bool contains(const std::vector<std::string>& list, const std::string& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_loopback(std::string_view bound) {
    return bound.starts_with("127.") || bound.starts_with("[::1]");
}

// Browsers leave the default port out; others do not.
void add_host(Site& site, std::string host) {
    const std::string_view scheme = site.https ? "https" : "http";
    const std::string_view port = site.https ? ":443" : ":80";
    site.origins.push_back(fmt::format("{}://{}", scheme, host));
    const bool default_port = host.ends_with(port);
    const bool has_port = host.find(':', host.rfind(']') + 1) != host.npos;
    site.hosts.push_back(host);
    if (default_port) {
        host.resize(host.size() - port.size());
        site.hosts.push_back(host);
        site.origins.push_back(fmt::format("{}://{}", scheme, host));
    } else if (!has_port) {
        site.hosts.push_back(fmt::format("{}{}", host, port));
    }
}

}  // namespace

Site site_of(const conf::Portal& settings, std::string_view bound) {
    Site site;
    const std::string url = base::lower(settings.public_url);
    site.https = url.starts_with("https://");
    if (const std::size_t host = url.find("://"); host != url.npos) {
        std::string authority = url.substr(host + 3);
        authority.resize(std::min(authority.find('/'), authority.size()));
        add_host(site, std::move(authority));
    }
    for (const std::string& host : settings.extra_hosts) add_host(site, base::lower(host));
    if (is_loopback(bound) || site.hosts.empty()) {
        site.hosts.emplace_back(bound);
        site.origins.push_back(fmt::format("http://{}", bound));
    }
    // RFC 6265bis §4.1.3.2: __Host- binds a cookie to this host and to TLS.
    site.cookie = site.https ? "__Host-postern" : "postern";
    if (settings.logo_image) {
        const std::string digest = base::to_hex(base::sha256(settings.logo_image->bytes));
        site.logo_tag = fmt::format("\"{}\"", digest.substr(0, 32));
    }
    return site;
}

std::optional<std::string> session_token(const Site& site, const Request& request) {
    const std::string* field = request.field("cookie");
    if (!field) return std::nullopt;
    std::optional<std::string> token;
    std::string_view rest = *field;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        const std::string_view pair = base::trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t equals = pair.find('=');
        if (equals == pair.npos || pair.substr(0, equals) != site.cookie) continue;
        // Two of the same name: one of them was planted, and nobody can tell which.
        if (token) return std::nullopt;
        token = pair.substr(equals + 1);
    }
    return token;
}

std::string session_cookie(const Site& site, std::string_view token, std::chrono::seconds age) {
    return fmt::format(
        "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}",
        site.cookie,
        token,
        age.count(),
        site.https ? "; Secure" : ""
    );
}

std::string ended_cookie(const Site& site) {
    return session_cookie(site, "", std::chrono::seconds(0));
}

std::string client_of(const Site& site, const Request& request) {
    const auto peer = mail::IpAddress::parse(request.client);
    const bool is_local =
        peer && (request.client == "::1" || (peer->is_v4() && peer->text().starts_with("127.")));
    if (!site.https || !is_local) return request.client;
    std::string_view last;
    for (const Field& field : request.fields) {
        if (!base::equals_ignoring_case(field.name, "x-forwarded-for")) continue;
        last = std::string_view(field.value).substr(field.value.rfind(',') + 1);
    }
    const auto forwarded = mail::IpAddress::parse(base::trim(last));
    return forwarded ? forwarded->text() : request.client;
}

bool is_from_our_pages(const Site& site, const Request& request) {
    const std::string* origin = request.field("origin");
    const std::string* fetch_site = request.field("sec-fetch-site");
    if (!origin && !fetch_site) return false;
    if (origin && !contains(site.origins, base::lower(*origin))) return false;
    return !fetch_site || *fetch_site == "same-origin";
}

void add_security_fields(const Site& site, Response& response) {
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!response.has(name)) response.set(name, value);
    };
    add("Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; font-src 'self'; frame-src 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'");
    add("X-Content-Type-Options", "nosniff");
    add("Referrer-Policy", "no-referrer");
    add("Cache-Control", "no-store");
    add("Cross-Origin-Opener-Policy", "same-origin");
    add("Cross-Origin-Resource-Policy", "same-origin");
    add("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    add("X-Frame-Options", "DENY");
    if (site.https) add("Strict-Transport-Security", "max-age=31536000");
}

}  // namespace portal
