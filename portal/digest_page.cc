#include "portal/digest_page.h"

#include "digest/letter.h"
#include "digest/text.h"
#include "portal/acts.h"
#include "portal/branding.h"

#include <fmt/format.h>

#include <algorithm>

namespace portal {

using digest::escaped;
using digest::Words;
using quarantine::HoldState;

namespace {

std::string path_of(std::string_view token) {
    return fmt::format("/digest/{}", token);
}

template <class... Arguments>
std::string filled(std::string_view text, Arguments&&... arguments) {
    return fmt::format(fmt::runtime(text), std::forward<Arguments>(arguments)...);
}

std::string page(const DigestFrame& frame, std::string_view title, std::string_view content) {
    const conf::Portal& portal = frame.settings.portal;
    std::string support;
    if (!portal.support_text.empty() || !portal.support_url.empty()) {
        support =
            fmt::format("<p>{}: {}", escaped(frame.words.support), escaped(portal.support_text));
        if (!portal.support_url.empty())
            support += fmt::format(" <a href=\"{0}\">{0}</a>", escaped(portal.support_url));
        support += "</p>";
    }
    const std::string logo =
        portal.logo_image ? fmt::format("<img src=\"{}\" alt=\"\" height=\"28\">", logo_path) : "";
    return fmt::format(
        "<!DOCTYPE html>\n"
        "<html lang=\"{}\">\n"
        "<head>\n"
        "<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"robots\" content=\"noindex, nofollow\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<title>{} – {}</title>\n"
        "<link rel=\"stylesheet\" href=\"/digest.css\">\n"
        "</head>\n"
        "<body>\n"
        "<header><div>{}<span>{}</span></div></header>\n"
        "<main>\n{}</main>\n"
        "<footer><p><a href=\"/sign-in\">{}</a></p>{}</footer>\n"
        "</body>\n"
        "</html>\n",
        frame.words.language,
        escaped(title),
        escaped(portal.product_name),
        logo,
        escaped(portal.product_name),
        content,
        escaped(frame.words.sign_in),
        support
    );
}

std::string date_of(const DigestFrame& frame, const DigestView& view, base::Time time) {
    return digest::date_text(frame.words, view.recipient.schedule.zone, time);
}

// What has become of the hold, in words; "" while it waits.
std::string became(const DigestFrame& frame, const DigestView& view, const quarantine::Hold& hold) {
    const Words& words = frame.words;
    const auto by = [&](std::string_view text) {
        return filled(
            text,
            fmt::arg("who", digest::tamed(hold.decided_by, 254)),
            fmt::arg("when", hold.decided_at ? date_of(frame, view, *hold.decided_at) : "")
        );
    };
    switch (hold.state) {
        case HoldState::held:
            return "";
        case HoldState::released:
            return by(words.released_by);
        case HoldState::delivered:
            return by(words.delivered_by);
        case HoldState::rejected:
            return by(words.rejected_by);
        case HoldState::reported:
            return by(words.reported_by);
        case HoldState::expired:
            return std::string(words.expired);
        case HoldState::failed:
            return std::string(words.failed);
    }
    return "";
}

bool can_be_undone(const DigestView& view, const DigestMail& mail) {
    const bool is_decided = mail.hold && !can_be_decided(mail.hold->state);
    return is_decided && mail.item.undo_until && *mail.item.undo_until >= view.now;
}

std::string button(
    std::string_view act, std::string_view text, std::string_view kind, std::string_view describes
) {
    return fmt::format(
        "<button class=\"{}\" name=\"act\" value=\"{}\" aria-describedby=\"{}\">{}</button>\n",
        kind,
        act,
        describes,
        escaped(text)
    );
}

std::string form_of(const DigestFrame& frame, const DigestView& view, const DigestMail& mail) {
    const Words& words = frame.words;
    const std::string title = "s-" + mail.item.hold;
    std::string buttons;
    if (can_be_undone(view, mail)) {
        buttons = button("undo", words.undo, "plain", title);
    } else if (mail.hold && can_be_decided(mail.hold->state)) {
        buttons = button("release", words.release, "main", title) +
                  button("reject", words.reject, "plain", title) +
                  button("release_permit", words.release_permit, "plain wide", title) +
                  button("reject_block", words.reject_block, "plain wide", title);
    } else {
        return "";
    }
    return fmt::format(
        "<form method=\"post\" action=\"{}\">\n"
        "<input type=\"hidden\" name=\"hold\" value=\"{}\">\n"
        "<input type=\"hidden\" name=\"from\" value=\"{}\">\n{}</form>\n",
        path_of(view.token),
        escaped(mail.item.hold),
        view.first,
        buttons
    );
}

std::string said_of(const DigestFrame& frame, const DigestView& view) {
    std::string undo;
    if (view.said.offers_undo_all)
        undo = fmt::format(
            "<form method=\"post\" action=\"{}\">"
            "<input type=\"hidden\" name=\"hold\" value=\"all\">"
            "<button class=\"plain\" name=\"act\" value=\"undo\">{}</button></form>",
            path_of(view.token),
            escaped(frame.words.undo_all)
        );
    return fmt::format(
        "<div class=\"said{}\" role=\"status\"><p>{}</p>{}</div>\n",
        view.said.is_problem ? " problem" : "",
        escaped(view.said.text),
        undo
    );
}

std::string mail_of(const DigestFrame& frame, const DigestView& view, const DigestMail& mail) {
    const Words& words = frame.words;
    const std::string anchor = digest::anchor_of(mail.item.hold);
    if (!mail.hold)
        return fmt::format(
            "<li id=\"{}\" class=\"over\"><p>{}</p></li>\n", anchor, escaped(words.gone)
        );
    const quarantine::Hold& hold = *mail.hold;
    const digest::Shown shown = digest::shown(view.recipient, hold);
    const std::string state = became(frame, view, hold);
    std::string facts = fmt::format("<p class=\"from\"><bdi>{}</bdi></p>\n", escaped(shown.sender));
    if (view.recipient.owners.size() > 1)
        facts += fmt::format("<p>{} <bdi>{}</bdi></p>\n", escaped(words.to), escaped(shown.owner));
    facts += fmt::format(
        "<p>{}, {}</p>\n<p>{}: <bdi>{}</bdi></p>\n",
        escaped(shown.received),
        escaped(shown.size),
        escaped(words.why),
        escaped(shown.reason)
    );
    if (can_be_decided(hold.state))
        facts += fmt::format(
            "<p>{}</p>\n",
            escaped(
                filled(words.waits_until, fmt::arg("date", date_of(frame, view, hold.expires_at)))
            )
        );
    return fmt::format(
        "<li id=\"{}\"{}>\n<h2 id=\"s-{}\"><bdi>{}</bdi></h2>\n{}{}{}{}</li>\n",
        anchor,
        can_be_decided(hold.state) ? "" : " class=\"over\"",
        escaped(mail.item.hold),
        escaped(shown.subject),
        facts,
        state.empty() ? "" : fmt::format("<p class=\"state\">{}</p>\n", escaped(state)),
        view.said.hold == mail.item.hold ? said_of(frame, view) : "",
        form_of(frame, view, mail)
    );
}

std::string all_of(const DigestFrame& frame, const DigestView& view) {
    if (view.open < 2) return "";
    return fmt::format(
        "<form class=\"all\" method=\"post\" action=\"{}\" aria-label=\"{}\">\n<p>{}: {}</p>\n"
        "<button class=\"plain\" name=\"act\" value=\"release_all\">{}</button>\n"
        "<button class=\"plain\" name=\"act\" value=\"reject_all\">{}</button>\n</form>\n",
        path_of(view.token),
        escaped(frame.words.act_on_all),
        escaped(frame.words.act_on_all),
        escaped(frame.words.page_count.of(view.open)),
        escaped(frame.words.release_all),
        escaped(frame.words.reject_all)
    );
}

std::string parts_of(const DigestFrame& frame, const DigestView& view) {
    const auto total = static_cast<std::int64_t>(view.link.items);
    std::string links;
    const auto add = [&](std::int64_t from, std::string_view text) {
        links += fmt::format(
            "<a href=\"{}?from={}\">{}</a>\n", path_of(view.token), from, escaped(text)
        );
    };
    if (view.first > 1) add(std::max<std::int64_t>(1, view.first - view.part), frame.words.newer);
    if (view.first + view.part <= total) add(view.first + view.part, frame.words.older);
    return links.empty() ? "" : fmt::format("<nav>{}</nav>\n", links);
}

}  // namespace

std::string digest_page(const DigestFrame& frame, const DigestView& view) {
    const Words& words = frame.words;
    // What is about one mail stands there: a phone shows nothing else after the click.
    const bool is_about_one =
        std::any_of(view.mails.begin(), view.mails.end(), [&](const DigestMail& mail) {
            return mail.hold && mail.item.hold == view.said.hold;
        });
    const bool is_on_top = !view.said.text.empty() && !is_about_one;
    std::string content = is_on_top ? said_of(frame, view) : "";
    content += fmt::format(
        "<h1>{}</h1>\n<p class=\"lead\">{}</p>\n",
        escaped(words.page_title),
        escaped(filled(
            words.page_intro,
            fmt::arg("address", view.recipient.address.display()),
            fmt::arg("date", date_of(frame, view, view.link.made_at))
        ))
    );
    content += all_of(frame, view);
    content += fmt::format("<ol start=\"{}\">\n", view.first);
    for (const DigestMail& mail : view.mails) content += mail_of(frame, view, mail);
    content += "</ol>\n" + parts_of(frame, view);
    content += fmt::format(
        "<section class=\"end\"><p>{}</p><p><a href=\"{}?ask=revoke\">{}</a></p></section>\n",
        escaped(words.revoke_text),
        path_of(view.token),
        escaped(words.revoke)
    );
    return page(frame, words.page_title, content);
}

std::string digest_question(const DigestFrame& frame, const DigestQuestion& question) {
    const std::string path = path_of(question.token);
    const std::string text =
        question.text.empty() ? ""
                              : fmt::format("<p class=\"lead\">{}</p>\n", escaped(question.text));
    return page(
        frame,
        question.question,
        fmt::format(
            "<h1>{}</h1>\n{}<form class=\"question\" method=\"post\" action=\"{}\">\n"
            "<input type=\"hidden\" name=\"confirm\" value=\"yes\">\n"
            "<button class=\"main\" name=\"{}\" value=\"{}\">{}</button>\n"
            "<a class=\"button\" href=\"{}\">{}</a>\n</form>\n",
            escaped(question.question),
            text,
            path,
            question.field,
            question.value,
            escaped(frame.words.confirm),
            path,
            escaped(frame.words.cancel)
        )
    );
}

std::string digest_refusal(
    const DigestFrame& frame, std::string_view title, std::string_view text
) {
    return page(
        frame,
        title,
        fmt::format(
            "<h1>{}</h1>\n<p class=\"lead\">{}</p>\n"
            "<p class=\"question\"><a class=\"button main\" href=\"/sign-in\">{}</a></p>\n",
            escaped(title),
            escaped(text),
            escaped(frame.words.sign_in)
        )
    );
}

}  // namespace portal
