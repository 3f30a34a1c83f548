#include "metrics/liveness.h"

#include "tests/catch.h"

using std::chrono::seconds;
using Names = std::vector<std::string>;

TEST_CASE("A thread that has not beaten for longer than the limit is named") {
    metrics::Liveness liveness;
    auto& loop = liveness.add("loop 0");
    auto& writer = liveness.add("writer");
    const metrics::Pulse::Instant start{seconds(1000)};
    loop.beat(start);
    writer.beat(start);
    CHECK(liveness.silent(seconds(15), start + seconds(15)).empty());
    CHECK(liveness.silent(seconds(15), start + seconds(16)) == Names{"loop 0", "writer"});
    loop.beat(start + seconds(10));
    CHECK(liveness.silent(seconds(15), start + seconds(16)) == Names{"writer"});
}

TEST_CASE("Nothing is expected of a thread that rests, nor of one that has not begun") {
    metrics::Liveness liveness;
    auto& writer = liveness.add("writer");
    const metrics::Pulse::Instant start{seconds(1000)};
    CHECK(liveness.silent(seconds(1), start).empty());
    writer.beat(start);
    writer.rest();
    CHECK(liveness.silent(seconds(1), start + seconds(100)).empty());
    writer.beat(start + seconds(100));
    CHECK(liveness.silent(seconds(1), start + seconds(102)) == Names{"writer"});
}
