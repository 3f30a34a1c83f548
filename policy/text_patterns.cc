#include "policy/text_patterns.h"

#include "base/utf8.h"
#include "policy/words.h"

#include <re2/re2.h>

namespace policy {

namespace {

constexpr std::size_t pattern_bytes_max = 4096;
constexpr std::int64_t memory_bytes_max = 2 << 20;  // of one pattern, program and caches together

}  // namespace

base::Result<void> TextPatterns::add(std::string_view pattern) {
    if (pattern.size() > pattern_bytes_max)
        return base::failure(
            base::ErrorKind::invalid, "the pattern is longer than {} bytes", pattern_bytes_max
        );
    RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    options.set_max_mem(memory_bytes_max);
    auto compiled =
        std::make_shared<const RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (!compiled->ok()) return base::failure(base::ErrorKind::invalid, "{}", compiled->error());
    patterns_.push_back(std::move(compiled));
    return {};
}

std::optional<std::string_view> TextPatterns::find(std::string_view text) const {
    // RE2 stops understanding a text at its first byte that is not UTF-8; a raw header has such.
    std::string valid;
    if (!base::is_utf8(text)) {
        valid = base::to_valid_utf8(text);
        text = valid;
    }
    const re2::StringPiece piece(text.data(), text.size());
    for (const auto& pattern : patterns_)
        if (RE2::PartialMatch(piece, *pattern)) return pattern->pattern();
    return std::nullopt;
}

std::string TextPatterns::text() const {
    std::vector<std::string> some;
    for (const auto& pattern : patterns_) {
        if (some.size() >= listed_max) break;
        some.push_back(in_quotes(pattern->pattern()));
    }
    return listed(some, patterns_.size());
}

}  // namespace policy
