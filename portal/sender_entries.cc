#include "portal/sender_entries.h"

#include "base/ascii.h"
#include "mail/domain.h"

#include <fmt/format.h>

#include <array>
#include <unordered_map>
#include <utility>

namespace portal {

using policy::SenderList;
using policy::SenderPattern;

namespace {

constexpr std::size_t entry_bytes_max = 1000;

// Blanks that come along when a list is copied from a page or a document, as UTF-8: no-break space,
// zero-width space, word joiner, byte order mark, ideographic space.
constexpr std::array<std::string_view, 5> odd_blanks = {
    "\xc2\xa0", "\xe2\x80\x8b", "\xe2\x81\xa0", "\xef\xbb\xbf", "\xe3\x80\x80"
};

std::string with_plain_blanks(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    while (!text.empty()) {
        std::size_t taken = 1;
        char c = text.front() == '\t' ? ' ' : text.front();
        for (const std::string_view blank : odd_blanks) {
            if (!text.starts_with(blank)) continue;
            taken = blank.size();
            c = ' ';
        }
        plain += c;
        text.remove_prefix(taken);
    }
    return plain;
}

bool parts_entries(char c) {
    return c == ',' || c == ';' || c == '\n' || c == '\r';
}

// Behind the quoted string that begins at `begin`, or `begin` when it does not end on its line.
std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
    for (std::size_t at = begin + 1; at < text.size(); ++at) {
        if (text[at] == '\n' || text[at] == '\r') return begin;
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at + 1;
        }
    }
    return begin;
}

void keep_words(std::string_view piece, std::vector<std::string>& entries) {
    std::size_t begin = std::string_view::npos;
    for (std::size_t at = 0; at <= piece.size();) {
        if (at == piece.size() || piece[at] == ' ') {
            if (begin != std::string_view::npos) {
                entries.emplace_back(piece.substr(begin, at - begin));
                begin = std::string_view::npos;
            }
            ++at;
            continue;
        }
        if (begin == std::string_view::npos) begin = at;
        // RFC 5321 §4.1.2: a local part may be quoted and hold blanks.
        const std::size_t end = piece[at] == '"' ? end_of_quoted(piece, at) : at;
        at = end > at ? end : at + 1;
    }
}

EntryFault not_an_address(std::string_view text, std::string_view why) {
    const std::string_view seen = text.substr(0, 100);
    return {
        EntryCode::not_an_address,
        fmt::format("\"{}\" is neither an address nor a domain: {}.", seen, why)
    };
}

// RFC 5322 §3.4: what stands in angle brackets is the address, the rest is a name.
std::string_view without_name(std::string_view text) {
    const auto open = text.rfind('<');
    if (open == std::string_view::npos || !text.ends_with('>')) return text;
    return base::trim(text.substr(open + 1, text.size() - open - 2));
}

bool means_everybody(std::string_view text) {
    return text.find_first_not_of("*.@") == std::string_view::npos;
}

}  // namespace

std::vector<std::string> split_entries(std::string_view text) {
    const std::string plain = with_plain_blanks(text);
    const std::string_view all = plain;
    std::vector<std::string> entries;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= all.size();) {
        if (at == all.size() || parts_entries(all[at])) {
            keep_words(all.substr(begin, at - begin), entries);
            begin = ++at;
            continue;
        }
        if (all[at] == '"') {
            const std::size_t end = end_of_quoted(all, at);
            at = end > at ? end : at + 1;
            continue;
        }
        if (all[at] != '<') {
            ++at;
            continue;
        }
        // A name and its address: one entry, whatever blanks the name holds.
        const std::size_t close = all.find_first_of(">\r\n", at);
        if (close == std::string_view::npos || all[close] != '>') {
            ++at;
            continue;
        }
        entries.emplace_back(base::trim(all.substr(begin, close + 1 - begin)));
        begin = at = close + 1;
    }
    return entries;
}

std::string_view name_of(EntryCode code) {
    switch (code) {
        case EntryCode::empty:
            return "empty";
        case EntryCode::not_an_address:
            return "not_an_address";
        case EntryCode::own_domain:
            return "own_domain";
        case EntryCode::public_suffix:
            return "public_suffix";
        case EntryCode::too_wide:
            return "too_wide";
        case EntryCode::too_many:
            return "too_many";
        case EntryCode::duplicate:
            return "duplicate";
        case EntryCode::not_there:
            return "not_there";
        case EntryCode::unknown_list:
            return "unknown_list";
    }
    return "not_an_address";
}

tl::expected<SenderPattern, EntryFault> read_entry(std::string_view text) {
    if (text.size() > entry_bytes_max) {
        return tl::unexpected(not_an_address(text, "it is too long"));
    }
    const std::string plain = with_plain_blanks(text);
    std::string_view entry = without_name(base::trim(plain));
    if (base::starts_with_ignoring_case(entry, "mailto:")) entry.remove_prefix(7);
    if (entry.empty()) {
        return tl::unexpected(
            EntryFault{EntryCode::empty, "There is nothing here: write an address or a domain."}
        );
    }
    if (means_everybody(entry)) {
        return tl::unexpected(EntryFault{
            EntryCode::too_wide,
            fmt::format("\"{}\" would mean everybody: write an address or a domain.", entry)
        });
    }
    auto pattern = SenderPattern::parse_any(entry);
    if (!pattern) return tl::unexpected(not_an_address(entry, pattern.error().text));
    return std::move(*pattern);
}

ReadEntries read_entries(const std::vector<GivenEntry>& given) {
    ReadEntries read;
    // Where each entry stands already; trusted does not exclude the others, so it has its own key.
    std::unordered_map<std::string, std::size_t> seen;
    for (std::size_t index = 0; index < given.size(); ++index) {
        const auto refuse = [&](EntryFault fault) {
            read.problems.push_back({index, std::move(fault)});
        };
        const GivenEntry& entry = given[index];
        if (!entry.list) {
            refuse(
                {EntryCode::unknown_list,
                 "It does not say for which list: blocked, permitted or trusted."}
            );
            continue;
        }
        auto pattern = read_entry(entry.text);
        if (!pattern) {
            refuse(std::move(pattern.error()));
            continue;
        }
        const bool trusted = *entry.list == SenderList::trusted;
        const std::string key = (trusted ? "trusted " : "decides ") + pattern->key;
        const auto [place, is_new] = seen.emplace(key, read.wanted.size());
        if (is_new) {
            read.wanted.push_back({*entry.list, std::move(*pattern)});
            read.given_by.push_back(index);
            continue;
        }
        const SenderList other = read.wanted[place->second].list;
        if (other == *entry.list) continue;
        const std::size_t line = given[read.given_by[place->second]].line;
        const std::string where = line == 0 ? "" : fmt::format(" in line {}", line);
        refuse(
            {EntryCode::duplicate,
             fmt::format("{} stands{} for the list {}, too.", pattern->key, where, name_of(other))}
        );
    }
    return read;
}

EntryFault fault_of(const accounts::PlannedEntry& planned) {
    std::string why = planned.why + ".";
    switch (planned.obstacle) {
        case accounts::EntryObstacle::public_suffix:
            return {EntryCode::public_suffix, std::move(why)};
        case accounts::EntryObstacle::own_domain:
            return {EntryCode::own_domain, std::move(why)};
        case accounts::EntryObstacle::list_full:
            return {EntryCode::too_many, std::move(why)};
        case accounts::EntryObstacle::not_there:
        case accounts::EntryObstacle::none:
            break;
    }
    return {EntryCode::not_there, std::move(why)};
}

}  // namespace portal
