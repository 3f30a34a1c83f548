#include "conf/document.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <map>

namespace conf {

namespace {

Place place_of(const toml::source_region& region) {
    return {region.begin.line, region.begin.column};
}

// Recursion is bounded: the library refuses documents nested deeper than TOML_MAX_NESTED_VALUES.
Value value_of(const toml::node& node) {
    Value value;
    value.place = place_of(node.source());
    switch (node.type()) {
        case toml::node_type::string:
            value.kind = Value::Kind::text;
            value.text = node.as_string()->get();
            break;
        case toml::node_type::integer:
            value.kind = Value::Kind::integer;
            value.integer = node.as_integer()->get();
            break;
        case toml::node_type::floating_point:
            value.kind = Value::Kind::real;
            break;
        case toml::node_type::boolean:
            value.kind = Value::Kind::boolean;
            value.boolean = node.as_boolean()->get();
            break;
        case toml::node_type::array:
            value.kind = Value::Kind::list;
            for (const toml::node& element : *node.as_array())
                value.list.push_back(value_of(element));
            break;
        case toml::node_type::table:
            value.kind = Value::Kind::table;
            for (const auto& [key, element] : *node.as_table())
                value.table.push_back(
                    {std::string(key.str()), place_of(key.source()), value_of(element)}
                );
            // The library sorts by name; people read from top to bottom.
            std::sort(value.table.begin(), value.table.end(), [](const Member& a, const Member& b) {
                return a.place.line != b.place.line ? a.place.line < b.place.line
                                                    : a.place.column < b.place.column;
            });
            break;
        case toml::node_type::date:
        case toml::node_type::time:
        case toml::node_type::date_time:
        case toml::node_type::none:
            value.kind = Value::Kind::date;
            break;
    }
    return value;
}

}  // namespace

std::string canonical(const Value& value) {
    switch (value.kind) {
        case Value::Kind::text:
            return fmt::format("{}:{}", value.text.size(), value.text);
        case Value::Kind::integer:
            return fmt::format("{}", value.integer);
        case Value::Kind::boolean:
            return value.boolean ? "true" : "false";
        case Value::Kind::list: {
            std::string text = "[";
            for (const Value& element : value.list) text += canonical(element) + ",";
            return text + "]";
        }
        case Value::Kind::table: {
            std::map<std::string_view, const Value*> sorted;
            for (const Member& member : value.table) sorted[member.key] = &member.value;
            std::string text = "{";
            for (const auto& [key, element] : sorted)
                text += fmt::format("{}:{}={},", key.size(), key, canonical(*element));
            return text + "}";
        }
        // No setting is one of these, so a good file has none.
        case Value::Kind::real:
        case Value::Kind::date:
            break;
    }
    return "?";
}

std::string_view name_of(Value::Kind kind) {
    switch (kind) {
        case Value::Kind::text:
            return "a text";
        case Value::Kind::integer:
            return "a whole number";
        case Value::Kind::real:
            return "a number with a fraction";
        case Value::Kind::boolean:
            return "true or false";
        case Value::Kind::date:
            return "a date or time";
        case Value::Kind::list:
            return "a list";
        case Value::Kind::table:
            return "a table";
    }
    return "something else";
}

tl::expected<Value, SyntaxError> parse_document(std::string_view text) {
    try {
        return value_of(toml::parse(text));
    } catch (const toml::parse_error& error) {
        return tl::unexpected(
            SyntaxError{place_of(error.source()), std::string(error.description())}
        );
    }
}

}  // namespace conf
