#include "conf/condition_reader.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <algorithm>

namespace conf {

namespace {

using policy::Condition;

enum class NullSender { allowed, refused };

// Conditions in the order in which they are cheap to judge: the first "no" ends a rule.
class ConditionReader {
  public:
    ConditionReader(TableReader& reader, const std::set<std::string>& listeners)
        : reader_(reader), listeners_(listeners) {}

    std::vector<Condition> read() {
        listener();
        networks();
        number("recipients_over", {1, 1'000'000}, &Condition::recipients_over);
        addresses("sender", NullSender::allowed, &Condition::sender);
        addresses("recipient", NullSender::refused, &Condition::recipient);
        constexpr std::uint64_t bytes_max = 1ULL << 40;
        number("larger_than", {0, bytes_max}, &Condition::larger_than);
        number("smaller_than", {1, bytes_max}, &Condition::smaller_than);
        addresses("header_from", NullSender::refused, &Condition::header_from);
        patterns("subject", &Condition::subject);
        header();
        patterns("attachment_name", &Condition::attachment_name);
        extensions();
        types();
        ambiguous();
        return std::move(conditions_);
    }

  private:
    void problem(const Value& value, std::string text) {
        reader_.problem(value.place, std::move(text));
    }

    void listener() {
        std::vector<std::string> names;
        for (const Value* text : reader_.text_values("listener")) {
            if (!listeners_.contains(text->text)) {
                const std::string near = nearest(
                    text->text, std::vector<std::string>(listeners_.begin(), listeners_.end())
                );
                problem(
                    *text,
                    fmt::format(
                        "no listener is called \"{}\"; {}",
                        text->text,
                        near.empty() ? "write the name or the address of an [[smtp.listener]]"
                                     : fmt::format("did you mean \"{}\"?", near)
                    )
                );
            }
            names.push_back(text->text);
        }
        if (!names.empty()) conditions_.push_back(Condition::listener(std::move(names)));
    }

    void networks() {
        std::vector<mail::IpNetwork> networks;
        reader_.networks("client", networks);
        if (!networks.empty()) conditions_.push_back(Condition::client(std::move(networks)));
    }

    void number(std::string_view key, Range range, Condition (*make)(std::uint64_t)) {
        std::uint64_t number = range.least;
        reader_.count(key, number, range);
        if (reader_.find(key) != nullptr) conditions_.push_back(make(number));
    }

    void addresses(
        std::string_view key, NullSender null_sender, Condition (*make)(policy::AddressSet)
    ) {
        policy::AddressSet set;
        for (const Value* text : reader_.text_values(key)) {
            if (text->text == "<>" && null_sender == NullSender::allowed) {
                set.add_null_sender();
                continue;
            }
            const auto added = set.add(text->text);
            if (!added)
                problem(
                    *text,
                    fmt::format(
                        "{}: \"{}\" is neither an address nor a domain: {}",
                        key,
                        text->text,
                        added.error().text
                    )
                );
        }
        if (set.size() > 0) conditions_.push_back(make(std::move(set)));
    }

    policy::TextPatterns compile(std::string_view key, const std::vector<const Value*>& texts) {
        policy::TextPatterns patterns;
        for (const Value* text : texts) {
            const auto added = patterns.add(text->text);
            if (!added)
                problem(
                    *text,
                    fmt::format(
                        "{}: the pattern \"{}\" cannot be read: {}; it is a regular expression in "
                        "RE2 syntax, put a backslash before a character that is meant as it is",
                        key,
                        text->text,
                        added.error().text
                    )
                );
        }
        return patterns;
    }

    void patterns(std::string_view key, Condition (*make)(policy::TextPatterns)) {
        const std::vector<const Value*> texts = reader_.text_values(key);
        for (const Value* text : texts)
            if (text->text.empty())
                problem(*text, fmt::format("{} is empty and would be found in every text", key));
        policy::TextPatterns compiled = compile(key, texts);
        if (compiled.size() > 0) conditions_.push_back(make(std::move(compiled)));
    }

