#include "gateway/courier.h"

#include "gateway/outcome.h"
#include "gateway/smtp_replies.h"
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

}  // namespace

Route route_to(const conf::Settings& settings, const mail::Domain& domain) {
    if (const auto* ours = settings.domain_of(domain)) return {ours->backend, ours->backend_tls};
    if (settings.courier.relay) return {*settings.courier.relay, conf::TlsMode::optional};
    const auto& first = settings.domains.front();
    return {first.backend, first.backend_tls};
}

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
    loop_.on_stop([this] { wake(); });
    auto free = [](database::Transaction& transaction) {
        return quarantine::free_all(transaction);
    };
    bool freed = false;
    while (!loop_.is_stopping()) {
        Result<void> begun;
        if (!freed) {
            begun = co_await services.store.write(free);
            freed = begun.has_value();
        }
        if (freed) begun = co_await begin_due();
        if (!begun) services.log.error("courier_trouble", {{"error", begun.error().text}});
        co_await pause();
    }
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
    auto take = [now, limit](database::Transaction& transaction) {
        return quarantine::take_due(transaction, now, limit);
    };
    auto due = co_await services.store.write(std::move(take));
    if (!due) co_return failure(due.error());
    auto batches = batches_of(std::move(*due));
    under_way_ += batches.size();
    for (auto& batch : batches) loop_.spawn("courier", send(std::move(batch)));
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

Task<> Courier::send(Batch batch) {
    const auto settings = loop_.services().current()->settings;
    const auto& domain = batch.front().envelope.recipients.front().address.domain();
    const Route route = route_to(*settings, domain);
    const std::string key = route.key();
    std::vector<mail::Reply> answers(batch.size(), replies::backend_unreachable());
    auto& way = ways_[key];
    if (!way.is_silent || way.batches == 0) {
        ++way.batches;
        answers = co_await try_now(batch, route);
        --way.batches;
    }
    co_await finish(batch, answers);
    --under_way_;
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

Task<> Courier::finish(const Batch& batch, const std::vector<mail::Reply>& answers) {
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
    }
    auto job = [&batch, &outcomes, &notices, now](database::Transaction& transaction
               ) -> Result<void> {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            auto written = write_outcome(transaction, batch[i], outcomes[i], notices[i], now);
            if (!written) return written;
        }
        return {};
    };
    // Until it is written the rows stay marked as being sent: tried until the store takes it, so
    // that nothing is sent twice for a full disk and nothing is forgotten.
    while (true) {
        const Result<void> written = co_await services.store.write(job);
        if (written) co_return;
        services.log.error("courier_trouble", {{"error", written.error().text}});
        if (loop_.is_stopping()) co_return;  // free_all() at the next start makes them due again
        boost::asio::steady_timer timer(loop_.context());
        timer.expires_after(look_every);
        co_await timer.async_wait(use_task);
    }
}

}  // namespace gateway
