#pragma once

#include "accounts/api_tokens.h"
#include "accounts/people.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "conf/settings.h"
#include "database/store.h"
#include "portal/assets.h"
#include "portal/http_message.h"
#include "portal/known_names.h"
#include "portal/link_guesses.h"
#include "portal/measures.h"
#include "portal/query.h"
#include "portal/reports.h"
#include "portal/site.h"
#include "portal/workers.h"

#include <tl/expected.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>

namespace portal {

class ActRunner;

// What the pages and calls work with. One for the whole portal, used on its loop only; the store,
// log, clock and random are thread-safe.
struct Services {
    Services(
        database::Store& store_,
        base::Log& log_,
        base::Clock& clock_,
        base::Random& random_,
        metrics::Registry& registry_,
        std::function<void()> wake_courier_,
        std::span<const Asset> assets_
    )
        : store(store_),
          log(log_),
          clock(clock_),
          random(random_),
          wake_courier(std::move(wake_courier_)),
          assets(assets_),
          registry(registry_),
          measures(registry_) {}

    database::Store& store;
    base::Log& log;
    base::Clock& clock;
    base::Random& random;
    std::function<void()> wake_courier;
    std::span<const Asset> assets;
    metrics::Registry& registry;

    Workers hashing{2, 16};  // argon2: 19 MiB and tens of milliseconds each
    Workers reading{2, 32};  // taking mails out of the store and apart
    PortalMeasures measures;
    ActRunner* acts = nullptr;        // set by who makes both
    std::set<std::string> answering;  // requests with a key of their own, at work
    LinkGuesses link_guesses;
    std::set<std::string> signing_in;  // addresses with an attempt under way
    std::size_t sender_files = 0;      // lists of senders in memory, made, read or being sent
    std::size_t reading_parts = 0;     // attachments in memory, read or being sent
    bool stopping = false;
    std::map<std::int64_t, std::size_t> reading_parts_of;  // the same, by the person's row
    KnownNamesCache known_names;
    FiguresCache figures;
};

// One request, who it comes from, and the settings as they stood when it came.
struct Call {
    const Request& request;
    Services& services;
    std::shared_ptr<const conf::Settings> settings;
    std::shared_ptr<const Site> site;
    std::array<std::string, 2> path_values;  // what stood at {…} in the path
    Query query;
    std::string client;       // address of the person's machine
    accounts::Person person;  // only where the route asks for a session
    std::string token;        // of that session; "" when it came by an API token
    std::optional<accounts::ApiToken> api_token;
};

// A value, or the response to give instead.
template <class T>
using Answer = tl::expected<T, Response>;

}  // namespace portal
