#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

// Public test data that is not part of this project: from $POSTERN_SUITES, or from
// ../shared/suites beside it. A test that needs it says in one line that it was skipped.
inline std::optional<std::filesystem::path> suite(const std::string& name) {
    const char* set = std::getenv("POSTERN_SUITES");
    const std::filesystem::path tests = POSTERN_TESTS_DIR;
    const std::filesystem::path all = set != nullptr
                                          ? std::filesystem::path(set)
                                          : tests.parent_path().parent_path() / "shared" / "suites";
    if (std::filesystem::is_directory(all / name)) return all / name;
    std::cout << "skipped: no test data in " << (all / name) << " (set POSTERN_SUITES)\n";
    return std::nullopt;
}

inline std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// With CRLF line ends, as a message is kept.
inline std::string with_crlf(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) result += '\r';
        result += text[i];
    }
    return result;
}
