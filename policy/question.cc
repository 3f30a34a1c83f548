#include "policy/question.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace policy {

base::Result<mail::Sender> sender_of(std::string_view text) {
    if (text.empty() || text == "<>") return mail::Sender();
    auto address = mail::Address::parse(text);
    if (!address) return base::failure(address.error());
    return mail::Sender(std::move(*address));
}

std::string stand_in_message(
    const EnvelopeFacts& envelope, std::string_view header_from, std::string_view hostname
) {
    std::string from(header_from);
    if (from.empty() && envelope.sender.is_null()) from = fmt::format("postmaster@{}", hostname);
    if (from.empty()) from = envelope.sender.address().text();
    return fmt::format(
        "From: <{}>\r\nTo: <{}>\r\nSubject: \r\n\r\n", from, envelope.recipient.text()
    );
}

base::Result<MessageFacts> message_facts_of(const mail::MessageBytes& bytes) {
    auto header = mail::Header::read(bytes);
    if (!header) return base::failure(header.error(), "reading the header");
    auto from = header->from();
    auto mime = mail::read_mime(bytes);
    auto fact = mime ? Fact<mail::MimeFacts>(std::move(*mime))
                     : Fact<mail::MimeFacts>::unknown(mime.error().text);
    return MessageFacts{bytes.size(), std::move(*header), std::move(from), std::move(fact)};
}

std::vector<mail::Address> identities_of(
    const EnvelopeFacts& envelope, const MessageFacts& message
) {
    std::vector<mail::Address> identities;
    if (!envelope.sender.is_null()) identities.push_back(envelope.sender.address());
    for (const auto& mailbox : message.header_from)
        if (mailbox.address) identities.push_back(*mailbox.address);
    return identities;
}

Verdict answer_to(
    const Rules& rules,
    const EnvelopeFacts& envelope,
    const MessageFacts& message,
    const PersonalLists& lists
) {
    auto at_recipient = evaluate_recipient(rules, envelope, lists);
    return at_recipient ? std::move(*at_recipient) : evaluate(rules, envelope, message, lists);
}

const std::vector<PrecedenceStep>& precedence() {
    static const std::vector<PrecedenceStep> steps = {
        {"Connection and recipient",
         "Limits of the connection and the protocol; whether the domain is one of ours; whether "
         "the "
         "mail server behind knows the recipient."},
        {"Rules that refuse by the envelope",
         "Rules with reject or discard that sender, recipient, client and listener alone decide. "
         "Nothing later can soften them."},
        {"Rules that deliver",
         "A rule with deliver skips the recipient's own blocked senders, and nothing else: the "
         "rules below are still looked at."},
        {"The recipient's managed senders",
         "The most specific entry wins: the address, then the longest domain; between equals a "
         "permit beats a block. Envelope sender and header From are judged each by its own best "
         "entry, and a block of either blocks. A permit skips rules marked as spam checks; a "
         "trusted sender passes rules marked trusted_senders_may."},
        {"All other rules",
         "The strictest of what matched wins: reject, discard, hold for administrators, hold for "
         "moderators, hold for the recipient, deliver. Among equals the first names the reason. A "
         "rule that cannot be checked makes the sender try again later, unless the rule says "
         "otherwise."},
        {"Nothing matched", "The mail is delivered."},
    };
    return steps;
}

}  // namespace policy
