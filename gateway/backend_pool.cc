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
    if (connection_) pool_->give_back(key_, std::move(connection_));
}

BackendPool::BackendPool(boost::asio::io_context& context, Services& services, std::uint64_t loops)
    : context_(context), services_(services), loops_(loops) {}

Task<Result<void>> BackendPool::wait_for_place(Backend& backend, Timeout limit) {
    const auto& settings = services_.current()->settings->backend;
    const auto places = std::max<std::uint64_t>(1, settings.max_connections / loops_);
    if (backend.lent < places) co_return Result<void>();
    boost::asio::steady_timer timer(context_);
    timer.expires_after(limit);
    const auto place = backend.waiting.insert(backend.waiting.end(), &timer);
    const auto [woken] = co_await timer.async_wait(use_task);
    // Who wakes a waiter takes it off the list; at the end of its time it goes by itself.
    if (!woken) {
        backend.waiting.erase(place);
        co_return failure(ErrorKind::limit, "all {} connections are in use", places);
    }
    co_return Result<void>();
}

Task<Result<Lease>> BackendPool::take(Route route, Timeout limit) {
    const auto deadline = steady_clock::now() + limit;
    const auto left = [deadline] {
        return std::max(std::chrono::ceil<Timeout>(deadline - steady_clock::now()), Timeout(1));
    };
    const std::string key = route.key();
    Backend& backend = backends_[key];
    const Result<void> place = co_await wait_for_place(backend, left());
    if (!place) co_return failure(place.error(), route.endpoint.text());
    while (!backend.idle.empty()) {
        auto connection = std::move(backend.idle.back());
        backend.idle.pop_back();
        ++backend.lent;
        Lease lease = lend(key, std::move(connection));
        const bool fresh = steady_clock::now() - lease->idle_since < trusted_while_idle;
        if (fresh && !lease->dialogue().has_transaction()) co_return lease;
        lease->dialogue().reset();
        const Result<void> alive = co_await lease->perform(left());
        if (alive && lease->dialogue().usable()) co_return lease;
    }
    // Counted while it is being opened, so that a slow back end is not stormed.
    ++backend.lent;
    auto current = services_.current();
    Result<std::unique_ptr<BackendConnection>> opened =
        co_await BackendConnection::open(route, std::move(current), left());
    if (!opened) {
        give_back(key, nullptr);
        co_return failure(opened.error());
    }
    services_.backends.learned(route.endpoint.text(), (*opened)->dialogue().extensions());
    co_return lend(key, std::move(*opened));
}

Lease BackendPool::lend(const std::string& key, std::unique_ptr<BackendConnection> connection) {
    on_loan_.insert(connection.get());
    return Lease(this, key, std::move(connection));
}

void BackendPool::give_back(const std::string& key, std::unique_ptr<BackendConnection> connection) {
    Backend& backend = backends_[key];
    --backend.lent;
    on_loan_.erase(connection.get());
    const auto& settings = services_.current()->settings->backend;
    if (connection && connection->dialogue().usable() &&
        connection->transactions < settings.max_transactions_per_connection &&
        backend.idle.size() < std::max<std::uint64_t>(1, settings.max_idle_connections / loops_)) {
        connection->idle_since = steady_clock::now();
        backend.idle.push_back(std::move(connection));
    }
    if (!backend.waiting.empty()) {
        auto* next = backend.waiting.front();
        backend.waiting.pop_front();
        next->cancel();
    }
}

void BackendPool::sweep() {
    const auto idle_timeout = services_.current()->settings->backend.idle_timeout;
    const auto now = steady_clock::now();
    for (auto& [key, backend] : backends_)
        std::erase_if(backend.idle, [&](const auto& connection) {
            return now - connection->idle_since > idle_timeout;
        });
}

void BackendPool::close_all() {
    close_idle();
    for (auto* connection : on_loan_) connection->close();
}

void BackendPool::close_idle() {
    for (auto& [key, backend] : backends_) backend.idle.clear();
}

}  // namespace gateway
