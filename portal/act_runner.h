#pragma once

#include "accounts/people.h"
#include "base/async.h"
#include "base/log.h"
#include "base/result.h"
#include "conf/settings.h"
#include "database/store.h"
#include "portal/act_record.h"
#include "portal/workers.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace portal {

// Carries out what stands in the record of acts: jobs, undoing, and letting go what long acts have
// released. On the portal's loop, a few hundred holds at a time, each act in its turn, so that
// people's requests come in between. Whatever it stops at, it goes on from there: after a stop, a
// crash, or trouble of the store.
class ActRunner {
  public:
    static constexpr int batch = 200;  // holds in one transaction
    // What a job releases leaves once the job has ended. Should it never end (no portal runs any
    // more), the mail leaves that long after its release all the same.
    static constexpr std::chrono::hours leaves_at_the_latest{1};

    ActRunner(
        boost::asio::io_context& loop,
        database::Store& store,
        base::Log& log,
        base::Clock& clock,
        base::Random& random,
        Workers& composing,
        std::function<void()> wake_courier
    );

    void use(std::shared_ptr<const conf::Settings> settings) { settings_ = std::move(settings); }
    // Goes on with what was cut short. Needs settings.
    void start();
    // There is something new in the record.
    void wake();
    // After the batch under way, on the loop.
    void stop();

    // The record once the act is at work no more; as it is when the portal stops first.
    base::Task<base::Result<quarantine::ActRecord>> ended(std::string who, std::string id);

  private:
    struct Page;
    base::Task<> run();
    base::Task<> turn_after(std::uint64_t seen);
    base::Task<base::Result<bool>> round();
    base::Task<base::Result<void>> step(quarantine::ActRecord act);
    base::Task<base::Result<void>> act_on_batch(quarantine::ActRecord act);
    base::Task<base::Result<void>> end(quarantine::ActRecord act);
    base::Task<base::Result<void>> take_back(quarantine::ActRecord act);
    base::Task<base::Result<void>> give_up(quarantine::ActRecord act);
    base::Task<std::vector<ReportMail>> compose(
        const Actor& actor, ActRules rules, ReportAs as, const std::vector<std::string>& ids
    );

    database::Store& store_;
    base::Log& log_;
    base::Clock& clock_;
    base::Random& random_;
    Workers& composing_;
    std::function<void()> wake_courier_;
    boost::asio::io_context& loop_;
    boost::asio::steady_timer pause_;
    boost::asio::steady_timer turn_;
    std::shared_ptr<const conf::Settings> settings_;
    std::map<std::int64_t, int> failures_;  // in a row, by the record's row
    std::uint64_t turns_ = 0;
    bool is_woken_ = false;
    bool stopping_ = false;
};

// What a person's rights say about a job's scope now. "" when they suffice, else a sentence.
std::string_view missing_right(const accounts::Person& person, quarantine::Scope scope);

// An act that has nothing more to do to holds: `done`, `cancelled` or `failed`, and can be taken
// back for the undo window.
void finish(
    quarantine::ActRecord& act, const ActProgress& progress, const ActRules& rules, base::Time now
);

}  // namespace portal
