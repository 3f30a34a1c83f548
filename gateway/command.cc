#include "gateway/command.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "gateway/smtp_replies.h"
#include "mail/path.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace gateway {

namespace {

using mail::EnhancedCode;
using mail::Parameter;
using mail::Reply;
using Refusal = std::optional<Reply>;

struct VerbName {
    std::string_view name;
    Verb verb;
};

constexpr auto verbs = std::to_array<VerbName>({
    {"HELO", Verb::helo},
    {"EHLO", Verb::ehlo},
    {"MAIL", Verb::mail},
    {"RCPT", Verb::rcpt},
    {"DATA", Verb::data},
    {"RSET", Verb::rset},
    {"NOOP", Verb::noop},
    {"QUIT", Verb::quit},
    {"VRFY", Verb::vrfy},
    {"EXPN", Verb::expn},
    {"HELP", Verb::help},
    {"STARTTLS", Verb::starttls},
    {"AUTH", Verb::auth},
    {"BDAT", Verb::bdat},
    {"ETRN", Verb::other_smtp},
    {"TURN", Verb::other_smtp},
    {"ATRN", Verb::other_smtp},
    {"SEND", Verb::other_smtp},
    {"SOML", Verb::other_smtp},
    {"SAML", Verb::other_smtp},
    {"GET", Verb::other_protocol},
    {"POST", Verb::other_protocol},
    {"PUT", Verb::other_protocol},
    {"HEAD", Verb::other_protocol},
    {"OPTIONS", Verb::other_protocol},
    {"CONNECT", Verb::other_protocol},
});

// RFC 3461 §4.2 and §4.4.
constexpr std::size_t original_recipient_bytes_max = 500;
constexpr std::size_t envelope_id_bytes_max = 100;

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
    });
}

std::string upper(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return result;
}

Reply bad_parameter(std::string_view text) {
    return {501, EnhancedCode{5, 5, 4}, text};
}

Reply not_offered(std::string_view keyword) {
    return {555, EnhancedCode{5, 5, 4}, fmt::format("Parameter {} is not offered", keyword)};
}

// Whether the path in front of the parameters is itself well-formed, so that the refusal names the
// right culprit. A '>' may stand in quotes, so each is tried.
bool path_alone_is_good(std::string_view text, const mail::Domain* postmaster_domain) {
    for (auto end = text.find('>'); end != std::string_view::npos; end = text.find('>', end + 1))
        if (mail::parse_path(text.substr(0, end + 1), postmaster_domain)) return true;
    return false;
}

// What MAIL and RCPT have in common. `prefix` is "FROM:" or "TO:".
tl::expected<mail::Path, Reply> parse_argument(
    std::string_view argument,
    std::string_view prefix,
    EnhancedCode bad_address,
    const mail::Domain* postmaster_domain
) {
    if (!base::starts_with_ignoring_case(argument, prefix))
        return tl::unexpected(
            bad_parameter(fmt::format("Syntax: {}<address> and parameters", prefix))
        );
    argument.remove_prefix(prefix.size());
    auto path = mail::parse_path(argument, postmaster_domain);
    if (path) return std::move(*path);
    if (path_alone_is_good(argument, postmaster_domain))
        return tl::unexpected(bad_parameter(path.error().text));
    return tl::unexpected(Reply(501, bad_address, path.error().text));
}

Refusal read_size(std::string_view value, const Offer& offer, mail::Envelope& envelope) {
    // RFC 1870 §4: 1 to 20 digits.
    if (value.empty() || value.size() > 20 ||
        !std::all_of(value.begin(), value.end(), base::is_digit))
        return bad_parameter("SIZE= takes a number of bytes");
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
    if (error != std::errc() || size > offer.message_bytes_max)
        return replies::message_too_large(offer.message_bytes_max);
    envelope.declared_size = size;
    return {};
}

Refusal read_body(std::string_view value, mail::Envelope& envelope) {
    // RFC 6152 §2. BINARYMIME needs CHUNKING, which is not offered.
    if (base::equals_ignoring_case(value, "8BITMIME"))
        envelope.body = mail::Body::eight_bit_mime;
    else if (!base::equals_ignoring_case(value, "7BIT"))
        return bad_parameter("BODY= is 7BIT or 8BITMIME");
    return {};
}

Refusal read_return(std::string_view value, mail::Envelope& envelope) {
    envelope.dsn_return = upper(value);  // RFC 3461 §4.3
    if (envelope.dsn_return != "FULL" && envelope.dsn_return != "HDRS")
        return bad_parameter("RET= is FULL or HDRS");
    return {};
}

Refusal read_envelope_id(std::string_view value, mail::Envelope& envelope) {
    auto id = mail::decode_xtext(value);
    if (!id || value.empty() || value.size() > envelope_id_bytes_max || !is_ascii(*id))
        return bad_parameter("ENVID= takes 1 to 100 characters of xtext");
    envelope.envelope_id = std::move(*id);
    return {};
}

