#pragma once

#include "base/async.h"
#include "gateway/loop.h"

#include <boost/asio/steady_timer.hpp>

namespace gateway {

// Ends holds past their time and forgets what nobody needs, in small steps between which others
// write. Until the loop stops.
class Housekeeping {
  public:
    explicit Housekeeping(Loop& loop) : loop_(loop) {}
    base::Task<> run();
    // On the loop, when it stops.
    void stop() { timer_.cancel(); }

  private:
    base::Task<base::Result<bool>> step();  // false: nothing is left to do for now

    Loop& loop_;
    bool rested_ = false;  // the last time
    boost::asio::steady_timer timer_{loop_.context()};
};

}  // namespace gateway
