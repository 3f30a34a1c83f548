#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "conf/settings.h"
#include "database/store.h"
#include "gateway/backend_facts.h"
#include "gateway/connection_counts.h"
#include "gateway/measures.h"
#include "gateway/recipient_cache.h"
#include "gateway/tls.h"
#include "metrics/monitor.h"
#include "tracking/recorder.h"

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <mutex>

namespace gateway {

// The settings in force and what was made from them. Immutable; a reload puts another one in its
// place.
struct Current {
    std::shared_ptr<const conf::Settings> settings;
    std::shared_ptr<const VerdictMeasures> verdicts;  // of the settings' rules
    std::shared_ptr<TlsContext> server_tls;           // none without [tls]
    std::shared_ptr<TlsContext> backend_tls;          // encrypts, does not check (opportunistic)
    std::shared_ptr<TlsContext> backend_tls_checked;  // checks the back end's certificate
};

inline tracking::Limits tracking_limits(const conf::Settings& settings) {
    return {std::chrono::days(settings.tracking.retention_days), settings.tracking.max_records};
}

// What connections and courier of all loops share; each part is thread-safe.
struct Services {
    database::Store& store;
    base::Log& log;
    base::Clock& clock;
    base::Random& random;
    metrics::Monitor& monitor;
    Measures measures;
    RecipientCache recipients;
    ConnectionCounts counts;
    BackendFacts backends;
    tracking::Recorder tracking;  // what became of each mail
    std::shared_ptr<void> tracking_figures;
    boost::asio::thread_pool workers{2};  // for messages too large to look at on a loop

    std::shared_ptr<const Current> current() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }
    void replace(std::shared_ptr<const Current> next) {
        tracking.set(tracking_limits(*next->settings));
        const std::lock_guard lock(mutex_);
        current_ = std::move(next);
    }

    Services(
        database::Store& the_store,
        base::Log& the_log,
        base::Clock& the_clock,
        base::Random& the_random,
        metrics::Monitor& the_monitor,
        std::shared_ptr<const Current> first
    )
        : store(the_store),
          log(the_log),
          clock(the_clock),
          random(the_random),
          monitor(the_monitor),
          measures(monitor.registry),
          recipients(
              first->settings->backend.recipient_cache_entries,
              first->settings->backend.recipient_cache_ttl
          ),
          tracking(the_store, the_log, tracking_limits(*first->settings)),
          tracking_figures(monitor.registry.add_source([this](metrics::Text& text) {
              write_figures(text, tracking.counts());
          })),
          current_(std::move(first)) {}

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Current> current_;
};

}  // namespace gateway
