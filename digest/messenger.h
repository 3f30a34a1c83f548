#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "conf/settings.h"
#include "database/store.h"
#include "metrics/monitor.h"

#include <functional>
#include <memory>

namespace digest {

// Tells people of what is held for them, on a thread of its own: looks every few seconds who is
// due, and sends a few mails a second while many are. Knows nothing of SMTP: what it sends becomes
// a row in the outbox, and `wake_courier` (called on its thread) says that there may be one.
class Messenger {
  public:
    // What is given by reference must outlive it.
    static std::unique_ptr<Messenger> start(
        std::shared_ptr<const conf::Settings> settings,
        database::Store& store,
        base::Log& log,
        base::Clock& clock,
        base::Random& random,
        metrics::Monitor& monitor,
        std::function<void()> wake_courier
    );
    virtual ~Messenger() = default;

    virtual void reload(std::shared_ptr<const conf::Settings> settings) = 0;
    // Finishes the mail it is writing and ends the thread. The store must still be open. Calling it
    // again does nothing; the destructor calls it.
    virtual void stop() = 0;
};

}  // namespace digest
