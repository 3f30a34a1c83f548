#pragma once

#include "mail/address.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mail {

enum class Body { seven_bit, eight_bit_mime };

// RFC 3461 parameters are kept as received (decoded) and generated again towards a back end that
// offers DSN.
struct Recipient {
    Address address;
    std::string
        notify;  // "NEVER" or a list of SUCCESS,FAILURE,DELAY in upper case; "" when not given
    std::string original_recipient;  // ORCPT "rfc822;…", xtext decoded; "" when not given
};

struct Envelope {
    Sender sender;
    std::vector<Recipient> recipients;
    Body body = Body::seven_bit;
    bool smtputf8 = false;
    std::optional<std::uint64_t> declared_size;  // SIZE=, bytes
    std::string dsn_return;                      // RET: "FULL", "HDRS" or ""
    std::string envelope_id;                     // ENVID, xtext decoded, or ""
};

// An address of the envelope cannot be sent without SMTPUTF8, whatever the client declared. (A
// client that declared it for a message all of ASCII, as some always do, does not make it needed.)
bool needs_smtputf8(const Envelope& envelope);

}  // namespace mail
