#include "conf/problems.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace conf {

namespace {

// Changes, omissions, additions and swapped neighbours between two words (optimal string
// alignment); both are keys of a file, so they are short.
std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

}  // namespace

std::string Problem::to_text() const {
    return fmt::format(
        "{}:{}:{}: {}", file.string(), std::max(line, 1U), std::max(column, 1U), text
    );
}

void Problems::add(Place place, std::string text) {
    // A value is quoted as it stands in the file; a problem is one line all the same.
    constexpr std::size_t text_bytes_max = 1000;
    text = base::to_valid_utf8(std::string_view(text).substr(0, text_bytes_max + 4));
    const std::string_view kept = base::utf8_prefix(text, text_bytes_max);
    if (kept.size() < text.size()) {
        text.resize(kept.size());
        text += "\xe2\x80\xa6";
    }
    std::replace_if(text.begin(), text.end(), base::is_control, ' ');
    list_.push_back({file_, place.line, place.column, std::move(text)});
}

std::vector<Problem> Problems::in_order() const {
    std::vector<Problem> ordered = list_;
    std::sort(ordered.begin(), ordered.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.line, a.column, a.text) < std::tie(b.line, b.column, b.text);
    });
    return ordered;
}

std::string nearest(const std::string& text, const std::vector<std::string>& candidates) {
    constexpr std::size_t text_bytes_max = 80;
    if (text.empty() || text.size() > text_bytes_max) return {};
    std::string best;
    std::size_t least = std::max<std::size_t>(1, text.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        // "max_size" for "max_message_bytes" is no slip of the finger; a cut-off word is.
        const bool is_beginning = text.size() >= 4 && candidate.starts_with(text);
        const std::size_t distance = is_beginning ? 1 : edit_distance(text, candidate);
        if (distance >= least) continue;
        least = distance;
        best = candidate;
    }
    return best;
}

}  // namespace conf
