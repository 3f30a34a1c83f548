#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "conf/settings.h"
#include "database/store.h"
#include "metrics/monitor.h"

#include <memory>

namespace gateway {

// SMTP in and out: listeners, sessions, courier and housekeeping on their own threads. Everything
// else about it is private.
class Gateway {
  public:
    // Listens when this returns. Errors: invalid (an address or a TLS file cannot be used),
    // trouble.
    static base::Result<std::unique_ptr<Gateway>> start(
        std::shared_ptr<const conf::Settings> settings,
        database::Store& store,
        base::Log& log,
        base::Clock& clock,
        base::Random& random,
        metrics::Monitor& monitor
    );
    ~Gateway();

    // The next message is judged by these. On an error the old ones stay in force. This and
    // check_certificate() are for one thread.
    base::Result<void> reload(std::shared_ptr<const conf::Settings> settings);
    // Looks whether the files of [tls] have changed; if so, connections that come from now on get
    // the new certificate. A pair that does not fit together (half of it has been written) leaves
    // the old one in use, is logged once, and is tried again each time. Reads files: not on a loop.
    void check_certificate();
    // Something was put into the outbox. From any thread.
    void wake_courier();
    // No new connections; what is under way is finished within shutdown_timeout. Blocks. The store
    // must outlive this.
    void stop();

  private:
    struct Parts;
    explicit Gateway(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace gateway
