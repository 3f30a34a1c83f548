#include "portal/link_guesses.h"

#include "mail/ip_address.h"

#include <algorithm>

namespace portal {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes forgotten_after{15};
constexpr seconds delay_max{60};
constexpr int doublings_max = 6;

// An IPv6 network has more addresses than anybody could be told apart by.
std::string guesser_of(std::string_view client) {
    const auto address = mail::IpAddress::parse(client);
    return address ? address->counted_as().text() : std::string(client);
}

}  // namespace

std::optional<milliseconds> LinkGuesses::delay(std::string_view client, base::Time now) const {
    const auto found = sources_.find(guesser_of(client));
    if (found == sources_.end() || found->second.guesses < free_guesses) return std::nullopt;
    const Source& source = found->second;
    const int doublings = std::min(source.guesses - free_guesses, doublings_max);
    const milliseconds wait = std::min<milliseconds>(seconds(1LL << doublings), delay_max);
    // A clock that was set back makes nobody wait longer than that.
    const milliseconds left = std::min<milliseconds>(source.last + wait - now, wait);
    return left > milliseconds(0) ? std::optional(left) : std::nullopt;
}

void LinkGuesses::note(std::string_view client, base::Time now) {
    if (sources_.size() >= sources_max) {
        std::erase_if(sources_, [&](const auto& entry) {
            return now - entry.second.last > forgotten_after;
        });
    }
    if (sources_.size() >= sources_max) {
        // The lightest goes: a flood of addresses must not wash out the one that tries most.
        sources_.erase(std::min_element(
            sources_.begin(),
            sources_.end(),
            [](const auto& a, const auto& b) { return a.second.guesses < b.second.guesses; }
        ));
    }
    Source& source = sources_[guesser_of(client)];
    if (now - source.last > forgotten_after) source.guesses = 0;
    ++source.guesses;
    source.last = now;
}

}  // namespace portal
