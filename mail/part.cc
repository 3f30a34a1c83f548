#include "mail/part.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/mime_encoding_watch.h"
#include "mail/parameters.h"

#include <algorithm>

namespace mail {
namespace {

// Takes away marks that nobody sees and that turn "gpj.exe" into "exe.jpg" on a screen.
std::string without_invisible(std::string_view utf8) {
    std::string result;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto at = [&](std::size_t offset) {
            return i + offset < utf8.size() ? static_cast<unsigned char>(utf8[i + offset]) : 0;
        };
        // U+200B-200F, U+202A-202E, U+2060-206F, U+FEFF.
        const bool marks =
            at(0) == 0xe2 && ((at(1) == 0x80 && ((at(2) >= 0x8b && at(2) <= 0x8f) ||
                                                 (at(2) >= 0xaa && at(2) <= 0xae))) ||
                              (at(1) == 0x81 && at(2) >= 0xa0 && at(2) <= 0xaf));
        const bool order_mark = at(0) == 0xef && at(1) == 0xbb && at(2) == 0xbf;
        if (marks || order_mark)
            i += 2;
        else
            result += utf8[i];
    }
    return result;
}

// A name is never a path: what stands behind the last separator of either kind.
std::string file_name(std::string_view text) {
    const std::string line = without_invisible(one_line(text));
    const auto separator = line.find_last_of("/\\");
    const std::string_view name =
        separator == std::string::npos ? line : std::string_view(line).substr(separator + 1);
    return std::string(base::trim(name));
}

// As Windows sees it: "a.exe. " is "a.exe".
std::string extension_of(std::string_view name) {
    const auto last = name.find_last_not_of(". ");
    if (last == std::string_view::npos) return {};
    name = name.substr(0, last + 1);
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string() : base::lower(name.substr(dot + 1));
}

void add(Part& part, Ambiguity ambiguity) {
    if (std::find(part.ambiguities.begin(), part.ambiguities.end(), ambiguity) ==
        part.ambiguities.end())
        part.ambiguities.push_back(ambiguity);
}

// RFC 2046 §5.1.1: 1-70 of these characters, the last no space.
bool is_regular_boundary(std::string_view boundary) {
    constexpr std::string_view marks = "'()+_,-./:=? ";
    return !boundary.empty() && boundary.size() <= 70 && boundary.back() != ' ' &&
           std::all_of(boundary.begin(), boundary.end(), [&](char c) {
               return base::is_letter(c) || base::is_digit(c) ||
                      marks.find(c) != std::string_view::npos;
           });
}

void read_boundary(Part& part, const MimeValue& type) {
    constexpr std::size_t boundary_bytes_max = 1000;
    int given = 0;
    bool other_form = false;
    for (const auto& parameter : type.parameters) {
        if (parameter.name == "boundary" && ++given == 1) part.boundary = parameter.value;
        if (parameter.name.starts_with("boundary*")) other_form = true;
    }
    if (given != 1 || other_form || !is_regular_boundary(part.boundary))
        add(part, Ambiguity::odd_boundary);
    // A delimiter line may end in blanks (RFC 2046 §5.1.1), so the boundary cannot.
    part.boundary = part.boundary.substr(0, part.boundary.find_last_not_of(" \t") + 1);
    if (part.boundary.size() > boundary_bytes_max) part.boundary.clear();
}

void read_type(Part& part, const Header& header, std::string_view default_type, MimeValue& type) {
    const auto fields = header.all("Content-Type");
    part.type = default_type;
    if (fields.size() > 1) add(part, Ambiguity::duplicate_content_type);
    if (fields.empty()) return;
    type = parse_mime_value(fields.front());
    if (type.malformed || type.value.find('/') == std::string::npos)
        add(part, Ambiguity::malformed_header);
    // RFC 2045 §5.2: what cannot be read is text/plain.
    part.type = type.value.find('/') == std::string::npos ? "text/plain" : type.value;
    for (const auto& parameter : type.parameters)
        if (parameter.name == "charset" && part.charset.empty()) part.charset = parameter.value;
    if (part.is_multipart()) read_boundary(part, type);
    if (part.type == "message/partial" || part.type == "message/external-body")
        add(part, Ambiguity::partial_message);
}

void read_encoding(Part& part, const Header& header) {
    const auto fields = header.all("Content-Transfer-Encoding");
    if (fields.size() > 1) add(part, Ambiguity::duplicate_transfer_encoding);
    if (fields.empty()) return;
    const MimeValue encoding = parse_mime_value(fields.front());
    const std::string& name = encoding.value;
    const bool is_identity = name == "7bit" || name == "8bit" || name == "binary";
    // Comments and quotes around the word: some readers see through them, some see no encoding.
    if (!base::equals_ignoring_case(base::trim(fields.front()), name))
        add(part, Ambiguity::unknown_encoding);
    if (name == "base64")
        part.encoding = TransferEncoding::base64;
    else if (name == "quoted-printable")
        part.encoding = TransferEncoding::quoted_printable;
    else if (!is_identity)
        add(part, Ambiguity::unknown_encoding);
    // RFC 2045 §6.4: what holds other parts is not encoded.
    const bool holds_parts = part.is_multipart() || part.type.starts_with("message/");
    if (holds_parts && !is_identity) add(part, Ambiguity::unknown_encoding);
}

// An encoded word (RFC 2047 §2) whose text decoders take in different ways, or do not take.
bool has_broken_word(std::string_view text) {
    for (std::size_t at = text.find("=?"); at != text.npos; at = text.find("=?", at)) {
        text.remove_prefix(at + 2);
        at = 0;
        const std::size_t encoding = text.find('?');
        if (encoding == text.npos || encoding + 2 >= text.size() || text[encoding + 2] != '?')
            continue;
        const std::size_t begin = encoding + 3;
        const std::size_t end = text.find("?=", begin);
        if (end == text.npos) return true;
        const bool is_base64 = base::to_lower(text[encoding + 1]) == 'b';
        EncodingWatch watch(
            is_base64 ? TransferEncoding::base64 : TransferEncoding::quoted_printable
        );
        const std::string_view word = text.substr(begin, end - begin);
        watch.add(word);
        if (watch.is_broken() || word.find_first_of(" \t") != word.npos) return true;
        at = end;
    }
    return false;
}

// A name as it stands in the header that not all readers show in the same way.
bool is_unclear_name(std::string_view name) {
    const bool has_controls = std::any_of(name.begin(), name.end(), base::is_control);
    // U+0080-9F are controls, too: line ends and white space to some.
    bool has_c1 = false;
    for (std::size_t at = name.find('\xc2'); at != name.npos; at = name.find('\xc2', at + 1))
        has_c1 =
            has_c1 || (at + 1 < name.size() && static_cast<unsigned char>(name[at + 1]) < 0xa0);
    return has_controls || has_c1 || !base::is_utf8(name) || has_broken_word(name);
}

void check_names(Part& part, const MimeValue& value, std::string_view name) {
    for (const auto& parameter : value.parameters)
        if (parameter.name.starts_with(name) && is_unclear_name(parameter.value))
            add(part, Ambiguity::names_differ);
}

void read_name(Part& part, const Header& header, const MimeValue& type) {
    std::vector<std::string> names;
    const auto take = [&](ParameterForms forms) {
        if (forms.is_ambiguous) add(part, Ambiguity::names_differ);
        for (auto& value : forms.values) names.push_back(std::move(value));
    };
    const auto fields = header.all("Content-Disposition");
    for (const auto& field : fields) {
        const MimeValue disposition = parse_mime_value(field);
        if (disposition.malformed) add(part, Ambiguity::malformed_header);
        if (part.disposition.empty()) part.disposition = disposition.value;
        take(forms_of(disposition, "filename"));
        check_names(part, disposition, "filename");
    }
    if (fields.size() > 1) add(part, Ambiguity::names_differ);
    take(forms_of(type, "name"));
    check_names(part, type, "name");
    if (names.empty()) return;
    const bool same = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return name == names.front();
    });
    if (!same) add(part, Ambiguity::names_differ);
    constexpr std::size_t name_bytes_max = 255;
    const std::string name = file_name(names.front());
    part.extension = base::utf8_prefix(extension_of(name), name_bytes_max);
    part.name = base::utf8_prefix(name, name_bytes_max);
}

}  // namespace

Part read_part(const Header& header, std::string_view default_type) {
    Part part;
    MimeValue type;
    read_type(part, header, default_type, type);
    read_encoding(part, header);
    read_name(part, header, type);
    std::string id = one_line(base::to_valid_utf8(header.first("Content-ID").value_or("")));
    if (id.size() >= 2 && id.front() == '<' && id.back() == '>') id = id.substr(1, id.size() - 2);
    part.content_id = base::utf8_prefix(id, 998);
    return part;
}

}  // namespace mail
