#include "imports/message_text.h"

#include "base/ascii.h"
#include "mail/header.h"

#include <algorithm>

namespace imports {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

// A sender can write a header as long as it likes; what a product puts on top is short.
constexpr std::size_t top_bytes_max = 64 * 1024;
constexpr std::size_t addresses_max = 10'000;

bool is_named(std::string_view name, const std::vector<std::string_view>& names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view wanted) {
        if (wanted.ends_with('*')) {
            wanted.remove_suffix(1);
            return base::starts_with_ignoring_case(name, wanted);
        }
        return base::equals_ignoring_case(name, wanted);
    });
}

// The line that begins at `at`, with its end.
std::string_view line_at(std::string_view text, std::size_t at) {
    const auto end = text.find('\n', at);
    return text.substr(at, end == std::string_view::npos ? end : end - at + 1);
}

}  // namespace

Result<mail::MessageBytes> message_of(
    std::string_view text, std::uint64_t bytes_max, const mail::SpoolSettings& spool
) {
    auto bytes = mail::MessageBytes::create(spool);
    if (!bytes) return bytes;
    std::uint64_t size = 0;
    const auto add = [&](std::string_view piece) -> Result<void> {
        size += piece.size();
        if (size > bytes_max)
            return failure(ErrorKind::limit, "it is larger than {} bytes", bytes_max);
        return bytes->append(piece);
    };
    while (!text.empty()) {
        const auto stop = text.find_first_of(std::string_view("\r\n\0", 3));
        if (auto added = add(text.substr(0, stop)); !added) return failure(added.error());
        if (stop == std::string_view::npos) break;
        text.remove_prefix(stop);
        if (text.starts_with("\r\n"))
            text.remove_prefix(2);
        else if (text.front() == '\n')
            text.remove_prefix(1);
        else
            return failure(
                ErrorKind::invalid,
                "it holds a {} and could not be sent as it is",
                text.front() == '\r' ? "carriage return that ends no line" : "NUL"
            );
        if (auto added = add("\r\n"); !added) return failure(added.error());
    }
    if (auto done = bytes->finish(); !done) return failure(done.error());
    return bytes;
}

std::pair<std::vector<TopField>, std::size_t> fields_on_top(
    std::string_view text, const std::vector<std::string_view>& names
) {
    const auto top = text.substr(0, top_bytes_max);
    std::vector<TopField> fields;
    std::size_t at = 0;
    while (at < top.size()) {
        auto line = line_at(top, at);
        const auto length = mail::field_name_length(line);
        if (length == 0) break;
        const auto name = line.substr(0, length);
        if (!is_named(name, names)) break;
        std::string value(base::trim(line.substr(line.find(':') + 1)));
        auto next = at + line.size();
        while (next < top.size() && (top[next] == ' ' || top[next] == '\t')) {
            line = line_at(top, next);
            value += ' ';
            value += base::trim(line);
            next += line.size();
        }
        // Cut off by the bound, so not one of theirs.
        if (!line.ends_with('\n')) break;
        fields.push_back({name, std::move(value)});
        at = next;
    }
    return {std::move(fields), at};
}

std::vector<std::string> address_list(std::string_view value) {
    std::vector<std::string> addresses;
    std::string current;
    bool quoted = false;
    const auto take = [&] {
        auto address = base::trim(current);
        if (address.starts_with('<') && address.ends_with('>'))
            address = address.substr(1, address.size() - 2);
        if (!address.empty() && addresses.size() < addresses_max) addresses.emplace_back(address);
        current.clear();
    };
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (c == ',' && !quoted) {
            take();
            continue;
        }
        current += c;
        if (c == '"') quoted = !quoted;
        if (c == '\\' && quoted && i + 1 < value.size()) current += value[++i];
    }
    take();
    return addresses;
}

}  // namespace imports
