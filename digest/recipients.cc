#include "digest/recipients.h"

#include "accounts/people.h"
#include "conf/languages.h"

#include <utility>

namespace digest {

using base::failure;
using base::Result;

namespace {

std::vector<int> minutes_of(const std::vector<std::string>& times) {
    std::vector<int> minutes;
    for (const std::string& time : times)
        if (const auto of_day = conf::minutes_of_day(time)) minutes.push_back(*of_day);
    return minutes;
}

// A zone that the machine's database no longer has must not keep anybody's mail back.
conf::TimeZone zone_named(const std::string& name, const std::string& otherwise) {
    for (const std::string& one : {name, otherwise})
        if (auto zone = conf::TimeZone::named(one)) return std::move(*zone);
    return conf::TimeZone::utc();
}

bool is_ours(const conf::Settings& settings, const std::string& address) {
    const auto parsed = mail::Address::parse(address);
    return parsed && settings.domain_of(parsed->domain()) != nullptr;
}

conf::DigestMode mode_of(accounts::Notify notify, conf::DigestMode of_site) {
    switch (notify) {
        case accounts::Notify::site:
            return of_site;
        case accounts::Notify::digest:
            return conf::DigestMode::digest;
        case accounts::Notify::notice:
            return conf::DigestMode::notice;
        case accounts::Notify::nothing:
            return conf::DigestMode::none;
    }
    return of_site;
}

void apply(const accounts::Preferences& chosen, const conf::Digest& site, Recipient& recipient) {
    recipient.mode = mode_of(chosen.notify, site.mode);
    recipient.schedule = schedule_of(chosen, site);
    if (conf::is_language(chosen.language)) recipient.language = chosen.language;
}

}  // namespace

std::optional<base::Time> Schedule::next(base::Time after) const {
    return zone.next(minutes, days, after);
}

bool Schedule::has_time_in(base::Time after, base::Time until) const {
    const auto time = next(after);
    return time && *time <= until;
}

Schedule schedule_of(const conf::Digest& site) {
    return {minutes_of(site.times), site.days, zone_named(site.time_zone, "UTC")};
}

Schedule schedule_of(const accounts::Preferences& chosen, const conf::Digest& site) {
    Schedule schedule = schedule_of(site);
    if (!chosen.digest_times.empty()) schedule.minutes = minutes_of(chosen.digest_times);
    if (chosen.digest_days != 0) schedule.days = chosen.digest_days;
    if (!chosen.time_zone.empty()) schedule.zone = zone_named(chosen.time_zone, site.time_zone);
    return schedule;
}

Result<std::optional<Recipient>> recipient_for(
    database::Snapshot& snapshot, const conf::Settings& settings, std::string_view owner
) {
    const conf::Digest& site = settings.digest;
    std::string to(owner);
    std::vector<std::string> owners = {to};
    std::optional<accounts::Preferences> chosen;
    auto account = accounts::account_row_of(snapshot, owner);
    if (!account) return failure(account.error(), "looking for who owns a hold");
    if (*account) {
        auto person = accounts::find_person_in_row(snapshot, **account);
        if (!person) return failure(person.error(), "looking for who owns a hold");
        auto preferences = accounts::preferences_of(snapshot, **account);
        if (!preferences) return failure(preferences.error(), "looking for who owns a hold");
        // An account may be called by an address elsewhere, which no mail of ours goes to.
        if (is_ours(settings, person->address)) to = std::move(person->address);
        owners = std::move(person->addresses);
        chosen = std::move(*preferences);
    }
    if (!is_ours(settings, to)) return std::optional<Recipient>();
    auto address = mail::Address::parse(to);
    Recipient recipient{
        std::move(*address), std::move(owners), site.mode, schedule_of(site), site.language
    };
    if (chosen) apply(*chosen, site, recipient);
    return std::optional(std::move(recipient));
}

Result<std::optional<base::Time>> next_digest_at(
    database::Snapshot& snapshot,
    const conf::Settings& settings,
    std::string_view owner,
    base::Time now
) {
    if (!settings.sends_digests()) return std::optional<base::Time>();
    auto recipient = recipient_for(snapshot, settings, owner);
    if (!recipient) return failure(std::move(recipient.error()));
    if (!*recipient || (*recipient)->mode != conf::DigestMode::digest)
        return std::optional<base::Time>();
    return (*recipient)->schedule.next(now);
}

}  // namespace digest