Refusal read_mail_parameter(
    const Parameter& parameter, const Offer* offer, mail::Envelope& envelope
) {
    const auto& [keyword, value] = parameter;
    if (offer) {
        if (keyword == "SIZE") return read_size(value, *offer, envelope);
        if (keyword == "BODY" && offer->eight_bit_mime) return read_body(value, envelope);
        if (keyword == "RET" && offer->dsn) return read_return(value, envelope);
        if (keyword == "ENVID" && offer->dsn) return read_envelope_id(value, envelope);
        if (keyword == "SMTPUTF8" && offer->smtputf8) {
            if (!value.empty()) return bad_parameter("SMTPUTF8 takes no value");
            envelope.smtputf8 = true;
            return {};
        }
    }
    return not_offered(keyword);
}

// RFC 3461 §4.1: NEVER alone, or a list of the others, each once.
Refusal read_notify(std::string_view value, mail::Recipient& recipient) {
    const std::string wanted = upper(value);
    constexpr auto known = std::to_array<std::string_view>({"SUCCESS", "FAILURE", "DELAY"});
    std::array<bool, known.size()> seen{};
    std::string_view rest = wanted;
    bool good = wanted != "NEVER";
    while (good) {
        const auto comma = std::min(rest.find(','), rest.size());
        const auto* const at = std::find(known.begin(), known.end(), rest.substr(0, comma));
        good = at != known.end() &&
               !std::exchange(seen[static_cast<std::size_t>(at - known.begin())], true);
        if (comma == rest.size()) break;
        rest.remove_prefix(comma + 1);
    }
    if (!good && wanted != "NEVER")
        return bad_parameter("NOTIFY= is NEVER or a list of SUCCESS, FAILURE, DELAY");
    recipient.notify = wanted;
    return {};
}

// RFC 3461 §4.2: "rfc822;xtext".
Refusal read_original_recipient(std::string_view value, mail::Recipient& recipient) {
    const auto semicolon = value.find(';');
    const std::string_view type = value.substr(0, semicolon);
    const bool good_type = !type.empty() && std::all_of(type.begin(), type.end(), [](char c) {
        return base::is_letter(c) || base::is_digit(c) || c == '-';
    });
    if (semicolon != std::string_view::npos && good_type &&
        value.size() <= original_recipient_bytes_max) {
        auto address = mail::decode_xtext(value.substr(semicolon + 1));
        if (address && !address->empty() && base::is_utf8(*address)) {
            recipient.original_recipient = fmt::format("{};{}", type, *address);
            return {};
        }
    }
    return bad_parameter("ORCPT= takes type;address in xtext, at most 500 characters");
}

}  // namespace

Command parse_command(std::string_view line) {
    const auto blank = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, blank);
    const auto* const known = std::find_if(verbs.begin(), verbs.end(), [&](const VerbName& verb) {
        return base::equals_ignoring_case(verb.name, word);
    });
    return {known == verbs.end() ? Verb::unknown : known->verb, base::trim(line.substr(blank))};
}

tl::expected<mail::Envelope, Reply> parse_mail(std::string_view argument, const Offer* offer) {
    auto path = parse_argument(argument, "FROM:", EnhancedCode{5, 1, 7}, nullptr);
    if (!path) return tl::unexpected(std::move(path.error()));
    mail::Envelope envelope;
    for (const auto& parameter : path->parameters)
        if (auto refusal = read_mail_parameter(parameter, offer, envelope))
            return tl::unexpected(std::move(*refusal));
    // RFC 6531 §3.5. The domain counts too: written in Unicode it needs SMTPUTF8 as well.
    if (!envelope.smtputf8 && !is_ascii(argument))
        return tl::unexpected(
            Reply(553, EnhancedCode{5, 6, 7}, "A UTF-8 address needs the parameter SMTPUTF8")
        );
    envelope.sender = std::move(path->sender);
    return envelope;
}

tl::expected<mail::Recipient, Reply> parse_rcpt(
    std::string_view argument,
    const Offer* offer,
    bool smtputf8,
    const mail::Domain* postmaster_domain
) {
    constexpr EnhancedCode bad_address{5, 1, 3};
    auto path = parse_argument(argument, "TO:", bad_address, postmaster_domain);
    if (!path) return tl::unexpected(std::move(path.error()));
    if (path->sender.is_null())
        return tl::unexpected(Reply(501, bad_address, "A recipient needs an address"));
    if (!smtputf8 && !is_ascii(argument))
        return tl::unexpected(
            Reply(553, EnhancedCode{5, 6, 7}, "A UTF-8 address needs SMTPUTF8 at MAIL")
        );
    mail::Recipient recipient{path->sender.address(), {}, {}};
    for (const auto& [keyword, value] : path->parameters) {
        Refusal refusal = not_offered(keyword);
        if (offer && offer->dsn && keyword == "NOTIFY") refusal = read_notify(value, recipient);
        if (offer && offer->dsn && keyword == "ORCPT")
            refusal = read_original_recipient(value, recipient);
        if (refusal) return tl::unexpected(std::move(*refusal));
    }
    return recipient;
}

}  // namespace gateway
