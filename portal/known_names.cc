#include "portal/known_names.h"

#include "portal/call.h"

#include <utility>
#include <vector>

namespace portal {

using base::Result;
using base::Task;
using Names = std::shared_ptr<const KnownNames>;

Task<Result<Names>> known_names(
    Services& services, std::shared_ptr<const conf::Settings> settings
) {
    KnownNamesCache& cache = services.known_names;
    const auto now = std::chrono::steady_clock::now();
    const bool is_fresh = cache.read_at && now - *cache.read_at < KnownNamesCache::kept;
    if (is_fresh && cache.settings == settings) co_return cache.names;
    auto read = [&services, settings]() -> Result<Names> {
        auto people = services.store.read_and_wait([](database::Snapshot& snapshot) {
            return accounts::list_people(snapshot);
        });
        if (!people) return base::failure(std::move(people.error()));
        std::vector<mail::Domain> domains;
        for (const conf::ProtectedDomain& domain : settings->domains)
            domains.push_back(domain.name);
        return std::make_shared<const KnownNames>(*people, std::move(domains));
    };
    Result<Names> names = co_await services.reading.run(std::move(read));
    if (!names) co_return names;
    cache.names = *names;
    cache.settings = std::move(settings);
    cache.read_at = now;
    co_return names;
}

}  // namespace portal
