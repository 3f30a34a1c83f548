#include "gateway/courier.h"

#include "gateway/courier_shares.h"
#include "gateway/outcome.h"
#include "gateway/smtp_replies.h"
#include "gateway/track.h"
#include "quarantine/message.h"

#include <algorithm>
#include <tuple>

namespace gateway {

using base::failure;
using base::Result;
using base::Task;
using base::use_task;

namespace {

// Another process (the command line) may put something into the outbox without telling us.
constexpr Timeout look_every{1000};
// Less than this between two looks is a clock that is being adjusted, not set.
constexpr Timeout clock_step_min{2000};

// With its jitter.
Timeout longest_wait(const conf::Courier& settings) {
    return settings.max_retry * 6 / 5 + Timeout(settings.undo_window);
}

}  // namespace

Route route_to(const conf::Settings& settings, const mail::Domain& domain) {
    if (const auto* ours = settings.domain_of(domain)) return {ours->backend, ours->backend_tls};
    if (settings.courier.relay) return {*settings.courier.relay, conf::TlsMode::optional};
    const auto& first = settings.domains.front();
    return {first.backend, first.backend_tls};
}

Courier::Courier(Loop& loop)
    : loop_(loop),
      wall_at_(loop.services().clock.now()),
      steady_at_(std::chrono::steady_clock::now()) {}

void Courier::wake() {
    woken_ = true;
    timer_.cancel();
}

Task<> Courier::pause() {
    if (std::exchange(woken_, false) || loop_.is_stopping()) co_return;
    timer_.expires_after(look_every);
    co_await timer_.async_wait(use_task);  // cancelled: there is something to do
    woken_ = false;
}

Task<> Courier::run() {
    auto& services = loop_.services();
    while (!loop_.is_stopping()) {
        Result<void> begun = co_await follow_clock();
        if (begun) begun = co_await free_orphans();
        const bool may_send = begun && !has_orphans_;
        if (may_send) begun = co_await begin_due();
        if (!begun) services.log.error("courier_trouble", {{"error", begun.error().text}});
        co_await pause();
    }
}

Task<Result<void>> Courier::free_orphans() {
    if (is_taking_) has_orphans_ = true;
    // What is under way is marked, too.
    if (!has_orphans_ || under_way_ > 0) co_return Result<void>();
    auto& services = loop_.services();
    const auto now = services.clock.now();
    const auto longest = longest_wait(services.current()->settings->courier);
    auto free = [now, longest](database::Transaction& transaction) -> Result<void> {
        auto freed = quarantine::free_all(transaction);
        if (!freed) return freed;
        return quarantine::wait_no_longer_than(transaction, now, longest);
    };
    const Result<void> freed = co_await services.store.write(std::move(free));
    if (freed) has_orphans_ = is_taking_ = false;
    co_return freed;
}

Task<Result<void>> Courier::follow_clock() {
    auto& services = loop_.services();
    const auto wall = services.clock.now();
    const auto steady = std::chrono::steady_clock::now();
    const auto passed = std::chrono::floor<Timeout>(steady - steady_at_);
    const Timeout step = (wall - wall_at_) - passed;
    if (step <= -clock_step_min) {
        services.log.warning("clock_set_back", {{"seconds", std::to_string(-step.count() / 1000)}});
        auto follow = [step](database::Transaction& transaction) {
            return quarantine::follow_clock_back(transaction, -step);
        };
        const Result<void> followed = co_await services.store.write(std::move(follow));
        if (!followed) co_return failure(followed.error());
    }
    wall_at_ = wall;
    steady_at_ = steady;
    co_return Result<void>();
}

Task<Result<void>> Courier::begin_due() {
    auto& services = loop_.services();
    const auto settings = services.current()->settings;
    const auto now = services.clock.now();
    if (under_way_ >= settings->courier.parallel) co_return Result<void>();
    const int limit = static_cast<int>(settings->courier.parallel - under_way_);
    // Looking is a read: an idle gateway does not write every second.
    auto look = [](database::Snapshot& snapshot) { return quarantine::next_due(snapshot); };
    const auto next = co_await services.store.read(std::move(look));
    if (!next) co_return failure(next.error());
    if (!*next || **next > now) co_return Result<void>();
    CourierShares shares(settings);
    for (const auto& [key, way] : ways_) {
        shares.is_busy(key, way.batches);
        if (way.is_silent) shares.is_silent(key);
    }
    auto take = [now, limit, shares](database::Transaction& transaction) mutable {
        const auto wanted = [&shares](const mail::Address& to) { return shares.take(to); };
        return quarantine::take_due(transaction, now, limit, wanted);
    };
    is_taking_ = true;
    auto due = co_await services.store.write(std::move(take));
    if (!due) co_return failure(due.error());
    for (const auto& row : due->unreadable) services.log.error("courier_trouble", {{"error", row}});
    auto batches = batches_of(std::move(due->rows));
    std::vector<Place> places;
    for (std::size_t i = 0; i < batches.size(); ++i) places.emplace_back(*this);
    is_taking_ = false;
    for (std::size_t i = 0; i < batches.size(); ++i)
        loop_.spawn("courier", send(std::move(batches[i]), std::move(places[i])));
    co_return Result<void>();
}

std::vector<Courier::Batch> Courier::batches_of(std::vector<quarantine::Outgoing> due) const {
    const auto settings = loop_.services().current()->settings;
    const auto kind = [&](const quarantine::Outgoing& outgoing) {
        const auto& domain = outgoing.envelope.recipients.front().address.domain();
        return std::tuple(
            outgoing.mail_row, route_to(*settings, domain).key(), outgoing.added_fields
        );
    };
    std::vector<Batch> batches;
    for (auto& outgoing : due) {
        const auto same = std::find_if(batches.begin(), batches.end(), [&](const Batch& batch) {
            return kind(batch.front()) == kind(outgoing);
        });
        if (same == batches.end())
            batches.emplace_back().push_back(std::move(outgoing));
        else
            same->push_back(std::move(outgoing));
    }
    return batches;
}

Task<Result<mail::MessageBytes>> Courier::bytes_of(std::int64_t mail_row) {
    const auto settings = loop_.services().current()->settings;
    mail::SpoolSettings spool;
    spool.directory = settings->data_dir;
    spool.memory_bytes_max = settings->smtp.spool_memory_bytes;
    std::optional<mail::MessageBytes> bytes;
    auto load = [mail_row, spool, &bytes](database::Snapshot& snapshot) -> Result<void> {
        auto loaded = quarantine::load_bytes(snapshot, mail_row, spool);
        if (!loaded) return failure(loaded.error());
        bytes.emplace(std::move(*loaded));
        return {};
    };
    const Result<void> loaded = co_await loop_.services().store.read(std::move(load));
    if (!loaded) co_return failure(loaded.error());
    co_return std::move(*bytes);
}

Task<> Courier::send(Batch batch, Place place) {
    const auto settings = loop_.services().current()->settings;
    const auto& domain = batch.front().envelope.recipients.front().address.domain();
    const Route route = route_to(*settings, domain);
    const std::string key = route.key();
    std::vector<mail::Reply> answers(batch.size(), replies::backend_unreachable());
    auto& way = ways_[key];
    if (!way.is_silent || way.batches == 0) {
        const OnItsWay counted(way);
        answers = co_await try_now(batch, route);
    }
    const bool is_written = co_await finish(batch, answers);
    place.end(is_written);
    wake();  // there is a free place
}

Task<std::vector<mail::Reply>> Courier::try_now(const Batch& batch, Route route) {
    auto& services = loop_.services();
    const Result<mail::MessageBytes> bytes = co_await bytes_of(batch.front().mail_row);
    if (!bytes) {
        services.log.error(
            "courier_trouble", {{"id", batch.front().mail_id}, {"error", bytes.error().text}}
        );
        co_return std::vector<mail::Reply>(batch.size(), replies::own_trouble());
    }
    mail::Envelope envelope = batch.front().envelope;
    for (std::size_t i = 1; i < batch.size(); ++i)
        envelope.recipients.push_back(batch[i].envelope.recipients.front());
    const RelayOutcome outcome = co_await relay(
        loop_.pool(),
        route,
        envelope,
        batch.front().added_fields,
        *bytes,
        Refused::send_to_the_others
    );
    ways_[route.key()].is_silent = !outcome.trouble.empty();
    if (!outcome.trouble.empty())
        services.log.warning(
            "backend_trouble", {{"backend", route.endpoint.text()}, {"error", outcome.trouble}}
        );
    co_return outcome.answers;
}

Task<bool> Courier::finish(const Batch& batch, const std::vector<mail::Reply>& answers) {
    auto& services = loop_.services();
    const auto settings = services.current()->settings;
    const auto now = services.clock.now();
    std::vector<Outcome> outcomes;
    std::vector<NoticeSettings> notices;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const double jitter = static_cast<double>(base::random_below(services.random, 1000)) / 1000;
        outcomes.push_back(outcome_of(batch[i], answers[i], settings->courier, now, jitter));
        notices.push_back(
            {settings->hostname,
             base::random_id(services.random),
             std::chrono::days(settings->quarantine.retention_days)}
        );
        switch (outcomes[i].kind) {
            case Outcome::Kind::delivered:
                services.measures.courier_delivered.add();
                break;
            case Outcome::Kind::retry:
                services.measures.courier_retried.add();
                break;
            case Outcome::Kind::failed:
                services.measures.courier_failed.add();
                break;
        }
        services.log.info(
            "courier",
            {{"id", batch[i].mail_id},
             {"hold", batch[i].hold_id},
             {"recipient", batch[i].envelope.recipients.front().address.text()},
             {"outcome",
              outcomes[i].kind == Outcome::Kind::delivered ? "delivered"
              : outcomes[i].kind == Outcome::Kind::retry   ? "retry"
                                                           : "failed"},
             {"attempts", std::to_string(batch[i].attempts + 1)},
             {"reply", outcomes[i].why}}
        );
        const auto& domain = batch[i].envelope.recipients.front().address.domain();
        track_delivery(services, batch[i], route_to(*settings, domain).endpoint, outcomes[i], now);
    }
    auto job = [&batch, &outcomes, &notices, now](database::Transaction& transaction
               ) -> Result<void> {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            auto written = write_outcome(transaction, batch[i], outcomes[i], notices[i], now);
            // Conflict: somebody has taken the row away, and nothing was changed.
            if (!written && written.error().kind != base::ErrorKind::conflict) return written;
        }
        return {};
    };
    // Until it is written the rows stay marked as being sent: tried until the store takes it, so
    // that nothing is sent twice for a full disk and nothing is forgotten.
    while (true) {
        const Result<void> written = co_await services.store.write(job);
        if (written) co_return true;
        services.log.error("courier_trouble", {{"error", written.error().text}});
        if (loop_.is_stopping()) co_return false;  // free_all() makes them due again
        boost::asio::steady_timer timer(loop_.context());
        timer.expires_after(look_every);
        co_await timer.async_wait(use_task);
    }
}

}  // namespace gateway
