#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mail {

// A structured MIME field value: "text/plain; charset=utf-8" (RFC 2045 §5.1). Comments are dropped
// and make it malformed.
struct MimeValue {
    struct Parameter {
        std::string name;   // lower case, as written: "filename", "filename*0*"
        std::string value;  // without quotes, raw bytes
    };
    std::string value;  // lower case; "" when it is no token, or no token "/" token
    std::vector<Parameter> parameters;
    bool malformed = false;  // parsers will read it differently
};

// Reads what it can of `text`, in linear time; at most 1000 parameters.
MimeValue parse_mime_value(std::string_view text);

// What one parameter says in all its forms: plain, with encoded words (nobody's standard, and
// everywhere), extended and continued (RFC 2231).
struct ParameterForms {
    std::vector<std::string>
        values;                 // decoded, valid UTF-8; in the order plain, extended, continued
    bool is_ambiguous = false;  // a form given twice, or a gap or repetition in a continuation
};
ParameterForms forms_of(const MimeValue& value, std::string_view name);

}  // namespace mail
