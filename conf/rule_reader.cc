#include "conf/rule_reader.h"

#include "base/ascii.h"
#include "conf/condition_reader.h"
#include "policy/built_in_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace conf {

namespace {

// Fields that say who wrote what to whom, that may stand only once, or that a signature covers: a
// second one on top would change what the mail says (P3).
constexpr std::array<std::string_view, 19> fields_of_the_author = {
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Subject",
    "Date",
    "Received",
    "Return-Path",
    "Comments",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "DKIM-Signature",
    "Authentication-Results"
};

bool is_plain_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(), base::is_control);
}

class RuleReader {
  public:
    RuleReader(Problems& problems, const Value& table, const std::set<std::string>& listeners)
        : reader_(problems, "rule", &table), listeners_(listeners) {}

    policy::Rule read() {
        name();
        rule_.conditions = read_conditions(reader_, listeners_);
        negations();
        if (reader_.required_text("action", "hold") != nullptr)
            action_is_known_ = reader_.choice<policy::Action>(
                "action",
                rule_.action,
                {{"deliver", policy::Action::deliver},
                 {"hold", policy::Action::hold},
                 {"reject", policy::Action::reject},
                 {"discard", policy::Action::discard}}
            );
        hold();
        reply();
        added_fields();
        reader_.text("reason", rule_.reason);
        reader_.choice<policy::OnUnknown>(
            "on_unknown",
            rule_.on_unknown,
            {{"temporary_failure", policy::OnUnknown::temporary_failure},
             {"matches", policy::OnUnknown::matches},
             {"does_not_match", policy::OnUnknown::does_not_match}}
        );
        reader_.flag("spam_check", rule_.is_spam_check);
        reader_.flag("trusted_senders_may", rule_.trusted_senders_may);
        reader_.finish();
        return std::move(rule_);
    }

  private:
    void name() {
        constexpr std::size_t name_bytes_max = 200;
        const Value* found = reader_.required_text("name", "no executables");
        if (found == nullptr) return;
        reader_.text("name", rule_.name);
        if (rule_.name.size() > name_bytes_max)
            reader_.problem(
                found->place, fmt::format("the name is longer than {} bytes", name_bytes_max)
            );
        for (const std::string_view ours :
             {policy::ambiguous_content_rule, policy::not_one_from_rule})
            if (rule_.name == ours)
                reader_.problem(
                    found->place,
                    fmt::format(
                        "\"{}\" is the name of a built-in rule; choose another name, or set "
                        "default_rules = false in [policy]",
                        rule_.name
                    )
                );
    }

    void negations() {
        const Value* table = reader_.find("not");
        if (table != nullptr && table->kind != Value::Kind::table) {
            reader_.problem(
                table->place,
                fmt::format(
                    "not is {}; write a table of conditions: not = {{ sender = \"example.org\" }}",
                    name_of(table->kind)
                )
            );
            return;
        }
        TableReader reader(reader_.problems(), "rule.not", table);
        // None of them may match, so that each can be read as an exception of its own.
        for (const policy::Condition& condition : read_conditions(reader, listeners_))
            rule_.conditions.push_back(condition.negated());
        if (table != nullptr && table->table.empty())
            reader_.problem(table->place, "not is empty; name a condition, or remove the line");
        reader.finish();
    }

    // A key that only makes sense together with an action. With one that nobody can read nothing is
    // judged.
    void only_with(std::string_view key, bool is_right, std::string_view wanted) {
        const Value* value = reader_.find(key);
        if (value != nullptr && !is_right && action_is_known_)
            reader_.problem(
                value->place, fmt::format("{} has no meaning here; it goes with {}", key, wanted)
            );
    }

