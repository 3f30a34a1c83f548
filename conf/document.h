#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// A TOML document as plain values that know where they stand. The TOML library is used in
// document.cc and nowhere else.

namespace conf {

struct Place {
    unsigned line = 0;  // from 1; 0: the whole file
    unsigned column = 0;
};

struct Member;

struct Value {
    enum class Kind { text, integer, real, boolean, date, list, table };

    Kind kind = Kind::table;
    Place place;
    std::string text;          // of a text
    std::int64_t integer = 0;  // of an integer
    bool boolean = false;      // of a boolean
    std::vector<Value> list;
    std::vector<Member> table;  // in the order of the file
};

struct Member {
    std::string key;
    Place place;
    Value value;
};

// The value on one line in one fixed form, whatever way the file writes it: equal texts mean equal
// values. For comparing, not for reading.
std::string canonical(const Value& value);

std::string_view name_of(Value::Kind kind);  // "a text", "a whole number"

struct SyntaxError {
    Place place;
    std::string text;
};

// The whole document as one table, or where it stops being TOML 1.0.
tl::expected<Value, SyntaxError> parse_document(std::string_view text);

}  // namespace conf
