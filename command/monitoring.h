#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "conf/settings.h"
#include "database/store.h"
#include "metrics/monitor.h"

#include <memory>
#include <string>

namespace command {

// The address that monitoring asks, on a loop and a thread of its own so that it answers when the
// others do not: /metrics for Prometheus, /healthz (loops and writer live), /readyz (mail is taken;
// if not, why not, in words). 503 is "no". Numbers and rule names only, nothing of any mail.
class Monitoring {
  public:
    // Binds settings.metrics.address, which must be set, and logs `event=listening room=metrics`.
    // Not ready until serving() says so. Errors: in_use, trouble. What is given must outlive it.
    static base::Result<std::unique_ptr<Monitoring>> start(
        const conf::Settings& settings,
        metrics::Monitor& monitor,
        base::Log& log,
        base::Clock& clock
    );
    virtual ~Monitoring() = default;

    virtual std::string address() const = 0;  // "127.0.0.1:9464"

    // From any thread. The store must outlive this; it may be closed.
    virtual void serving(database::Store& store) = 0;
    virtual void stopping() = 0;
    // Names under which it may be asked for.
    virtual void reload(const conf::Settings& settings) = 0;
};

}  // namespace command
