#include "digest/letter.h"

#include "digest/letter_html.h"
#include "digest/text.h"
#include "digest/words.h"

#include <fmt/format.h>

namespace digest {

namespace {

constexpr std::size_t subject_characters_max = 150;
constexpr std::size_t sender_characters_max = 100;
constexpr std::size_t reason_characters_max = 200;

std::string sender_of(const quarantine::Hold& hold, const Words& words) {
    const std::string& address =
        hold.header_from_address.empty() ? hold.sender : hold.header_from_address;
    const std::string name = tamed(hold.header_from_name, sender_characters_max);
    const std::string plain = tamed(address, sender_characters_max);
    if (name.empty() && plain.empty()) return std::string(words.no_sender);
    if (name.empty() || name == plain) return unlinked(plain);
    return plain.empty() ? unlinked(name) : unlinked(fmt::format("{} <{}>", name, plain));
}

// The plain part says everything the other one says.
std::string text_of(const Letter& letter, const conf::Settings& settings, std::size_t listed) {
    const Words& words = words_in(letter.recipient.language);
    const bool has_several = letter.recipient.owners.size() > 1;
    std::string text = words.heading.of(letter.total) + "\n\n" + std::string(words.intro) + "\n\n";
    text += fmt::format("{}:\n{}\n", words.see_all.of(letter.total), letter.link);
    for (std::size_t i = 0; i < listed; ++i) {
        const Shown one = shown(letter.recipient, letter.holds[i]);
        text += fmt::format("\n----\n\n{}\n", one.subject);
        text += fmt::format("{}: {}\n", words.from, one.sender);
        if (has_several) text += fmt::format("{}: {}\n", words.to, one.owner);
        text += fmt::format("{}: {}, {}\n", words.received, one.received, one.size);
        text += fmt::format("{}: {}\n", words.why, one.reason);
        text += fmt::format("{}:\n{}#{}\n", words.show, letter.link, anchor_of(letter.holds[i].id));
    }
    text += "\n----\n\n";
    if (letter.total > listed)
        text += fmt::format("{}\n{}\n\n", words.more.of(letter.total - listed), letter.link);
    const Closing closing = closing_of(letter, settings);
    text += fmt::format("{}\n\n{}\n", closing.link_note, closing.why_you);
    text +=
        fmt::format(fmt::runtime(words.change_how), fmt::arg("url", closing.account_url)) + "\n";
    if (!closing.support_text.empty() || !closing.support_url.empty())
        text += fmt::format(
            "\n{}: {}{}{}\n",
            words.support,
            closing.support_text,
            closing.support_text.empty() || closing.support_url.empty() ? "" : " ",
            closing.support_url
        );
    return text;
}

}  // namespace

std::string_view name_of(Kind kind) {
    return kind == Kind::digest ? "digest" : "notice";
}

std::string anchor_of(std::string_view hold_id) {
    return fmt::format("m-{}", hold_id);
}

Shown shown(const Recipient& recipient, const quarantine::Hold& hold) {
    const Words& words = words_in(recipient.language);
    Shown one;
    one.subject = unlinked(tamed(hold.subject, subject_characters_max));
    if (one.subject.empty()) one.subject = words.no_subject;
    one.sender = sender_of(hold, words);
    one.owner = unlinked(tamed(hold.owner, sender_characters_max));
    // An administrator's reason may quote what the mail says.
    one.reason = unlinked(tamed(reason_text(words, hold.rule, hold.reason), reason_characters_max));
    one.received = date_text(words, recipient.schedule.zone, hold.received_at);
    one.size = size_text(words, hold.size);
    return one;
}

Closing closing_of(const Letter& letter, const conf::Settings& settings) {
    const Words& words = words_in(letter.recipient.language);
    const conf::Portal& portal = settings.portal;
    Closing closing;
    closing.link_note = fmt::format(
        fmt::runtime(words.link_note),
        fmt::arg("date", date_text(words, letter.recipient.schedule.zone, letter.links_end))
    );
    closing.why_you = fmt::format(
        fmt::runtime(words.why_you),
        fmt::arg("product", portal.product_name),
        fmt::arg("address", unlinked(letter.recipient.address.display()))
    );
    closing.account_url = portal.public_url + "/account";
    closing.support_text = portal.support_text;
    closing.support_url = portal.support_url;
    return closing;
}

LetterText compose(const Letter& letter, const conf::Settings& settings) {
    LetterText result;
    result.subject = words_in(letter.recipient.language).subject.of(letter.total);
    HtmlLetter html = html_of(letter, settings, html_bytes_max);
    result.html = std::move(html.html);
    result.text = text_of(letter, settings, html.listed);
    return result;
}

}  // namespace digest
