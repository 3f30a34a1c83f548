#include "accounts/audit.h"
#include "accounts/delegations.h"
#include "accounts/preferences.h"
#include "conf/languages.h"
#include "conf/time_zone.h"
#include "digest/links.h"
#include "digest/recipients.h"
#include "portal/handlers.h"
#include "portal/json_body.h"
#include "portal/json_text.h"
#include "portal/problem.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace portal {

namespace json = boost::json;
using accounts::Preferences;
using base::Task;

namespace {

json::array texts_json(const std::vector<std::string>& texts) {
    json::array all;
    for (const std::string& one : texts) all.push_back(text(one));
    return all;
}

json::object preferences_json(const Preferences& preferences) {
    json::object object;
    object["language"] = text(preferences.language);
    object["time_zone"] = text(preferences.time_zone);
    object["mode"] = text(accounts::name_of(preferences.notify));
    object["digest_times"] = texts_json(preferences.digest_times);
    object["digest_days"] = texts_json(conf::names_of_days(preferences.digest_days));
    return object;
}

json::object site_json(const conf::Settings& settings) {
    const conf::Digest& digest = settings.digest;
    json::object site;
    site["time_zone"] = text(digest.time_zone);
    site["digest_mode"] = text(conf::name_of(digest.mode));
    site["digest_times"] = texts_json(digest.times);
    site["digest_days"] = texts_json(conf::names_of_days(digest.days));
    // Without an address of the portal there would be nothing to link to, and nothing is sent.
    site["digest_enabled"] = digest.enabled && !settings.portal.public_url.empty();
    return site;
}

struct Account {
    Preferences preferences;
    std::vector<accounts::Delegation> acts_for;
    std::vector<accounts::Delegation> acted_by;
    std::optional<base::Time> digest_next_at;
};

base::Result<Account> account_of(
    database::Snapshot& snapshot,
    const accounts::Person& person,
    const conf::Settings& settings,
    base::Time now
) {
    Account account;
    auto preferences = accounts::preferences_of(snapshot, person.row);
    if (!preferences) return base::failure(preferences.error());
    account.preferences = std::move(*preferences);
    auto acts_for = accounts::mailboxes_of(snapshot, person.row);
    if (!acts_for) return base::failure(acts_for.error());
    account.acts_for = std::move(*acts_for);
    auto acted_by = accounts::delegates_of(snapshot, person.row);
    if (!acted_by) return base::failure(acted_by.error());
    account.acted_by = std::move(*acted_by);
    auto next = digest::next_digest_at(snapshot, settings, person.address, now);
    if (!next) return base::failure(next.error());
    account.digest_next_at = *next;
    return account;
}

json::object account_json(const Call& call, const Account& account) {
    json::array addresses;
    for (const std::string& address : call.person.addresses) {
        json::object one;
        one["address"] = text(address);
        one["own"] = address == call.person.address;
        addresses.push_back(std::move(one));
    }
    const auto delegations = [](const std::vector<accounts::Delegation>& all) {
        json::array array;
        for (const accounts::Delegation& delegation : all) {
            json::object one;
            one["address"] = text(delegation.address);
            one["since"] = time_text(delegation.since);
            one["granted_by"] = text(delegation.granted_by);
            array.push_back(std::move(one));
        }
        return array;
    };
    const std::chrono::seconds idle = call.settings->portal.session_idle;
    json::array languages;
    for (const std::string_view language : conf::languages) languages.push_back(text(language));
    json::object object;
    object["address"] = text(call.person.address);
    object["name"] = text(call.person.name);
    object["role"] = text(accounts::name_of(call.person.role));
    object["addresses"] = std::move(addresses);
    object["acts_for"] = delegations(account.acts_for);
    object["acted_by"] = delegations(account.acted_by);
    object["preferences"] = preferences_json(account.preferences);
    object["site"] = site_json(*call.settings);
    object["digest_next_at"] = time_text(account.digest_next_at);
    object["languages"] = std::move(languages);
    object["session_idle_seconds"] = idle.count();
    return object;
}

tl::unexpected<Response> refuse_field(std::string_view field, std::string_view detail) {
    return tl::unexpected(problem_with(422, detail, "field", text(field)));
}

// What the body changes; a member that is missing stays as it is.
struct Wishes {
    std::optional<std::string> language;
    std::optional<std::string> time_zone;
    std::optional<accounts::Notify> notify;
    std::optional<std::vector<std::string>> digest_times;
    std::optional<unsigned> digest_days;

