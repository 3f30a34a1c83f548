#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace imports {

// A file of another product's quarantine folder.
struct QuarantineFile {
    std::filesystem::path relative;  // to the folder
    base::Time changed_at;
};

// Walks through a folder, folders below it included; regular files only, no symbolic links, in the
// order of their names. `each` gives an error to stop. Error: not_found.
base::Result<void> each_file(
    const std::filesystem::path& folder,
    const std::function<base::Result<void>(const QuarantineFile&)>& each
);

// The bytes of a file that each_file() has named, uncompressed when they are gzip. Errors: limit
// (more than `bytes_max`, also when they unfold to more), corrupt (gzip that is not whole),
// not_found, trouble.
base::Result<std::string> read_quarantine_file(
    const std::filesystem::path& folder, const QuarantineFile& file, std::uint64_t bytes_max
);

}  // namespace imports
