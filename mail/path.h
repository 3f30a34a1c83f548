#pragma once

#include "base/result.h"
#include "mail/address.h"

#include <string>
#include <string_view>
#include <vector>

namespace mail {

// One ESMTP parameter of MAIL or RCPT: keyword in upper case, value as sent ("" when there is
// none).
struct Parameter {
    std::string keyword;
    std::string value;
};

// What stands behind "MAIL FROM:" or "RCPT TO:".
struct Path {
    Sender sender;  // null for "<>"; for RCPT the caller refuses null
    std::vector<Parameter> parameters;
};

// RFC 5321 §4.1.2 Reverse-path / Forward-path with parameters, e.g. `<a@b.test> SIZE=10
// BODY=8BITMIME`. A source route ("<@a,@b:c@d>") is stripped. "<postmaster>" without domain is
// accepted only with `postmaster_domain` (RFC 5321 §4.5.1). A parameter given twice is an error.
// Errors: invalid, text fit for a 501 reply.
base::Result<Path> parse_path(std::string_view text, const Domain* postmaster_domain = nullptr);

// RFC 3461 §4 xtext. decode: invalid on a bad escape. encode: for generating ORCPT and ENVID again.
base::Result<std::string> decode_xtext(std::string_view text);
std::string encode_xtext(std::string_view text);

}  // namespace mail