    void apply_to(Preferences& preferences) const {
        if (language) preferences.language = *language;
        if (time_zone) preferences.time_zone = *time_zone;
        if (notify) preferences.notify = *notify;
        if (digest_times) preferences.digest_times = *digest_times;
        if (digest_days) preferences.digest_days = *digest_days;
    }
};

Answer<std::optional<std::string>> word_in(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    if (!value || value->is_null()) return std::optional<std::string>();
    auto word = string_in(body, name, 64);
    if (!word) return refuse_field(name, fmt::format("\"{}\" is a short text.", name));
    return std::optional(std::move(*word));
}

Answer<std::optional<std::vector<std::string>>> words_in(
    const json::object& body, std::string_view name
) {
    auto words = strings_in(body, name, 100);
    if (!words) return refuse_field(name, fmt::format("\"{}\" is a list of short texts.", name));
    return std::move(*words);
}

Answer<Wishes> wishes_in(const json::object& body) {
    Wishes wishes;
    auto language = word_in(body, "language");
    if (!language) return tl::unexpected(language.error());
    if (*language && !(*language)->empty() && !conf::is_language(**language)) {
        return refuse_field("language", "There is no such language.");
    }
    wishes.language = std::move(*language);
    auto zone = word_in(body, "time_zone");
    if (!zone) return tl::unexpected(zone.error());
    if (*zone && !(*zone)->empty() && !conf::is_time_zone(**zone)) {
        return refuse_field("time_zone", "There is no such time zone.");
    }
    wishes.time_zone = std::move(*zone);
    auto mode = word_in(body, "mode");
    if (!mode) return tl::unexpected(mode.error());
    if (*mode) wishes.notify = accounts::notify_named(**mode);
    if (*mode && !wishes.notify) return refuse_field("mode", "There is no such mode.");
    auto times = words_in(body, "digest_times");
    if (!times) return tl::unexpected(times.error());
    if (*times) {
        if (!std::all_of((*times)->begin(), (*times)->end(), accounts::is_time_of_day)) {
            return refuse_field("digest_times", "A time is written as 08:00.");
        }
        if ((*times)->size() > accounts::digest_times_max) {
            return refuse_field(
                "digest_times", fmt::format("At most {} times a day.", accounts::digest_times_max)
            );
        }
        wishes.digest_times = std::move(**times);
    }
    auto days = words_in(body, "digest_days");
    if (!days) return tl::unexpected(days.error());
    if (*days) {
        wishes.digest_days = 0;
        for (const std::string& name : **days) {
            const auto day = conf::day_named(name);
            if (!day) return refuse_field("digest_days", "There is no such day.");
            *wishes.digest_days |= *day;
        }
    }
    return wishes;
}

accounts::AuditEntry audit_entry(const Call& call, std::string_view act, std::string detail) {
    accounts::AuditEntry entry;
    entry.at = call.services.clock.now();
    entry.who = call.person.address;
    entry.act = act;
    entry.object = call.person.address;
    entry.detail = std::move(detail);
    entry.source = call.client;
    return entry;
}

}  // namespace

Task<Response> show_account(Call& call) {
    const base::Time now = call.services.clock.now();
    auto look = [person = call.person, settings = call.settings, now](database::Snapshot& snapshot
                ) { return account_of(snapshot, person, *settings, now); };
    auto account = co_await call.services.store.read(std::move(look));
    if (!account) co_return problem(account.error(), call.services.log, "looking up an account");
    co_return json_response(200, account_json(call, *account));
}

Task<Response> change_preferences(Call& call) {
    auto body = json_body(call.request);
    if (!body) co_return std::move(body.error());
    auto wishes = wishes_in(*body);
    if (!wishes) co_return std::move(wishes.error());
    auto entry = audit_entry(call, "account.preferences", "");
    auto change = [wishes = std::move(*wishes),
                   entry = std::move(entry),
                   person = call.person,
                   settings =
                       call.settings](database::Transaction& transaction) -> base::Result<Account> {
        auto before = accounts::preferences_of(transaction, person.row);
        if (!before) return base::failure(before.error());
        Preferences wished = *before;
        wishes.apply_to(wished);
        if (wished != *before) {
            auto set = accounts::set_preferences(transaction, person.row, wished);
            if (!set) return base::failure(set.error());
            auto noted = accounts::add_audit(transaction, entry);
            if (!noted) return base::failure(noted.error());
        }
        return account_of(transaction, person, *settings, entry.at);
    };
    auto changed = co_await call.services.store.write(std::move(change));
    if (!changed) co_return problem(changed.error(), call.services.log, "setting preferences");
    json::object answer;
    answer["preferences"] = preferences_json(changed->preferences);
    answer["digest_next_at"] = time_text(changed->digest_next_at);
    co_return json_response(200, answer);
}

Task<Response> list_time_zones(Call& call) {
    (void)call;
    json::object answer;
    answer["time_zones"] = texts_json(conf::time_zone_names());
    co_return json_response(200, answer);
}

Task<Response> revoke_digest_links(Call& call) {
    auto body = json_body(call.request);
    if (!body) co_return std::move(body.error());
    auto entry = audit_entry(call, "digest.links_revoked", "");
    auto revoke = [entry = std::move(entry),
                   addresses = call.person.addresses](database::Transaction& transaction
                  ) mutable -> base::Result<std::uint64_t> {
        auto revoked = digest::revoke_links(transaction, addresses, entry.at);
        if (!revoked) return revoked;
        entry.detail = fmt::format("{} links", *revoked);
        auto noted = accounts::add_audit(transaction, entry);
        if (!noted) return base::failure(noted.error());
        return revoked;
    };
    auto revoked = co_await call.services.store.write(std::move(revoke));
    if (!revoked) co_return problem(revoked.error(), call.services.log, "revoking digest links");
    json::object answer;
    answer["revoked"] = *revoked;
    co_return json_response(200, answer);
}

}  // namespace portal
