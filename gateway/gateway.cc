#include "gateway/gateway.h"

#include "gateway/courier.h"
#include "gateway/housekeeping.h"
#include "gateway/listener.h"
#include "gateway/loop.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <thread>
#include <vector>

namespace gateway {

using base::failure;
using base::Result;
using base::Task;

struct Gateway::Parts {
    Services services;
    std::vector<std::unique_ptr<Loop>> loops;
    std::unique_ptr<Courier> courier;
    std::unique_ptr<Housekeeping> housekeeping;
    TlsFiles tls_files;       // when they were read last
    std::string tls_problem;  // of that reading; "" when it gave the certificate in use
    std::shared_ptr<void> sessions_measured;

    Parts(
        std::shared_ptr<const Current> current,
        database::Store& store,
        base::Log& log,
        base::Clock& clock,
        base::Random& random,
        metrics::Monitor& monitor
    )
        : services(store, log, clock, random, monitor, std::move(current)) {
        sessions_measured = monitor.registry.add_source([this](metrics::Text& text) {
            text.value(
                metrics::Kind::gauge,
                "postern_smtp_sessions_open",
                "Connections of clients that are open.",
                {},
                static_cast<double>(services.counts.open())
            );
        });
        show_certificate();
    }

    void show_certificate() {
        const auto current = services.current();
        const auto* tls = current->server_tls.get();
        services.measures.certificate_expires.set(tls == nullptr ? 0 : certificate_end(*tls));
    }
};

namespace {

Result<std::shared_ptr<const Current>> current_of(
    std::shared_ptr<const conf::Settings> settings, metrics::Registry& registry
) {
    auto current = std::make_shared<Current>();
    current->settings = std::move(settings);
    current->verdicts = std::make_shared<VerdictMeasures>(registry, current->settings->rules);
    if (current->settings->tls.is_set()) {
        auto server = server_context(current->settings->tls);
        if (!server) return failure(server.error());
        current->server_tls = std::move(*server);
    }
    auto plain = client_context(PeerCheck::none);
    if (!plain) return failure(plain.error());
    current->backend_tls = std::move(*plain);
    auto checked = client_context(PeerCheck::system_authorities);
    if (!checked) return failure(checked.error());
    current->backend_tls_checked = std::move(*checked);
    return std::shared_ptr<const Current>(std::move(current));
}

// Learns what the back ends offer before the first client asks us. One that is down is learned of
// later.
Task<> meet_backends(Loop& loop) {
    const auto settings = loop.services().current()->settings;
    for (const auto& domain : settings->domains) {
        const Route route{domain.backend, domain.backend_tls};
        const Result<Lease> lease =
            co_await loop.pool().take(route, settings->backend.connect_timeout);
        if (!lease)
            loop.services().log.warning(
                "backend_trouble",
                {{"backend", route.endpoint.text()}, {"error", lease.error().text}}
            );
    }
}

}  // namespace

Gateway::Gateway(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Gateway::~Gateway() {
    stop();
}

Result<std::unique_ptr<Gateway>> Gateway::start(
    std::shared_ptr<const conf::Settings> settings,
    database::Store& store,
    base::Log& log,
    base::Clock& clock,
    base::Random& random,
    metrics::Monitor& monitor
) {
    // Looked at before they are read: what is written in between is seen next time.
    const TlsFiles tls_files = TlsFiles::of(settings->tls);
    auto current = current_of(settings, monitor.registry);
    if (!current) return failure(current.error());
    auto parts = std::make_unique<Parts>(std::move(*current), store, log, clock, random, monitor);
    parts->tls_files = tls_files;
    std::uint64_t count = settings->threads;
    if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
    // Each loop has connections of its own to a back end, one at least.
    count = std::min(count, settings->backend.max_connections);
    for (std::uint64_t i = 0; i < count; ++i)
        parts->loops.push_back(
            std::make_unique<Loop>(parts->services, count, fmt::format("SMTP loop {}", i))
        );
    for (auto listener : settings->smtp.listeners) {
        for (auto& loop : parts->loops) {
            auto acceptor = listen(loop->context(), listener.address);
            if (!acceptor) return failure(acceptor.error());
            // Port 0 was picked for the first loop; the others share it.
            const bool first = loop == parts->loops.front();
            if (first) listener.address.port = acceptor->local_endpoint().port();
            accept_connections(std::move(*acceptor), *loop, listener);
        }
        log.info("listening", {{"room", "smtp"}, {"address", listener.address.text()}});
    }
    auto& first = *parts->loops.front();
    parts->courier = std::make_unique<Courier>(first);
    parts->housekeeping = std::make_unique<Housekeeping>(first);
    for (auto& loop : parts->loops)
        loop->wake_courier = [&first, courier = parts->courier.get()] {
            boost::asio::post(first.context(), [courier] { courier->wake(); });
        };
    const auto wake = [courier = parts->courier.get()] { courier->wake(); };
    first.on_stop(wake);
    first.keep_running("courier", [courier = parts->courier.get()] { return courier->run(); });
    const auto rest = [keeper = parts->housekeeping.get()] { keeper->stop(); };
    first.on_stop(rest);
    first.keep_running("housekeeping", [keeper = parts->housekeeping.get()] {
        return keeper->run();
    });
    first.spawn("back ends", meet_backends(first));
    for (auto& loop : parts->loops) loop->start();
    return std::unique_ptr<Gateway>(new Gateway(std::move(parts)));
}

Result<void> Gateway::reload(std::shared_ptr<const conf::Settings> settings) {
    const TlsFiles tls_files = TlsFiles::of(settings->tls);
    auto current = current_of(std::move(settings), parts_->services.monitor.registry);
    if (!current) return failure(current.error());
    parts_->services.replace(std::move(*current));
    parts_->tls_files = tls_files;
    parts_->tls_problem.clear();
    parts_->show_certificate();
    return {};
}

void Gateway::check_certificate() {
    auto& services = parts_->services;
    const auto current = services.current();
    const auto& tls = current->settings->tls;
    if (!tls.is_set()) return;
    const TlsFiles files = TlsFiles::of(tls);
    const bool changed = files != std::exchange(parts_->tls_files, files);
    // What did not fit is tried again although it looks the same: clocks of file systems are
    // coarse.
    if (!changed && parts_->tls_problem.empty()) return;
    auto context = server_context(tls);
    if (!context) {
        if (changed) services.measures.certificate_reloads_failed.add();
        const auto& problem = context.error().text;
        if (std::exchange(parts_->tls_problem, problem) != problem)
            services.log.warning(
                "certificate_refused",
                {{"why", problem}, {"in_use", "the one before"}, {"next", "tried again"}}
            );
        return;
    }
    parts_->tls_problem.clear();
    auto next = std::make_shared<Current>(*current);
    next->server_tls = std::move(*context);
    services.replace(std::move(next));
    services.measures.certificate_reloads.add();
    parts_->show_certificate();
    const auto end = std::chrono::seconds(services.measures.certificate_expires.value());
    services.log.info(
        "certificate_reloaded",
        {{"certificate", tls.certificate.string()}, {"ends", base::to_rfc3339(base::Time(end))}}
    );
}

void Gateway::wake_courier() {
    parts_->loops.front()->wake_courier();
}

void Gateway::stop() {
    const Timeout grace = parts_->services.current()->settings->shutdown_timeout;
    for (auto& loop : parts_->loops) loop->stop(grace);
    for (auto& loop : parts_->loops) loop->join();
    parts_->services.workers.join();
    parts_->services.tracking.stop();  // nobody adds to it any more
}

}  // namespace gateway
