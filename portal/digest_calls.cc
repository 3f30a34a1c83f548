// The pages behind the links of digests. The token in the path is the only credential: GET and HEAD
// change nothing, whoever follows links or runs pages; POST acts on what this digest lists.
#include "base/ascii.h"
#include "conf/languages.h"
#include "digest/links.h"
#include "digest/token.h"
#include "portal/acts.h"
#include "portal/digest_acts.h"
#include "portal/digest_page.h"
#include "portal/handlers.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace portal {

using base::Result;
using base::Task;

namespace {

constexpr std::int64_t mails_a_page = 100;

Response html(int status, std::string text) {
    Response response;
    response.status = status;
    response.set("Content-Type", "text/html; charset=utf-8");
    response.set(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    );
    response.set("X-Robots-Tag", "noindex, nofollow");
    response.body = std::move(text);
    return response;
}

// For who is nobody we know: the browser's first language, or the site's.
const digest::Words& words_for_stranger(const Call& call) {
    const std::string* accepted = call.request.field("accept-language");
    const std::string first = accepted ? base::lower(accepted->substr(0, 2)) : "";
    return digest::words_in(conf::is_language(first) ? first : call.settings->digest.language);
}

Response refusal(
    const Call& call,
    const digest::Words& words,
    int status,
    std::string_view title,
    std::string_view text
) {
    return html(status, digest_refusal({*call.settings, words}, title, text));
}

Response trouble(const Call& call, const base::Error& error, std::string_view doing) {
    call.services.log.error("portal_failed", {{"doing", std::string(doing)}, {"why", error.text}});
    const digest::Words& words = words_for_stranger(call);
    return refusal(call, words, 503, words.trouble_title, words.trouble_page);
}

// Only who comes with a wrong token waits: nobody guesses a right one, and whoever stands behind
// the same address, which may be a whole office, must not be kept out by somebody else's guesses.
Response refuse_guess(Call& call, const digest::Words& words, base::Time now) {
    LinkGuesses& guesses = call.services.link_guesses;
    const auto wait = guesses.delay(call.client, now);
    if (!wait) {
        guesses.note(call.client, now);
        return refusal(call, words, 404, words.no_page_title, words.no_page);
    }
    Response later = refusal(call, words, 429, words.later_title, words.later_page);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
    later.set("Retry-After", std::to_string(seconds));
    return later;
}

// The digest that the token means, open; or what to say instead.
Task<Answer<OpenDigest>> open_digest(Call& call) {
    Services& services = call.services;
    const base::Time now = services.clock.now();
    const digest::Words& words = words_for_stranger(call);
    const std::string token = call.path_values[0];
    Result<OpenDigest> found = base::failure(base::ErrorKind::not_found, "not a token");
    if (digest::is_token(token)) {
        auto look = [token, settings = call.settings, now](database::Snapshot& snapshot) {
            return find_open_digest(snapshot, *settings, token, now);
        };
        found = co_await services.store.read(std::move(look));
    }
    if (!found && found.error().kind == base::ErrorKind::not_found)
        co_return tl::unexpected(refuse_guess(call, words, now));
    if (!found) co_return tl::unexpected(trouble(call, found.error(), "looking for a digest"));
    const digest::Words& own =
        found->recipient ? digest::words_in(found->recipient->language) : words;
    if (found->link.state == digest::LinkState::revoked) {
        co_return tl::unexpected(refusal(call, own, 410, own.revoked_title, own.revoked_page));
    }
    // Whose domain is no longer protected has nothing here either.
    if (found->link.state == digest::LinkState::expired || !found->recipient) {
        co_return tl::unexpected(refusal(call, own, 410, own.expired_title, own.expired_page));
    }
    co_return std::move(*found);
}

std::int64_t number_in(std::string_view text, std::int64_t otherwise) {
    std::int64_t number = otherwise;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end && number > 0 ? number : otherwise;
}

// What the address says has just happened: a word of ours and a number, nothing else.
DigestSaid what_was_done(const Call& call, const OpenDigest& open) {
    const digest::Words& words = digest::words_in(open.recipient->language);
    const std::string_view done = call.query.get("done");
    const auto n = static_cast<std::uint64_t>(number_in(call.query.get("n"), 1));
    if (done == "released") return {words.done_release.of(n), false, n > 1, {}};
    if (done == "released_permitted")
        return {std::string(words.done_release_permit), false, false, {}};
    if (done == "rejected") return {words.done_reject.of(n), false, n > 1, {}};
    if (done == "rejected_blocked") return {std::string(words.done_reject_block), false, false, {}};
    if (done == "undone") return {words.done_undo.of(n), false, false, {}};
    if (done == "decided") return {std::string(words.said_decided), true, false, {}};
    if (done == "too_late") return {std::string(words.said_too_late), true, false, {}};
    if (done == "not_listed") return {std::string(words.said_not_listed), true, false, {}};
    if (done == "refused") return {std::string(words.said_refused), true, false, {}};
    return {};
}

DigestSaid said_in(const Call& call, const OpenDigest& open) {
    DigestSaid said = what_was_done(call, open);
    if (!said.text.empty()) said.hold = call.query.get("at");
    return said;
}

// 303: the browser asks for the page anew, so that reloading it does nothing twice.
Response back_to(const Call& call, const Acted& acted, std::int64_t from) {
    Response response;
    response.status = 303;
    std::string where =
        fmt::format("/digest/{}?done={}&n={}", call.path_values[0], acted.said, acted.count);
    if (from > 1) where += fmt::format("&from={}", from);
    if (!acted.hold.empty()) where += fmt::format("&at={0}#m-{0}", acted.hold);
    response.set("Location", where);
    response.set("X-Robots-Tag", "noindex, nofollow");
    return response;
}

Task<Response> revoke(Call& call, const OpenDigest& open) {
    const base::Time now = call.services.clock.now();
    auto end = [link = open.link, source = source_of(call.client), now](
                   database::Transaction& transaction
               ) { return revoke_by_link(transaction, link, source, now); };
    auto ended = co_await call.services.store.write(std::move(end));
    if (!ended) co_return trouble(call, ended.error(), "ending links of digests");
    const digest::Words& words = digest::words_in(open.recipient->language);
    co_return refusal(call, words, 200, words.revoked_title, words.revoked_page);
}

}  // namespace

