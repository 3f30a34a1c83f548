#include "conf/table_reader.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <algorithm>

namespace conf {

namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string result;
    for (const std::string& name : names) {
        if (!result.empty()) result += ", ";
        result += name;
    }
    return result;
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), base::is_control);
}

}  // namespace

TableReader::TableReader(Problems& problems, std::string path, const Value* table)
    : problems_(problems), path_(std::move(path)), table_(table) {}

std::string TableReader::where() const {
    if (path_.empty()) return "at the top of the file";
    for (const std::string_view repeated : {"smtp.listener", "domain", "rule"})
        if (path_ == repeated) return fmt::format("in [[{}]]", path_);
    return fmt::format("in [{}]", path_);
}

const Value* TableReader::find(std::string_view key) {
    known_.emplace_back(key);
    problems_.asked_for(path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key));
    if (table_ == nullptr) return nullptr;
    for (const Member& member : table_->table)
        if (member.key == key) return &member.value;
    return nullptr;
}

Place TableReader::place_of(std::string_view key) {
    if (const Value* value = find(key)) return value->place;
    return table_ == nullptr ? Place() : table_->place;
}

void TableReader::report_type(std::string_view key, const Value& value, std::string_view wanted) {
    problem(value.place, fmt::format("{} is {}; write {}", key, name_of(value.kind), wanted));
}

void TableReader::report_choice(
    std::string_view key, const Value& value, const std::vector<std::string>& names
) {
    const std::string near = nearest(value.text, names);
    problem(
        value.place,
        fmt::format(
            "{} = \"{}\" is not one of: {}{}",
            key,
            value.text,
            joined(names),
            near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)
        )
    );
}

void TableReader::count(std::string_view key, std::uint64_t& value, Range range) {
    const Value* found = find(key);
    if (found == nullptr) return;
    if (found->kind != Value::Kind::integer) {
        const std::uint64_t example = std::clamp(value, range.least, range.most);
        report_type(key, *found, fmt::format("a whole number, for example {} = {}", key, example));
        return;
    }
    const auto number = static_cast<std::uint64_t>(found->integer);
    if (found->integer < 0 || number < range.least || number > range.most) {
        problem(
            found->place,
            fmt::format(
                "{} = {} is out of range; write a number from {} to {}",
                key,
                found->integer,
                range.least,
                range.most
            )
        );
        return;
    }
    value = number;
}

void TableReader::flag(std::string_view key, bool& value) {
    const Value* found = find(key);
    if (found == nullptr) return;
    if (found->kind == Value::Kind::boolean)
        value = found->boolean;
    else
        report_type(key, *found, fmt::format("{} = true or {} = false, without quotes", key, key));
}

const Value* TableReader::text_value(std::string_view key) {
    const Value* found = find(key);
    if (found == nullptr) return nullptr;
    if (found->kind == Value::Kind::text) return found;
    report_type(key, *found, "a text in quotes");
    return nullptr;
}

const Value* TableReader::required_text(std::string_view key, std::string_view example) {
    if (find(key) != nullptr) return text_value(key);
    problem(
        table_ == nullptr ? Place() : table_->place,
        fmt::format("{} is missing {}; write for example {} = \"{}\"", key, where(), key, example)
    );
    return nullptr;
}

void TableReader::text(std::string_view key, std::string& value) {
    const Value* found = text_value(key);
    if (found == nullptr) return;
    if (found->text.empty())
        problem(found->place, fmt::format("{} is empty; name it, or remove the line", key));
    else if (has_control(found->text))
        problem(
            found->place, fmt::format("{} holds a control character; write one plain line", key)
        );
    else
        value = found->text;
}

void TableReader::path(std::string_view key, std::filesystem::path& value) {
    std::string text = value.string();
    this->text(key, text);
    value = text;
}

std::vector<const Value*> TableReader::text_values(std::string_view key) {
    const Value* found = find(key);
    return found == nullptr ? std::vector<const Value*>() : texts_of(key, *found);
}

std::vector<const Value*> TableReader::texts_of(std::string_view key, const Value& value) {
    if (value.kind == Value::Kind::text) return {&value};
    if (value.kind != Value::Kind::list) {
        report_type(key, value, "a text in quotes, or a list of them: [\"…\", \"…\"]");
        return {};
    }
    if (value.list.empty())
        problem(
            value.place,
            fmt::format("{} is an empty list; name at least one value, or remove the line", key)
        );
    std::vector<const Value*> texts;
    for (const Value& element : value.list) {
        if (element.kind == Value::Kind::text)
            texts.push_back(&element);
        else
            report_type(fmt::format("this element of {}", key), element, "a text in quotes");
    }
    return texts;
}

