#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "conf/settings.h"
#include "database/store.h"
#include "metrics/monitor.h"
#include "portal/assets.h"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace portal {

// The web portal and its API, on a loop and a thread of its own, so that a flood of mail does not
// starve people. Knows nothing of SMTP: what it releases becomes a row in the outbox, and
// `wake_courier` (called on the portal's thread) says that there may be one.
class Portal {
  public:
    // Binds settings->portal.address, which must be set, and logs `event=listening room=portal`.
    // Everything given by reference must outlive the portal. Errors: in_use, invalid, trouble.
    static base::Result<std::unique_ptr<Portal>> start(
        std::shared_ptr<const conf::Settings> settings,
        database::Store& store,
        base::Log& log,
        base::Clock& clock,
        base::Random& random,
        metrics::Monitor& monitor,
        std::function<void()> wake_courier,
        std::span<const Asset> assets = web_assets()
    );
    virtual ~Portal() = default;

    virtual std::string address() const = 0;  // "127.0.0.1:8080"

    // Requests that come from now on see the new settings. The listening address and the limits of
    // what is under way stay as they are.
    virtual base::Result<void> reload(std::shared_ptr<const conf::Settings> settings) = 0;

    // Accepts no more, lets what works finish for at most ten seconds, ends the thread. The store
    // must still be open. Calling it again does nothing; the destructor calls it.
    virtual void stop() = 0;
};

}  // namespace portal
