#include "gateway/backend_pool.h"

#include "base/ensure.h"
#include "tests/catch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using base::Result;
using base::Task;
using gateway::BackendPool;
using gateway::Lease;
using gateway::Tcp;
using gateway::Timeout;
using std::chrono::steady_clock;

namespace {

// A pool on a loop of its own and a back end whose every word is the test's.
class House {
  public:
    explicit House(std::uint64_t connections_max, std::uint64_t idle_max = 20) {
        std::string name = (std::filesystem::temp_directory_path() / "pool-XXXXXX").string();
        base::ensure(mkdtemp(name.data()) != nullptr, "a temporary directory");
        directory_ = name;
        auto settings = std::make_shared<conf::Settings>();
        settings->hostname = "mx.example.test";
        settings->backend.max_connections = connections_max;
        settings->backend.max_idle_connections = idle_max;
        auto current = std::make_shared<gateway::Current>();
        current->settings = settings;
        database::StoreSettings file;
        file.file = directory_ / "postern.db";
        auto store = database::Store::open(file, {}, *log_);
        base::ensure(store.has_value(), "a store");
        store_ = std::move(*store);
        services_.emplace(*store_, *log_, clock_, random_, monitor_, current);
        pool.emplace(loop, *services_, 1);
    }
    ~House() {
        pool->close_all();
        poll();
        store_->close();
        std::filesystem::remove_all(directory_);
    }

    gateway::Route route() const {
        return {{"127.0.0.1", listener_.local_endpoint().port()}, conf::TlsMode::off};
    }
    // Takes a connection and tells `result` what became of it.
    void take(Timeout limit, std::optional<Result<Lease>>& result) {
        boost::asio::co_spawn(loop, take_into(limit, &result), boost::asio::detached);
    }
    // The next connection, which the loop is about to open.
    Tcp::socket accept() {
        Tcp::socket peer(far_);
        boost::system::error_code error;
        listener_.non_blocking(true);
        run_until([&] {
            listener_.accept(peer, error);
            return !error;
        });
        return peer;
    }
    // What can be done without waiting.
    void poll() {
        loop.restart();
        loop.poll();
    }
    template <class Condition>
    void run_until(Condition condition) {
        const auto deadline = steady_clock::now() + 20s;
        while (!condition()) {
            REQUIRE(steady_clock::now() < deadline);
            loop.restart();
            loop.run_one_for(10ms);
        }
    }

    boost::asio::io_context loop{1};
    std::optional<BackendPool> pool;

  private:
    Task<> take_into(Timeout limit, std::optional<Result<Lease>>* result) {
        Result<Lease> lease = co_await pool->take(route(), limit);
        result->emplace(std::move(lease));
    }

    std::filesystem::path directory_;
    std::shared_ptr<base::Log> log_ = base::Log::to_nowhere();
    base::SystemClock clock_;
    base::SystemRandom random_;
    metrics::Monitor monitor_;
    std::unique_ptr<database::Store> store_;
    std::optional<gateway::Services> services_;
    boost::asio::io_context far_;
    Tcp::acceptor listener_{far_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
};

// Greets, and answers EHLO when it has come, so that nothing is said out of turn.
Lease open(House& house, std::optional<Result<Lease>>& result, Tcp::socket& peer) {
    boost::asio::write(peer, boost::asio::buffer(std::string("220 peer ESMTP\r\n")));
    house.run_until([&] { return peer.available() > 0; });
    boost::asio::write(peer, boost::asio::buffer(std::string("250 peer\r\n")));
    house.run_until([&] { return result.has_value(); });
    REQUIRE(*result);
    return std::move(**result);
}

}  // namespace

TEST_CASE("A wait for a place that ends just as a place is given back ends once") {
    House house(1);
    std::optional<Result<Lease>> first;
    std::optional<Result<Lease>> second;
    house.take(20s, first);
    auto peer = house.accept();
    house.poll();
    house.take(30ms, second);
    house.poll();
    // Both events become known in one look at the world: the end of the connection that held the
    // place, and behind it the end of the wait.
    peer.close();
    std::this_thread::sleep_for(60ms);
    house.run_until([&] { return first && second; });
    CHECK_FALSE(*first);
    CHECK_FALSE(*second);
    // And the place is there for the next.
    std::optional<Result<Lease>> third;
    house.take(50ms, third);
    house.run_until([&] { return third.has_value(); });
    REQUIRE_FALSE(*third);
    CHECK(third->error().kind == base::ErrorKind::timeout);  // of the back end, not of the wait
}

TEST_CASE("A place that is given back goes to who waits, not to who comes later") {
    House house(1);
    std::optional<Result<Lease>> first;
    std::optional<Result<Lease>> second;
    std::optional<Result<Lease>> third;
    house.take(20s, first);
    auto peer = house.accept();
    Lease lease = open(house, first, peer);
    house.take(20s, second);
    house.poll();
    lease.end();
    house.take(100ms, third);
    house.run_until([&] { return second.has_value(); });
    REQUIRE(*second);
    house.run_until([&] { return third.has_value(); });
    // One connection is allowed, and the second has it.
    CHECK_FALSE(*third);
}

TEST_CASE("Once all is closed nobody waits for a place or for a back end, and nothing is opened") {
    House house(1);
    std::optional<Result<Lease>> opening;
    std::optional<Result<Lease>> waiting;
    std::optional<Result<Lease>> late;
    house.take(1h, opening);
    auto silent = house.accept();
    house.take(1h, waiting);
    house.poll();
    house.pool->close_all();
    house.take(1h, late);
    house.run_until([&] { return opening && waiting && late; });
    CHECK_FALSE(*opening);
    CHECK_FALSE(*waiting);
    CHECK_FALSE(*late);
}

TEST_CASE("All connections are lent again at once, and only some are kept when nobody wants them") {
    House house(3, 1);
    std::vector<Tcp::socket> peers;
    {
        std::vector<Lease> leases;
        for (int i = 0; i < 3; ++i) {
            std::optional<Result<Lease>> result;
            house.take(20s, result);
            peers.push_back(house.accept());
            leases.push_back(open(house, result, peers.back()));
        }
    }
    // How many are lent without asking the other side anything.
    const auto ready = [&] {
        std::array<std::optional<Result<Lease>>, 3> results;
        for (auto& result : results) house.take(50ms, result);
        house.run_until([&] {
            return std::all_of(results.begin(), results.end(), [](auto& r) {
                return r.has_value();
            });
        });
        return std::count_if(results.begin(), results.end(), [](auto& r) {
            return r->has_value();
        });
    };
    house.pool->sweep();
    CHECK(ready() == 3);
    house.pool->sweep(steady_clock::now() + 2s);
    CHECK(ready() == 1);
}
