#pragma once

#include "conf/settings.h"
#include "conf/table_reader.h"

#include <filesystem>

namespace conf {

// The keys of [portal] that say how the portal and its mails look; list() has read their texts.
// Checks them, and reads the logo, whose path is relative to `directory`.
void read_branding(TableReader& reader, const std::filesystem::path& directory, Portal& portal);

}  // namespace conf
