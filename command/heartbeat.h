#pragma once

#include "base/async.h"
#include "base/log.h"
#include "command/supervisor.h"
#include "database/store.h"
#include "metrics/liveness.h"

#include <boost/asio/io_context.hpp>

#include <chrono>

namespace command {

// Tells the service manager's watchdog that we work, and only when we do: no loop has been silent
// since the last beat, and the store's writer has taken a job and answered. A slow disk delays a
// beat; a loop or a writer that hangs ends them. For one thread, which is the one of `loop`.
class Heartbeat {
  public:
    // What is given must outlive `loop`.
    Heartbeat(
        boost::asio::io_context& loop,
        Supervisor& supervisor,
        const metrics::Liveness& liveness,
        base::Log& log
    );
    // Does nothing when nobody watches.
    void start(database::Store& store);
    // From here on the loops end one by one: the beat only says that we are still at it, and the
    // time for stopping is the service manager's to bound.
    void stopping() { is_stopping_ = true; }

  private:
    base::Task<> beat();
    base::Task<> ask_writer();
    bool is_alive();
    void complain(std::string_view who);
    std::chrono::microseconds pause() const;

    boost::asio::io_context& loop_;
    Supervisor& supervisor_;
    const metrics::Liveness& liveness_;
    base::Log& log_;
    database::Store* store_ = nullptr;
    bool writer_asked_ = false;  // and has not answered yet
    bool has_complained_ = false;
    bool is_stopping_ = false;
};

}  // namespace command
