#include "digest/letter_html.h"

#include "digest/text.h"
#include "digest/words.h"

#include <fmt/format.h>

namespace digest {

namespace {

constexpr std::string_view accent_by_day = "#17614f";
constexpr std::string_view accent_by_night = "#7ed3b9";
constexpr std::string_view font = "font-family:'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

// Programs that know no dark mode never see the second half; those that recolour mail by themselves
// start from plain colours.
constexpr std::string_view style = R"(
:root{{color-scheme:light dark;supported-color-schemes:light dark}}
body{{margin:0;padding:0;-webkit-text-size-adjust:100%}}
.v a{{color:{0}}}
@media(max-width:640px){{.p{{padding:16px!important}}.b,.b a{{display:block!important}}}}
@media(prefers-color-scheme:dark){{
.g{{background:#121716!important}}
.s{{background:#1a201f!important;border-color:#2c3533!important}}
.i{{color:#e6ecea!important}}
.f{{color:#b3bfbb!important}}
.l{{border-color:#2c3533!important}}
.v a{{color:{1}!important}}
}})";

struct Look {
    const Words& words;
    std::string accent;
    std::string accent_dark;
    bool has_several;  // addresses: each mail says whose it is
};

Look look_of(const Letter& letter, const conf::Settings& settings) {
    const conf::Portal& portal = settings.portal;
    return {
        words_in(letter.recipient.language),
        portal.accent.empty() ? std::string(accent_by_day) : portal.accent,
        portal.accent_dark.empty() ? std::string(accent_by_night) : portal.accent_dark,
        letter.recipient.owners.size() > 1,
    };
}

std::string head_of(const Letter& letter, const conf::Settings& settings, const Look& look) {
    const std::string heading = escaped(look.words.heading.of(letter.total));
    const std::string link = escaped(letter.link);
    std::string html = fmt::format(
        "<!DOCTYPE html>\n"
        "<html lang=\"{}\">\n"
        "<head>\n"
        "<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
        // Apple's mail programs make links of what looks like a date or an address.
        "<meta name=\"format-detection\" content=\"telephone=no,date=no,address=no,email=no,"
        "url=no\">\n"
        "<title>{}</title>\n"
        "<style>",
        look.words.language,
        heading
    );
    html += fmt::format(fmt::runtime(style), look.accent, look.accent_dark);
    html += fmt::format(
        "\n</style>\n"
        "</head>\n"
        "<body class=\"g\" style=\"margin:0;padding:0;background:#f3f5f2\">\n"
        "<table class=\"g\" role=\"presentation\" width=\"100%\" cellpadding=\"0\" "
        "cellspacing=\"0\" border=\"0\" bgcolor=\"#f3f5f2\">"
        "<tr><td align=\"center\" style=\"padding:24px 8px\">\n"
        // Outlook knows no greatest width.
        "<!--[if mso]><table role=\"presentation\" width=\"600\"><tr><td><![endif]-->\n"
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" "
        "border=\"0\" style=\"max-width:600px;{}\">\n"
        "<tr><td class=\"f\" style=\"padding:0 8px 12px;font-size:14px;font-weight:600;"
        "color:#4b5955\">{}</td></tr>\n"
        "<tr><td class=\"s p\" bgcolor=\"#ffffff\" style=\"padding:24px;border:1px solid #dfe4e0;"
        "border-radius:8px\">\n",
        font,
        escaped(settings.portal.product_name)
    );
    html += fmt::format(
        "<h1 class=\"i\" style=\"margin:0 0 8px;font-size:22px;line-height:28px;"
        "color:#18221f\">{}</h1>\n"
        "<p class=\"f\" style=\"margin:0 0 20px;font-size:15px;line-height:22px;"
        "color:#4b5955\">{}</p>\n"
        "<table role=\"presentation\" class=\"b\" cellpadding=\"0\" cellspacing=\"0\" "
        "border=\"0\"><tr><td align=\"center\" bgcolor=\"{}\" style=\"border-radius:6px;"
        "mso-padding-alt:12px 22px\">"
        "<a href=\"{}\" style=\"display:inline-block;padding:12px 22px;font-size:16px;"
        "line-height:20px;font-weight:600;color:#ffffff;text-decoration:none\">{}</a>"
        "</td></tr></table>\n"
        // One font for every cell below: Outlook inherits none from outside a table.
        "<table role=\"presentation\" class=\"v\" width=\"100%\" cellpadding=\"0\" "
        "cellspacing=\"0\" border=\"0\" style=\"margin-top:24px;{};font-size:14px;"
        "line-height:20px\">\n",
        heading,
        escaped(look.words.intro),
        look.accent,
        link,
        escaped(look.words.see_all.of(letter.total)),
        font
    );
    return html;
}

// Few bytes: there may be hundreds.
std::string row_of(const Letter& letter, const quarantine::Hold& hold, const Look& look) {
    const Shown one = shown(letter.recipient, hold);
    const Words& words = look.words;
    std::string html = fmt::format(
        "<tr><td class=\"l f\" style=\"padding:14px 0;border-top:1px solid #dfe4e0;"
        "color:#4b5955;word-break:break-word\">"
        "<b class=\"i\" style=\"font-size:16px;color:#18221f\"><bdi>{}</bdi></b><br>"
        "<bdi>{}</bdi><br>",
        escaped(one.subject),
        escaped(one.sender)
    );
    if (look.has_several)
        html += fmt::format("{} <bdi>{}</bdi><br>", escaped(words.to), escaped(one.owner));
    html += fmt::format(
        "{}, {}<br>{}: <bdi>{}</bdi><br><a href=\"{}#{}\">{}</a></td></tr>\n",
        escaped(one.received),
        escaped(one.size),
        escaped(words.why),
        escaped(one.reason),
        escaped(letter.link),
        anchor_of(hold.id),
        escaped(words.show)
    );
    return html;
}

std::string foot_of(
    const Letter& letter, const conf::Settings& settings, const Look& look, std::uint64_t more
) {
    std::string html;
    if (more > 0)
        html += fmt::format(
            "<tr><td class=\"l\" style=\"padding:14px 0;border-top:1px solid #dfe4e0\">"
            "<a href=\"{}\">{}</a></td></tr>\n",
            escaped(letter.link),
            escaped(look.words.more.of(more))
        );
    const Closing closing = closing_of(letter, settings);
    const std::string account =
        fmt::format("<a href=\"{0}\">{0}</a>", escaped(closing.account_url));
    html += fmt::format(
        "</table>\n</td></tr>\n"
        "<tr><td class=\"f v\" style=\"padding:16px 8px;font-size:13px;line-height:19px;"
        "color:#4b5955\">{}<br><br>{}<br>",
        escaped(closing.link_note),
        escaped(closing.why_you)
    );
    html += fmt::format(fmt::runtime(look.words.change_how), fmt::arg("url", account));
    if (!closing.support_text.empty() || !closing.support_url.empty()) {
        html += fmt::format(
            "<br><br>{}: {}", escaped(look.words.support), escaped(closing.support_text)
        );
        if (!closing.support_url.empty())
            html += fmt::format(" <a href=\"{0}\">{0}</a>", escaped(closing.support_url));
    }
    html +=
        "</td></tr>\n</table>\n<!--[if mso]></td></tr></table><![endif]-->\n"
        "</td></tr></table>\n</body>\n</html>\n";
    return html;
}

}  // namespace

HtmlLetter html_of(const Letter& letter, const conf::Settings& settings, std::size_t bytes_max) {
    const Look look = look_of(letter, settings);
    HtmlLetter result;
    result.html = head_of(letter, settings, look);
    // Its length hardly depends on how many more there are.
    const std::size_t foot = foot_of(letter, settings, look, letter.total).size() + 100;
    for (const quarantine::Hold& hold : letter.holds) {
        const std::string row = row_of(letter, hold, look);
        if (result.listed > 0 && result.html.size() + row.size() + foot > bytes_max) break;
        result.html += row;
        ++result.listed;
    }
    result.html += foot_of(letter, settings, look, letter.total - result.listed);
    return result;
}

}  // namespace digest
