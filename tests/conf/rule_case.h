#pragma once

#include "mail/address.h"
#include "policy/evaluate.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

// The case files of tests/rules: what rules, lists and a mail give which verdict. The format is
// described in tests/rules/README.md.

namespace rule_case {

struct Expectation {
    unsigned line = 0;
    std::string key;  // "rcpt", "verdict", "rule", "reason", "trace", "adds", "reply", "moderators"
    std::string value;
};

struct Case {
    std::string file;
    unsigned line = 0;
    std::string name;
    std::string rules;  // TOML
    // Of the mail and the lists, in order: key and value.
    std::vector<std::pair<std::string, std::string>> given;
    std::vector<Expectation> expected;
};

// Throws std::runtime_error with file and line when the file is not in the format.
std::vector<Case> read_cases(const std::filesystem::path& file);

// What became of a case: one text for each expectation that was not met; empty: all were.
std::vector<std::string> failures_of(const Case& test);

}  // namespace rule_case
