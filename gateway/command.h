#pragma once

#include "mail/domain.h"
#include "mail/envelope.h"
#include "mail/reply.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <string_view>

// One SMTP command line, read. Order and state are the session's.

namespace gateway {

enum class Verb {
    helo,
    ehlo,
    mail,
    rcpt,
    data,
    rset,
    noop,
    quit,
    vrfy,
    expn,
    help,
    starttls,
    auth,
    bdat,
    other_smtp,      // known, and not for us: ETRN, TURN, SEND, SOML, SAML, ATRN
    other_protocol,  // GET, POST and the like: somebody makes a browser talk to us
    unknown
};

struct Command {
    Verb verb = Verb::unknown;
    std::string_view argument;  // after the verb, without blanks around it
};

// `line` is without CRLF; the argument is a view into it. Verbs are read without case.
Command parse_command(std::string_view line);

// What EHLO offers: only what can be carried on to the back end.
struct Offer {
    bool eight_bit_mime = true;
    bool smtputf8 = true;
    bool dsn = true;
    std::uint64_t message_bytes_max = 52'428'800;  // SIZE
};

// The argument of MAIL, "FROM:<…> parameters", as an envelope without recipients. `offer` is null
// after HELO: then no parameter is known. Refusals: 501 5.5.4 syntax, 501 5.1.7 address, 555 5.5.4
// a parameter that is not offered, 552 5.3.4 SIZE over the limit, 553 5.6.7 a UTF-8 address without
// SMTPUTF8.
tl::expected<mail::Envelope, mail::Reply> parse_mail(std::string_view argument, const Offer* offer);

// The argument of RCPT, "TO:<…> parameters". `smtputf8` is what MAIL said. Refusals as above, 501
// 5.1.3 for the address.
tl::expected<mail::Recipient, mail::Reply> parse_rcpt(
    std::string_view argument,
    const Offer* offer,
    bool smtputf8,
    const mail::Domain* postmaster_domain
);

}  // namespace gateway
