#include "gateway/backend_pool.h"

#include <algorithm>

namespace gateway {

using base::ErrorKind;
using base::failure;
using base::Result;
using base::Task;
using base::use_task;
using std::chrono::steady_clock;

namespace {

// Idle for less than this, a connection is lent without asking whether it still lives.
constexpr std::chrono::milliseconds trusted_while_idle{1000};

}  // namespace

void Lease::end() {
    if (pool_ != nullptr) std::exchange(pool_, nullptr)->give_back(key_, std::move(connection_));
}

BackendPool::BackendPool(boost::asio::io_context& context, Services& services, std::uint64_t loops)
    : context_(context), services_(services), loops_(loops) {}

std::uint64_t BackendPool::places() const {
    const auto current = services_.current();
    return std::max<std::uint64_t>(1, current->settings->backend.max_connections / loops_);
}

BackendPool::Backend& BackendPool::of(const Route& route, const std::string& key) {
    Backend& backend = backends_[key];
    if (backend.measures == nullptr)
        backend.measures = &services_.measures.backend(route.endpoint.text());
    return backend;
}

Task<Result<void>> BackendPool::wait_for_place(Backend& backend, Timeout limit) {
    if (backend.lent < places()) {
        ++backend.lent;
        co_return Result<void>();
    }
    Waiter waiter{boost::asio::steady_timer(context_)};
    waiter.timer.expires_after(limit);
    const auto here = backend.waiting.insert(backend.waiting.end(), &waiter);
    backend.measures->waiting.add(1);
    co_await waiter.timer.async_wait(use_task);
    backend.measures->waiting.add(-1);
    // The end of the time may have been on its way here when the place was given.
    if (waiter.has_place) co_return Result<void>();
    backend.waiting.erase(here);
    co_return failure(ErrorKind::limit, "all {} connections are in use", backend.lent);
}

Task<Result<Lease>> BackendPool::take(Route route, Timeout limit) {
    const auto deadline = steady_clock::now() + limit;
    const auto left = [deadline] {
        return std::max(std::chrono::ceil<Timeout>(deadline - steady_clock::now()), Timeout(1));
    };
    const std::string key = route.key();
    if (closed_) co_return failure(ErrorKind::limit, "{}: we are stopping", route.endpoint.text());
    Backend& backend = of(route, key);
    const Result<void> place = co_await wait_for_place(backend, left());
    if (!place) co_return failure(place.error(), route.endpoint.text());
    Lease lease(this, key, *backend.measures);
    while (!backend.idle.empty()) {
        auto connection = std::move(backend.idle.back());
        backend.idle.pop_back();
        put(lease, std::move(connection));
        const bool fresh = steady_clock::now() - lease->idle_since < trusted_while_idle;
        if (fresh && !lease->dialogue().has_transaction()) co_return lease;
        lease->dialogue().reset();
        const Result<void> alive = co_await lease->perform(left());
        if (alive && lease->dialogue().usable()) co_return lease;
    }
    // In its place while it is being opened, so that a slow back end is not stormed.
    const Result<void> opened = co_await open(lease, route, left());
    if (!opened) co_return failure(opened.error());
    co_return lease;
}

Task<Result<void>> BackendPool::open(Lease& lease, Route route, Timeout limit) {
    if (closed_) co_return failure(ErrorKind::limit, "{}: we are stopping", route.endpoint.text());
    put(lease,
        BackendConnection::create(
            context_.get_executor(), route, services_.current(), &services_.measures
        ));
    const Result<void> opened = co_await lease->open(limit);
    if (!opened) {
        lease.failed();
        co_return failure(opened.error());
    }
    lease.measures_->opened.add();
    lease.answered();
    services_.backends.learned(route.endpoint.text(), lease->dialogue().extensions());
    co_return Result<void>();
}

// In place of the one that was in the lease, which is closed.
void BackendPool::put(Lease& lease, std::unique_ptr<BackendConnection> connection) {
    on_loan_.erase(lease.connection_.get());
    on_loan_.insert(connection.get());
    lease.connection_ = std::move(connection);
}

void BackendPool::give_back(const std::string& key, std::unique_ptr<BackendConnection> connection) {
    Backend& backend = backends_[key];
    on_loan_.erase(connection.get());
    const auto current = services_.current();
    const auto& settings = current->settings->backend;
    // However many are idle: under load each is wanted again at once, and sweep() has the rest.
    if (connection && !closed_ && connection->dialogue().usable() &&
        connection->transactions < settings.max_transactions_per_connection) {
        connection->idle_since = steady_clock::now();
        backend.idle.push_back(std::move(connection));
    }
    if (backend.waiting.empty() || backend.lent > places()) {
        --backend.lent;
        return;
    }
    // The place stays taken: who comes before the waiter goes on must not have it too.
    auto* next = backend.waiting.front();
    backend.waiting.pop_front();
    next->has_place = true;
    next->timer.cancel();
}

Timeout BackendPool::patience() const {
    const auto current = services_.current();
    return current->settings->backend.connect_timeout + current->settings->backend.command_timeout;
}

bool BackendPool::is_short() const {
    const auto waits = [](const auto& entry) { return !entry.second.waiting.empty(); };
    return std::any_of(backends_.begin(), backends_.end(), waits);
}

void BackendPool::sweep(steady_clock::time_point now) {
    const auto current = services_.current();
    const auto& settings = current->settings->backend;
    const auto kept = std::max<std::uint64_t>(1, settings.max_idle_connections / loops_);
    for (auto& [key, backend] : backends_) {
        // Those that were used longest ago stand in front.
        auto& idle = backend.idle;
        std::size_t dropped = 0;
        while (dropped < idle.size()) {
            const auto age = now - idle[dropped]->idle_since;
            const bool too_many = idle.size() - dropped > kept && age > trusted_while_idle;
            if (age <= settings.idle_timeout && !too_many) break;
            ++dropped;
        }
        idle.erase(idle.begin(), idle.begin() + static_cast<std::ptrdiff_t>(dropped));
    }
}

void BackendPool::close_all() {
    closed_ = true;
    close_idle();
    for (auto* connection : on_loan_) connection->close();
    for (auto& [key, backend] : backends_)
        for (auto* waiter : backend.waiting) waiter->timer.cancel();
}

void BackendPool::close_idle() {
    for (auto& [key, backend] : backends_) backend.idle.clear();
}

}  // namespace gateway
