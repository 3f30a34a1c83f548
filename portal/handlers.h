#pragma once

#include "base/async.h"
#include "portal/call.h"

// What the routes lead to, one function per route. docs: portal/openapi.json.

namespace portal {

// session_calls.cc
base::Task<Response> sign_in_methods(Call& call);
base::Task<Response> sign_in(Call& call);
base::Task<Response> show_session(Call& call);
base::Task<Response> sign_out(Call& call);

// hold_calls.cc
base::Task<Response> list_holds(Call& call);

// message_calls.cc
base::Task<Response> show_hold(Call& call);
base::Task<Response> show_html(Call& call);
base::Task<Response> download_part(Call& call);

// act_calls.cc
base::Task<Response> act_on_holds(Call& call);
base::Task<Response> undo_acts(Call& call);

// job_calls.cc
base::Task<Response> list_jobs(Call& call);
base::Task<Response> show_job(Call& call);
base::Task<Response> cancel_job(Call& call);
base::Task<Response> undo_job(Call& call);

// sender_calls.cc
base::Task<Response> list_senders(Call& call);
base::Task<Response> add_senders(Call& call);
base::Task<Response> move_senders(Call& call);
base::Task<Response> remove_senders(Call& call);
base::Task<Response> list_rejected_mail(Call& call);

// sender_file_calls.cc
base::Task<Response> export_senders(Call& call);
base::Task<Response> import_senders(Call& call);

// home_calls.cc
base::Task<Response> show_home(Call& call);

// rule_calls.cc
base::Task<Response> list_rules(Call& call);
base::Task<Response> explain_verdict(Call& call);

// report_calls.cc
base::Task<Response> show_reports(Call& call);
base::Task<Response> download_report(Call& call);

// branding_calls.cc
base::Task<Response> show_branding(Call& call);
base::Task<Response> show_logo(Call& call);

// account_calls.cc
base::Task<Response> show_account(Call& call);
base::Task<Response> change_preferences(Call& call);
base::Task<Response> list_time_zones(Call& call);
base::Task<Response> revoke_digest_links(Call& call);

// security_calls.cc
base::Task<Response> list_own_sessions(Call& call);
base::Task<Response> end_own_sessions(Call& call);
base::Task<Response> change_password(Call& call);

// token_calls.cc
base::Task<Response> list_tokens(Call& call);
base::Task<Response> add_token(Call& call);
base::Task<Response> remove_tokens(Call& call);

// digest_calls.cc
base::Task<Response> show_digest(Call& call);
base::Task<Response> act_on_digest(Call& call);
base::Task<Response> show_digest_style(Call& call);

// page_calls.cc
base::Task<Response> show_openapi(Call& call);
base::Task<Response> show_page(Call& call);

/**
 * What stands at an address without a page, status 404: for a browser that was led there the front
 * end, which says so and leads back; for everything else, and everything below /api/ and /assets/,
 * a problem document.
 */
Response no_such_page(std::span<const Asset> assets, const Request& request);

base::Task<Response> show_asset(Call& call);

}  // namespace portal
