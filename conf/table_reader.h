#pragma once

#include "conf/document.h"
#include "conf/fields.h"
#include "conf/problems.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conf {

// Reads one table of the file. A key that is asked for is a known key; finish() reports the others.
// What is missing or wrong leaves the setting as it was; what is wrong is also a problem.
class TableReader final : public Fields {
  public:
    // `path` names the table in texts: "" for the top, "smtp", "rule.not". Without a table (it does
    // not stand in the file) everything is missing.
    TableReader(Problems& problems, std::string path, const Value* table);

    void count(std::string_view key, std::uint64_t& value, Range range) override;
    void flag(std::string_view key, bool& value) override;
    void text(std::string_view key, std::string& value) override;
    void path(std::string_view key, std::filesystem::path& value) override;
    void networks(std::string_view key, std::vector<mail::IpNetwork>& value) override;
    void tls_mode(std::string_view key, TlsMode& value) override;
    void log_level(std::string_view key, base::LogLevel& value) override;
    void log_format(std::string_view key, base::LogFormat& value) override;
    void texts(std::string_view key, std::vector<std::string>& value) override;
    void digest_mode(std::string_view key, DigestMode& value) override;

    // One of the named values, true when it is there; problem when it is something else.
    template <class Enum>
    bool choice(
        std::string_view key,
        Enum& value,
        const std::vector<std::pair<std::string_view, Enum>>& choices
    ) {
        const Value* found = text_value(key);
        if (found == nullptr) return false;
        std::vector<std::string> names;
        for (const auto& [name, meaning] : choices) {
            if (name == found->text) {
                value = meaning;
                return true;
            }
            names.emplace_back(name);
        }
        report_choice(key, *found, names);
        return false;
    }

    // The value whatever it is, or nullptr.
    const Value* find(std::string_view key);
    // The value when it is a text; problem when it is something else.
    const Value* text_value(std::string_view key);
    // A text, or a list of texts that is not empty: each text.
    std::vector<const Value*> text_values(std::string_view key);
    // The same for a value that was found elsewhere; `key` is its name in texts.
    std::vector<const Value*> texts_of(std::string_view key, const Value& value);
    // The table of that name, written [name].
    const Value* table(std::string_view key);
    // The tables of that name, each written [[name]].
    std::vector<const Value*> tables(std::string_view key);
    // As text_value, and a problem when the key is missing.
    const Value* required_text(std::string_view key, std::string_view example);

    // The place of the key's value, or of the table.
    Place place_of(std::string_view key);
    void problem(Place place, std::string text) { problems_.add(place, std::move(text)); }
    Problems& problems() { return problems_; }
    const std::string& table_path() const { return path_; }

    void finish();

  private:
    void report_type(std::string_view key, const Value& value, std::string_view wanted);
    void report_choice(
        std::string_view key, const Value& value, const std::vector<std::string>& names
    );
    std::vector<std::string> sorted_known() const;
    std::string where() const;  // "in [smtp]", "at the top of the file"

    Problems& problems_;
    std::string path_;
    const Value* table_;
    std::vector<std::string> known_;
};

}  // namespace conf
