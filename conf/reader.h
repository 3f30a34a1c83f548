#pragma once

#include "base/result.h"
#include "conf/settings.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

// One thing that is wrong in the file, and what would be right.
struct Problem {
    std::filesystem::path file;
    unsigned line = 0;    // from 1; 0 when the whole file is meant
    unsigned column = 0;  // from 1
    std::string text;
    std::string to_text() const;  // "FILE:LINE:COLUMN: what is wrong and what would be right"
};

// Settings, or every problem at once. Unknown keys are problems, with the nearest known key as a
// suggestion. Relative paths are relative to the file. Nothing outside the file is changed; the TLS
// files are looked at, not kept.
struct Reading {
    Settings settings;  // only meaningful when there are no problems
    std::vector<Problem> problems;
    bool ok() const { return problems.empty(); }
};

Reading read_file(const std::filesystem::path& file);
// For tests and the fuzz target: as if `text` stood in `file`.
Reading read_text(std::string_view text, const std::filesystem::path& file);

// Every key that can stand in the file, sorted: "hostname", "smtp.listener.tls", "rule.not.sender".
const std::vector<std::string>& known_keys();

}  // namespace conf
