#include "portal/routes.h"

#include "portal/handlers.h"
#include "portal/idempotency.h"

#include <algorithm>

namespace portal {

namespace {

using accounts::Scope;

constexpr std::size_t kib = 1024;

constexpr Route table[] = {
    {Method::get, "/api/v1/openapi.json", Access::open, 0, show_openapi},

    {Method::post, "/api/v1/sign-in/methods", Access::open, 4 * kib, sign_in_methods},
    {Method::post, "/api/v1/session", Access::open, 8 * kib, sign_in},
    {Method::get, "/api/v1/session", Access::signed_in, 0, show_session, Scope::account_read},
    {Method::remove, "/api/v1/session", Access::signed_in, 4 * kib, sign_out},

    {Method::get, "/api/v1/home", Access::signed_in, 0, show_home, accounts::Scope::holds_read},

    {Method::get, "/api/v1/holds", Access::signed_in, 0, list_holds, Scope::holds_read},
    {Method::post,
     "/api/v1/holds/act",
     Access::signed_in,
     128 * kib,
     once<act_on_holds>,
     Scope::holds_act},
    {Method::get, "/api/v1/holds/{id}", Access::signed_in, 0, show_hold, Scope::holds_read},
    {Method::get, "/api/v1/holds/{id}/html", Access::signed_in, 0, show_html, Scope::holds_read},
    {Method::get,
     "/api/v1/holds/{id}/parts/{index}",
     Access::signed_in,
     0,
     download_part,
     Scope::holds_read},
    {Method::post, "/api/v1/undo", Access::signed_in, 4 * kib, once<undo_acts>, Scope::holds_act},
    {Method::get, "/api/v1/jobs", Access::signed_in, 0, list_jobs, Scope::holds_read},
    {Method::get, "/api/v1/jobs/{id}", Access::signed_in, 0, show_job, Scope::holds_read},
    {Method::post,
     "/api/v1/jobs/{id}/cancel",
     Access::signed_in,
     4 * kib,
     once<cancel_job>,
     Scope::holds_act},
    {Method::post,
     "/api/v1/jobs/{id}/undo",
     Access::signed_in,
     4 * kib,
     once<undo_job>,
     Scope::holds_act},

    {Method::get, "/api/v1/senders", Access::signed_in, 0, list_senders, Scope::senders_read},
    {Method::post,
     "/api/v1/senders",
     Access::signed_in,
     512 * kib,
     once<add_senders>,
     Scope::senders_write},
    {Method::post,
     "/api/v1/senders/move",
     Access::signed_in,
     512 * kib,
     once<move_senders>,
     Scope::senders_write},
    {Method::get,
     "/api/v1/senders/export",
     Access::signed_in,
     0,
     export_senders,
     Scope::senders_read},
    {Method::post,
     "/api/v1/senders/import",
     Access::signed_in,
     4096 * kib,
     once<import_senders>,
     Scope::senders_write},
    {Method::post,
     "/api/v1/senders/remove",
     Access::signed_in,
     512 * kib,
     once<remove_senders>,
     Scope::senders_write},
    {Method::get, "/api/v1/rejected", Access::signed_in, 0, list_rejected_mail, Scope::holds_read},

    {Method::get, "/api/v1/branding", Access::open, 0, show_branding},
    {Method::get, "/api/v1/account", Access::signed_in, 0, show_account, Scope::account_read},
    {Method::put, "/api/v1/account/preferences", Access::signed_in, 8 * kib, change_preferences},
    {Method::get,
     "/api/v1/account/time-zones",
     Access::signed_in,
     0,
     list_time_zones,
     Scope::account_read},
    {Method::get, "/api/v1/account/sessions", Access::signed_in, 0, list_own_sessions},
    {Method::post, "/api/v1/account/sessions/end", Access::signed_in, 16 * kib, end_own_sessions},
    {Method::post, "/api/v1/account/password", Access::signed_in, 16 * kib, change_password},
    {Method::get, "/api/v1/account/tokens", Access::signed_in, 0, list_tokens},
    {Method::post, "/api/v1/account/tokens", Access::signed_in, 8 * kib, add_token},
    {Method::post, "/api/v1/account/tokens/remove", Access::signed_in, 16 * kib, remove_tokens},
    {Method::post,
     "/api/v1/account/digest-links/revoke",
     Access::signed_in,
     4 * kib,
     revoke_digest_links},

    {Method::get, "/api/v1/rules", Access::signed_in, 0, list_rules, Scope::reports_read},
    {Method::post,
     "/api/v1/explain",
     Access::signed_in,
     2560 * kib,
     explain_verdict,
     Scope::reports_read},
    {Method::get, "/api/v1/reports", Access::signed_in, 0, show_reports, Scope::reports_read},
    {Method::get,
     "/api/v1/reports/{file}",
     Access::signed_in,
     0,
     download_report,
     Scope::reports_read},

    // The front end draws these pages itself.
    {Method::get, "/", Access::open, 0, show_page},
    {Method::get, "/sign-in", Access::open, 0, show_page},
    {Method::get, "/on-hold", Access::open, 0, show_page},
    {Method::get, "/on-hold/{id}", Access::open, 0, show_page},
    {Method::get, "/moderated", Access::open, 0, show_page},
    {Method::get, "/moderated/{id}", Access::open, 0, show_page},
    {Method::get, "/all-holds", Access::open, 0, show_page},
    {Method::get, "/all-holds/{id}", Access::open, 0, show_page},
    {Method::get, "/senders", Access::open, 0, show_page},
    {Method::get, "/senders/{list}", Access::open, 0, show_page},
    {Method::get, "/rejected", Access::open, 0, show_page},
    {Method::get, "/account", Access::open, 0, show_page},
    {Method::get, "/reports", Access::open, 0, show_page},
    {Method::get, "/rules", Access::open, 0, show_page},
    {Method::get, "/branding/logo", Access::open, 0, show_logo},
    {Method::get, "/digest.css", Access::open, 0, show_digest_style},
    {Method::get, "/digest/{token}", Access::by_link, 0, show_digest},
    {Method::post, "/digest/{token}", Access::by_link, 4 * kib, act_on_digest},
    {Method::get, "/assets/{name}", Access::open, 0, show_asset},
    {Method::get, "/{name}", Access::open, 0, show_asset},
};

std::string_view next_segment(std::string_view& path) {
    path.remove_prefix(1);  // the slash
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

bool matches(std::string_view pattern, std::string_view path, std::array<std::string, 2>& values) {
    std::size_t filled = 0;
    while (!pattern.empty() && !path.empty()) {
        const std::string_view wanted = next_segment(pattern);
        const std::string_view given = next_segment(path);
        if (!wanted.starts_with('{')) {
            if (wanted != given) return false;
            continue;
        }
        if (given.empty() || filled == values.size()) return false;
        values[filled++] = given;
    }
    return pattern.empty() && path.empty();
}

}  // namespace

std::span<const Route> routes() {
    return table;
}

Match find_route(Method method, std::string_view path) {
    const Method wanted = method == Method::head ? Method::get : method;
    Match match;
    for (const Route& route : table) {
        std::array<std::string, 2> values;
        if (!matches(route.pattern, path, values)) continue;
        const auto known = std::find(match.allowed.begin(), match.allowed.end(), route.method);
        if (known == match.allowed.end()) {
            match.allowed.push_back(route.method);
            if (route.method == Method::get) match.allowed.push_back(Method::head);
        }
        // The table's order decides: what is named stands before what is taken by a brace.
        if (route.method == wanted && !match.route) {
            match.route = &route;
            match.path_values = std::move(values);
        }
    }
    return match;
}

}  // namespace portal