Task<Response> show_digest_style(Call& call) {
    Response response;
    response.set("Content-Type", "text/css; charset=utf-8");
    response.set("Cache-Control", "public, max-age=300");
    response.body = digest_style(call.settings->portal);
    co_return response;
}

Task<Response> show_digest(Call& call) {
    auto open = co_await open_digest(call);
    if (!open) co_return std::move(open.error());
    const digest::Words& words = digest::words_in(open->recipient->language);
    const DigestFrame frame{*call.settings, words};
    if (call.query.get("ask") == "revoke") {
        const DigestQuestion question{
            call.path_values[0], words.confirm_revoke, words.revoke_text, "revoke", "all"
        };
        co_return html(200, digest_question(frame, question));
    }
    const auto total = static_cast<std::int64_t>(open->link.items);
    const std::int64_t asked = number_in(call.query.get("from"), 1);
    const std::int64_t first = asked > total ? 1 : asked;
    const base::Time now = call.services.clock.now();
    auto read = [open = *open, first, now](database::Snapshot& snapshot) {
        return read_mails(snapshot, open, first, mails_a_page, now);
    };
    auto mails = co_await call.services.store.read(std::move(read));
    if (!mails) co_return trouble(call, mails.error(), "reading a digest");
    DigestView view{
        call.path_values[0],
        open->link,
        *open->recipient,
        std::move(mails->mails),
        first,
        mails_a_page,
        mails->open,
        said_in(call, *open),
        now
    };
    // Undoing all is offered for as long as it works.
    view.said.offers_undo_all = view.said.offers_undo_all && mails->can_undo;
    co_return html(200, digest_page(frame, view));
}

Task<Response> act_on_digest(Call& call) {
    auto open = co_await open_digest(call);
    if (!open) co_return std::move(open.error());
    const digest::Words& words = digest::words_in(open->recipient->language);
    const auto form = Query::parse(call.request.body);
    if (!form) co_return refusal(call, words, 400, words.trouble_title, words.trouble_page);
    if (form->get("revoke") == "all") {
        Task<Response> revoking = revoke(call, *open);
        co_return co_await std::move(revoking);
    }
    const auto wanted = digest_act_named(form->get("act"));
    if (!wanted) co_return refusal(call, words, 400, words.trouble_title, words.trouble_page);
    if (wanted->is_for_all && form->get("confirm") != "yes") {
        auto count = [open = *open](database::Snapshot& snapshot) {
            return open_holds(snapshot, open);
        };
        auto holds = co_await call.services.store.read(std::move(count));
        if (!holds) co_return trouble(call, holds.error(), "reading a digest");
        const bool is_release = wanted->act.action == Action::release;
        const std::string text =
            (is_release ? words.confirm_release_all : words.confirm_reject_all).of(holds->size());
        const DigestQuestion question{
            call.path_values[0], text, "", "act", is_release ? "release_all" : "reject_all"
        };
        co_return html(200, digest_question({*call.settings, words}, question));
    }
    Task<Result<Acted>> acting = act_by_link(call, *open, *wanted, std::string(form->get("hold")));
    auto acted = co_await std::move(acting);
    if (!acted) co_return trouble(call, acted.error(), "acting on a digest");
    co_return back_to(call, *acted, number_in(form->get("from"), 1));
}

}  // namespace portal