    void hold() {
        const bool is_hold = rule_.action == policy::Action::hold;
        only_with("hold_for", is_hold, "action = \"hold\"");
        reader_.choice<mail::HoldKind>(
            "hold_for",
            rule_.hold_for,
            {{"user", mail::HoldKind::user},
             {"moderator", mail::HoldKind::moderator},
             {"administrator", mail::HoldKind::administrator}}
        );
        for (const Value* text : reader_.text_values("moderators")) {
            auto address = mail::Address::parse(text->text);
            if (address)
                rule_.moderators.push_back(std::move(*address));
            else
                reader_.problem(
                    text->place,
                    fmt::format(
                        "moderators: \"{}\" is not an address: {}", text->text, address.error().text
                    )
                );
        }
        const bool is_moderated = is_hold && rule_.hold_for == mail::HoldKind::moderator;
        only_with("moderators", is_moderated, "action = \"hold\" and hold_for = \"moderator\"");
        if (is_moderated && reader_.find("moderators") == nullptr)
            reader_.problem(
                reader_.place_of("hold_for"),
                "nobody could act on these holds; name them: moderators = [\"someone@example.net\"]"
            );
    }

    void reply() {
        const bool is_reject = rule_.action == policy::Action::reject;
        only_with("reply_code", is_reject, "action = \"reject\"");
        only_with("reply_text", is_reject, "action = \"reject\"");
        std::uint64_t code = 550;
        reader_.count("reply_code", code, {500, 599});
        std::string text = "The message is refused by the receiving side's rules";
        reader_.text("reply_text", text);
        if (!is_reject ||
            (reader_.find("reply_code") == nullptr && reader_.find("reply_text") == nullptr))
            return;
        // "5.7.0 not here" brings its own enhanced code.
        mail::EnhancedCode enhanced = mail::enhanced_code_in(text, static_cast<int>(code));
        if (enhanced.is_none())
            enhanced = {5, 7, 1};
        else
            text = std::string(base::trim(std::string_view(text).substr(text.find(' ') + 1)));
        rule_.reply = mail::Reply(static_cast<int>(code), enhanced, text);
    }

    void added_fields() {
        const Value* table = reader_.find("add_header");
        if (table == nullptr) return;
        const bool is_passed_on =
            rule_.action == policy::Action::deliver || rule_.action == policy::Action::hold;
        only_with("add_header", is_passed_on, "action = \"deliver\" or \"hold\"");
        if (table->kind != Value::Kind::table || table->table.empty()) {
            reader_.problem(
                table->place, "write add_header as names with values: { \"X-Checked\" = \"yes\" }"
            );
            return;
        }
        for (const Member& member : table->table) add_field(member);
    }

    void add_field(const Member& member) {
        constexpr std::size_t value_bytes_max = 900;  // RFC 5322 §2.1.1: a line has at most 998
        const bool is_authors = std::any_of(
            fields_of_the_author.begin(),
            fields_of_the_author.end(),
            [&](std::string_view field) { return base::equals_ignoring_case(field, member.key); }
        );
        if (!is_field_name(member.key) || is_authors)
            reader_.problem(
                member.place,
                fmt::format(
                    "add_header cannot add \"{}\"; choose a name of your own such as \"X-Checked\"",
                    member.key
                )
            );
        else if (member.value.kind != Value::Kind::text)
            reader_.problem(
                member.value.place,
                fmt::format(
                    "the value of {} is {}; write a text in quotes",
                    member.key,
                    name_of(member.value.kind)
                )
            );
        else if (!is_plain_line(member.value.text) || member.value.text.size() > value_bytes_max)
            reader_.problem(
                member.value.place,
                fmt::format(
                    "the value of {} is not one line of at most {} bytes",
                    member.key,
                    value_bytes_max
                )
            );
        else
            rule_.add_fields.push_back({member.key, member.value.text});
    }

    TableReader reader_;
    const std::set<std::string>& listeners_;
    policy::Rule rule_;
    bool action_is_known_ = false;
};

}  // namespace

policy::Rules read_rules(
    Problems& problems,
    const std::vector<const Value*>& tables,
    const std::set<std::string>& listeners
) {
    policy::Rules rules;
    std::map<std::string, unsigned> line_of;
    for (const Value* table : tables) {
        policy::Rule rule = RuleReader(problems, *table, listeners).read();
        const auto [found, is_new] = line_of.emplace(rule.name, table->place.line);
        if (!is_new && !rule.name.empty())
            problems.add(
                table->place,
                fmt::format(
                    "a rule called \"{}\" stands in line {} already; give each rule its own name",
                    rule.name,
                    found->second
                )
            );
        rules.push_back(std::move(rule));
    }
    return rules;
}

}  // namespace conf
