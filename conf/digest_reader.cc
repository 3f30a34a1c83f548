#include "conf/digest_reader.h"

#include "conf/languages.h"
#include "conf/table_reader.h"
#include "conf/time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conf {

namespace {

class DigestReader {
  public:
    DigestReader(Problems& problems, const Value* table, const policy::Rules& rules, Digest& digest)
        : reader_(problems, "digest", table), rules_(rules), digest_(digest) {}

    void read() {
        list(reader_, digest_);
        times();
        days();
        time_zone();
        language();
        from();
        rules();
        reader_.finish();
    }

  private:
    void times() {
        if (reader_.find("times") == nullptr) return;
        std::vector<std::string> times;
        for (const Value* text : reader_.text_values("times")) {
            if (!minutes_of_day(text->text))
                reader_.problem(
                    text->place,
                    fmt::format(
                        "times: \"{}\" is not a time of day; write for example \"08:00\"",
                        text->text
                    )
                );
            times.push_back(text->text);
        }
        std::sort(times.begin(), times.end());
        times.erase(std::unique(times.begin(), times.end()), times.end());
        if (times.size() > digest_times_max)
            reader_.problem(
                reader_.place_of("times"),
                fmt::format("there are more than {} times; leave some out", digest_times_max)
            );
        if (!times.empty()) digest_.times = std::move(times);
    }

    void days() {
        if (reader_.find("days") == nullptr) return;
        unsigned days = 0;
        for (const Value* text : reader_.text_values("days")) {
            const auto day = day_named(text->text);
            if (!day)
                reader_.problem(
                    text->place,
                    fmt::format(
                        "days: \"{}\" is not a day; write mon, tue, wed, thu, fri, sat or sun",
                        text->text
                    )
                );
            days |= day.value_or(0);
        }
        if (days != 0) digest_.days = days;
    }

    void time_zone() {
        const Value* zone = reader_.text_value("time_zone");
        if (zone == nullptr) return;
        if (!is_time_zone(zone->text))
            reader_.problem(
                zone->place,
                fmt::format(
                    "time_zone: this machine knows no zone \"{}\"; write for example "
                    "\"Europe/Berlin\" (the package tzdata has them)",
                    zone->text
                )
            );
        digest_.time_zone = zone->text;
    }

    void language() {
        std::vector<std::pair<std::string_view, std::string>> choices;
        for (const std::string_view name : languages) choices.emplace_back(name, name);
        reader_.choice("language", digest_.language, choices);
    }

    void from() {
        const Value* text = reader_.text_value("from");
        if (text == nullptr) return;
        auto address = mail::Address::parse(text->text);
        if (address)
            digest_.from = std::move(*address);
        else
            reader_.problem(
                text->place,
                fmt::format("from: \"{}\" is not an address: {}", text->text, address.error().text)
            );
    }

    // A rule that was renamed would silently be told of again.
    void rules() {
        for (const std::string& name : digest_.no_notice_for_rules) {
            const bool is_known =
                std::any_of(rules_.begin(), rules_.end(), [&](const policy::Rule& rule) {
                    return rule.name == name;
                });
            if (!is_known)
                reader_.problem(
                    reader_.place_of("no_notice_for_rules"),
                    fmt::format(
                        "no_notice_for_rules: no rule is called \"{}\"; write the name of a rule",
                        name
                    )
                );
        }
    }

    TableReader reader_;
    const policy::Rules& rules_;
    Digest& digest_;
};

}  // namespace

void read_digest(
    Problems& problems, const Value* table, const policy::Rules& rules, Digest& digest
) {
    DigestReader(problems, table, rules, digest).read();
}

}  // namespace conf
