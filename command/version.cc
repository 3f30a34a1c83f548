#include "command/version.h"

#include "command/options.h"

#include <fmt/format.h>

namespace command {

std::string_view version() {
    return POSTERN_VERSION;
}

std::string version_text() {
    auto text = fmt::format("postern {}\nstore:", version());
    const char* before = " ";
    for (const auto& schema : store_schemas()) {
        text += fmt::format("{}{} {}", before, schema.room, schema.migrations.back().version);
        before = ", ";
    }
    return text;
}

}  // namespace command