void TableReader::texts(std::string_view key, std::vector<std::string>& value) {
    const std::vector<const Value*> found = text_values(key);
    if (found.empty()) return;
    value.clear();
    for (const Value* text : found) value.push_back(text->text);
}

void TableReader::networks(std::string_view key, std::vector<mail::IpNetwork>& value) {
    const std::vector<const Value*> found = text_values(key);
    if (found.empty()) return;
    value.clear();
    for (const Value* text : found) {
        auto network = mail::IpNetwork::parse(text->text);
        if (network)
            value.push_back(*network);
        else
            problem(
                text->place,
                fmt::format(
                    "{}: \"{}\" is not a network: {}; write for example \"192.0.2.0/24\" or "
                    "\"2001:db8::/32\"",
                    key,
                    text->text,
                    network.error().text
                )
            );
    }
}

void TableReader::tls_mode(std::string_view key, TlsMode& value) {
    choice<TlsMode>(
        key,
        value,
        {{"off", TlsMode::off}, {"optional", TlsMode::optional}, {"required", TlsMode::required}}
    );
}

void TableReader::log_level(std::string_view key, base::LogLevel& value) {
    choice<base::LogLevel>(
        key,
        value,
        {{"debug", base::LogLevel::debug},
         {"info", base::LogLevel::info},
         {"warning", base::LogLevel::warning},
         {"error", base::LogLevel::error}}
    );
}

void TableReader::log_format(std::string_view key, base::LogFormat& value) {
    choice<base::LogFormat>(
        key, value, {{"text", base::LogFormat::text}, {"json", base::LogFormat::json}}
    );
}

void TableReader::digest_mode(std::string_view key, DigestMode& value) {
    std::vector<std::pair<std::string_view, DigestMode>> choices;
    for (const auto mode : {DigestMode::digest, DigestMode::notice, DigestMode::none})
        choices.emplace_back(name_of(mode), mode);
    choice<DigestMode>(key, value, choices);
}

const Value* TableReader::table(std::string_view key) {
    const Value* found = find(key);
    if (found == nullptr || found->kind == Value::Kind::table) return found;
    const bool is_repeated = found->kind == Value::Kind::list && !found->list.empty() &&
                             found->list.front().kind == Value::Kind::table;
    problem(
        found->place,
        is_repeated
            ? fmt::format("there is only one {}; write [{}] instead of [[{}]]", key, key, key)
            : fmt::format("{} is {}; write a table: [{}]", key, name_of(found->kind), key)
    );
    return nullptr;
}

std::vector<const Value*> TableReader::tables(std::string_view key) {
    const Value* found = find(key);
    if (found == nullptr) return {};
    const std::string full = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
    if (found->kind != Value::Kind::list) {
        problem(
            found->place,
            fmt::format("there may be several of {}; write [[{}]] with two brackets", full, full)
        );
        return {};
    }
    std::vector<const Value*> tables;
    for (const Value& element : found->list) {
        if (element.kind == Value::Kind::table)
            tables.push_back(&element);
        else
            report_type(full, element, fmt::format("a table: [[{}]]", full));
    }
    return tables;
}

void TableReader::finish() {
    if (table_ == nullptr) return;
    for (const Member& member : table_->table) {
        if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
        std::string remedy;
        if (const std::string near = nearest(member.key, known_); !near.empty()) {
            remedy = fmt::format("did you mean \"{}\"?", near);
        } else {
            for (const std::string& known : known_keys()) {
                const auto dot = known.rfind('.');
                const std::string table = dot == std::string::npos ? "" : known.substr(0, dot);
                if (known.substr(dot + 1) != member.key || table == path_) continue;
                remedy = table.empty() ? "it belongs at the top of the file, before the first table"
                                       : fmt::format("it belongs in [{}]", table);
                break;
            }
        }
        if (remedy.empty()) remedy = "known here: " + joined(sorted_known());
        problem(
            member.place, fmt::format("unknown key \"{}\" {}; {}", member.key, where(), remedy)
        );
    }
}

std::vector<std::string> TableReader::sorted_known() const {
    std::vector<std::string> sorted = known_;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    return sorted;
}

}  // namespace conf
