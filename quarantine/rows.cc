#include "quarantine/rows.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>

namespace quarantine {

std::string json_array(std::span<const std::string> texts) {
    std::string json = "[";
    for (const auto& text : texts) {
        if (json.size() > 1) json += ',';
        json += '"';
        for (const char c : text) {
            if (c == '"' || c == '\\') {
                json += '\\';
                json += c;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                json += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
            } else {
                json += c;
            }
        }
        json += '"';
    }
    return json + "]";
}

std::string clean_text(std::string_view text) {
    std::string clean = base::to_valid_utf8(text);
    std::ranges::replace(clean, '\0', ' ');
    return clean;
}

base::Result<std::vector<std::int64_t>> integers(
    database::Snapshot& snapshot,
    std::string_view sql,
    std::initializer_list<database::Value> values
) {
    std::vector<std::int64_t> found;
    const auto keep = [&](const database::Rows& rows) -> base::Result<void> {
        found.push_back(rows.integer(0));
        return {};
    };
    auto done = for_each_row(
        snapshot, sql, std::span<const database::Value>(values.begin(), values.size()), keep
    );
    if (!done) return base::failure(std::move(done.error()));
    return found;
}

}  // namespace quarantine