    void header() {
        const Value* table = reader_.find("header");
        if (table == nullptr) return;
        if (table->kind != Value::Kind::table || table->table.empty()) {
            problem(*table, "write header as names with patterns: { \"X-Spam-Flag\" = [\"yes\"] }");
            return;
        }
        for (const Member& member : table->table) {
            if (!is_field_name(member.key)) {
                reader_.problem(
                    member.place,
                    fmt::format(
                        "\"{}\" is no name of a header field; write for example \"X-Spam-Flag\"",
                        member.key
                    )
                );
                continue;
            }
            policy::TextPatterns compiled =
                compile(member.key, reader_.texts_of(member.key, member.value));
            if (compiled.size() > 0)
                conditions_.push_back(Condition::header(member.key, std::move(compiled)));
        }
    }

    void extensions() {
        std::vector<std::string> extensions;
        for (const Value* text : reader_.text_values("attachment_extension")) {
            std::string extension = base::lower(text->text);
            if (extension.starts_with('.')) extension.erase(0, 1);
            if (extension.empty() || extension.find_first_of("./\\* ") != std::string::npos)
                problem(
                    *text,
                    fmt::format(
                        "attachment_extension: \"{}\" is not what stands behind the last dot of a "
                        "name; write for example \"exe\", and use attachment_name for anything "
                        "else",
                        text->text
                    )
                );
            extensions.push_back(std::move(extension));
        }
        if (!extensions.empty())
            conditions_.push_back(Condition::attachment_extension(std::move(extensions)));
    }

    void types() {
        std::vector<std::string> types;
        for (const Value* text : reader_.text_values("attachment_type")) {
            std::string type = base::lower(text->text);
            const auto slash = type.find('/');
            const bool is_type = slash != std::string::npos && slash > 0 &&
                                 slash + 1 < type.size() && type.rfind('/') == slash &&
                                 type.find_first_of(" ;,") == std::string::npos;
            if (!is_type || (type.find('*') != std::string::npos && !type.ends_with("/*")) ||
                type.starts_with('*'))
                problem(
                    *text,
                    fmt::format(
                        "attachment_type: \"{}\" is no content type; write for example "
                        "\"application/pdf\", or \"image/*\" for every image",
                        text->text
                    )
                );
            types.push_back(std::move(type));
        }
        if (!types.empty()) conditions_.push_back(Condition::attachment_type(std::move(types)));
    }

    void ambiguous() {
        const Value* value = reader_.find("ambiguous");
        if (value == nullptr) return;
        if (value->kind == Value::Kind::boolean) {
            if (value->boolean)
                conditions_.push_back(Condition::ambiguous({}));
            else
                problem(*value, "ambiguous = false says nothing; write not = { ambiguous = true }");
            return;
        }
        std::vector<std::string> names;
        for (const mail::Ambiguity ambiguity : policy::all_ambiguities())
            names.emplace_back(mail::name_of(ambiguity));
        std::vector<mail::Ambiguity> ambiguities;
        for (const Value* text : reader_.text_values("ambiguous")) {
            if (const auto ambiguity = policy::ambiguity_named(text->text)) {
                ambiguities.push_back(*ambiguity);
                continue;
            }
            const std::string near = nearest(text->text, names);
            problem(
                *text,
                fmt::format(
                    "ambiguous: \"{}\" is not known; {}",
                    text->text,
                    near.empty()
                        ? fmt::format("write true for any, or some of: {}", fmt::join(names, ", "))
                        : fmt::format("did you mean \"{}\"?", near)
                )
            );
        }
        if (!ambiguities.empty())
            conditions_.push_back(Condition::ambiguous(std::move(ambiguities)));
    }

    TableReader& reader_;
    const std::set<std::string>& listeners_;
    std::vector<Condition> conditions_;
};

}  // namespace

bool is_field_name(std::string_view name) {
    constexpr std::size_t name_bytes_max = 77;
    return !name.empty() && name.size() <= name_bytes_max &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return c > ' ' && c < 0x7f && c != ':';
           });
}

std::vector<policy::Condition> read_conditions(
    TableReader& reader, const std::set<std::string>& listeners
) {
    return ConditionReader(reader, listeners).read();
}

}  // namespace conf
