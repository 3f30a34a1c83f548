#include "gateway/housekeeping.h"

#include "accounts/sessions.h"
#include "quarantine/hold_store.h"
#include "tracking/records.h"
#include "tracking/tallies.h"

namespace gateway {

using base::failure;
using base::Result;
using base::Task;
using base::use_task;

namespace {

constexpr std::chrono::minutes clean_every{10};
constexpr int rows_per_step = 200;
constexpr int records_per_step = 2000;  // of tracking: small ones

}  // namespace

Task<Result<bool>> Housekeeping::step() {
    auto& services = loop_.services();
    const auto settings = services.current()->settings;
    const auto now = services.clock.now();
    auto expire = [now](database::Transaction& transaction) {
        return quarantine::expire(transaction, now, rows_per_step);
    };
    const auto expired = co_await services.store.write(std::move(expire));
    if (!expired) co_return failure(expired.error());
    if (expired->rests && !rested_)
        services.log.warning(
            "expiry_rests",
            {{"why", "the clock moved by more than a day, or the gateway was off for as long"}}
        );
    rested_ = expired->rests;
    if (rested_) co_return false;
    const auto before = now - std::chrono::days(settings->quarantine.rejected_days);
    auto forget = [before](database::Transaction& transaction) {
        return quarantine::expire_rejected(transaction, before, rows_per_step);
    };
    const auto forgotten = co_await services.store.write(std::move(forget));
    if (!forgotten) co_return failure(forgotten.error());
    const accounts::SessionLimits limits{
        settings->portal.session_idle, settings->portal.session_absolute
    };
    auto clear = [limits, now](database::Transaction& transaction) {
        return accounts::remove_ended_sessions(transaction, limits, now);
    };
    const auto cleared = co_await services.store.write(std::move(clear));
    if (!cleared) co_return failure(cleared.error());
    const auto bounds = services.tracking.limits();
    const auto tracked_before = now - bounds.retention;
    // Counts without addresses outlive the records; who records nothing keeps no counts either.
    const auto counted_before =
        bounds.retention.count() == 0 ? now : now - base::Time::duration(tracking::counts_kept);
    auto prune = [tracked_before, counted_before, bounds](database::Transaction& transaction
                 ) -> Result<std::uint64_t> {
        auto counts =
            tracking::prune_tallies(transaction, counted_before, tracked_before, records_per_step);
        if (!counts) return counts;
        auto records =
            tracking::prune(transaction, tracked_before, bounds.records_max, records_per_step);
        if (!records) return records;
        return *counts + *records;
    };
    const auto pruned = co_await services.store.write(std::move(prune));
    if (!pruned) co_return failure(pruned.error());
    if (expired->expired + expired->removed_mails > 0)
        services.log.info(
            "expired",
            {{"holds", std::to_string(expired->expired)},
             {"messages_removed", std::to_string(expired->removed_mails)}}
        );
    co_return expired->expired + expired->removed_mails + *forgotten + *pruned > 0;
}

Task<> Housekeeping::run() {
    while (!loop_.is_stopping()) {
        const Result<bool> more = co_await step();
        if (!more)
            loop_.services().log.error("housekeeping_trouble", {{"error", more.error().text}});
        if (more && *more) continue;
        if (loop_.is_stopping()) co_return;
        timer_.expires_after(clean_every);
        co_await timer_.async_wait(use_task);
    }
}

}  // namespace gateway
