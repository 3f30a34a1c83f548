#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "conf/settings.h"
#include "database/store.h"
#include "digest/measures.h"
#include "digest/sending.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace digest {

// Who is told, and when: one step of the work at a time, so that ten thousand people whose digest
// is due at eight do not stand between mail and its back end. Used by one thread.
//
// A round serves every time of day that has passed since the last one. It goes through the owners
// of holds in the order of their addresses; the store knows until when rounds have served. So a
// time that was missed (a stop, a crash, a clock that was set) is made up for once, and a round
// that was cut short begins again: who has got a digest has nothing new then.
class Rounds {
  public:
    Rounds(
        database::Store& store,
        base::Log& log,
        base::Random& random,
        Measures& measures,
        std::function<void()> wake_courier
    );

    enum class Left { nothing, more };
    // Sends at most `mails_a_step` mails. more: something is due that had to wait for its turn.
    base::Result<Left> step(const conf::Settings& settings, base::Time now);

    static constexpr int mails_a_step = 20;

  private:
    struct Clock {
        base::Time served_until;
        std::optional<base::Time> round_until;
    };
    base::Result<void> read_clock(base::Time now);
    base::Result<void> write_clock(const Clock& next);
    base::Result<void> begin_round_if_due(const conf::Settings& settings, base::Time now);
    base::Result<void> go_round(const conf::Settings& settings, base::Time now);
    base::Result<void> end_round(base::Time now);
    void serve(const conf::Settings& settings, const std::string& owner, base::Time now);
    bool is_due(const Schedule& schedule);
    base::Result<void> notify(const conf::Settings& settings, base::Time now);
    // False when something is left to tell.
    base::Result<bool> notify_owner(
        const conf::Settings& settings,
        const std::string& owner,
        base::Time since,
        base::Time now,
        std::set<std::string>& seen
    );
    // One owner's trouble is counted and said, and keeps nobody else from being told.
    void note_failure(Kind kind, std::string_view who, const base::Error& error);
    // False when this recipient has to be tried again.
    bool tell(
        const conf::Settings& settings,
        const Recipient& recipient,
        const Order& order,
        base::Time now
    );

    database::Store& store_;
    base::Log& log_;
    base::Random& random_;
    Measures& measures_;
    std::function<void()> wake_courier_;

    std::optional<Clock> clock_;  // as it stands in the store, but for served_until when idle
    base::Time written_at_;       // served_until as it stands in the store
    std::string last_owner_;      // of the round, served
    bool round_has_failures_ = false;
    int passes_ = 0;  // of the round, that ended with failures
    std::optional<base::Time> next_pass_;
    std::map<std::string, bool> due_schedules_;  // of the round
    std::optional<base::Time> notified_until_;
    int mails_left_ = 0;  // of this step
    bool is_more_ = false;
};

}  // namespace digest
