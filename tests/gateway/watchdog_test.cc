#include "gateway/watchdog.h"

#include "tests/catch.h"

#include <boost/asio/io_context.hpp>

using namespace std::chrono_literals;
using gateway::Watchdog;

namespace {

// Runs the loop until `condition`, which the watchdog must bring about.
template <class Condition>
void run_until(boost::asio::io_context& loop, Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        loop.restart();
        loop.run_one_for(50ms);
    }
}

}  // namespace

TEST_CASE("A watchdog barks until it is told to rest: the first time may have found nothing yet") {
    boost::asio::io_context loop{1};
    int barks = 0;
    Watchdog watchdog(loop.get_executor(), [&] { ++barks; });
    watchdog.expect_within(1ms);
    run_until(loop, [&] { return barks >= 3; });
    CHECK(watchdog.expired());
    watchdog.rest();
    const int before = barks;
    loop.restart();
    loop.run_for(300ms);
    CHECK(barks == before);
}

TEST_CASE("A watchdog that rests in time does not bark") {
    boost::asio::io_context loop{1};
    int barks = 0;
    Watchdog watchdog(loop.get_executor(), [&] { ++barks; });
    watchdog.expect_within(20ms);
    watchdog.rest();
    loop.run_for(60ms);
    CHECK(barks == 0);
    CHECK_FALSE(watchdog.expired());
    watchdog.expect_within(1h);
    watchdog.expect_within(1ms);
    run_until(loop, [&] { return barks > 0; });
}
