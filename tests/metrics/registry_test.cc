#include "metrics/registry.h"

#include "tests/catch.h"

#include <limits>
#include <thread>

namespace {

std::string text_of(const metrics::Registry& registry) {
    metrics::Text text;
    registry.write(text);
    return text.to_string();
}

}  // namespace

TEST_CASE("Families stand in the order of their names, each with help and type once") {
    metrics::Registry registry;
    registry.counter("postern_b_total", "Counted.", {{"kind", "x"}}).add(3);
    registry.counter("postern_b_total", "Counted.", {{"kind", "a"}}).add();
    registry.gauge("postern_a", "A level.").set(-2);
    CHECK(
        text_of(registry) ==
        "# HELP postern_a A level.\n"
        "# TYPE postern_a gauge\n"
        "postern_a -2\n"
        "# HELP postern_b_total Counted.\n"
        "# TYPE postern_b_total counter\n"
        "postern_b_total{kind=\"a\"} 1\n"
        "postern_b_total{kind=\"x\"} 3\n"
    );
}

TEST_CASE("The same name and labels are the same counter") {
    metrics::Registry registry;
    auto& first = registry.counter("postern_x_total", "X.", {{"a", "b"}});
    auto& again = registry.counter("postern_x_total", "X.", {{"a", "b"}});
    auto& other = registry.counter("postern_x_total", "X.", {{"a", "c"}});
    CHECK(&first == &again);
    CHECK(&first != &other);
}

TEST_CASE("Label values are escaped: whatever a rule is called, it is one line and one label") {
    metrics::Registry registry;
    registry.counter("postern_r_total", "R.\\\nx", {{"rule", "a\\b\"c\nd"}});
    registry.counter("postern_r_total", "R.", {{"rule", "\xff\x01}"}});
    CHECK(
        text_of(registry) ==
        "# HELP postern_r_total R.\\\\\\nx\n"
        "# TYPE postern_r_total counter\n"
        "postern_r_total{rule=\"a\\\\b\\\"c\\nd\"} 0\n"
        "postern_r_total{rule=\"\xef\xbf\xbd\x01}\"} 0\n"
    );
}

TEST_CASE("A histogram counts what is at or below each bound, and everything") {
    metrics::Registry registry;
    auto& histogram = registry.histogram("postern_t_seconds", "T.", {0.1, 1}, {{"q", "z"}});
    for (const double value : {0.05, 0.1, 0.5, 7.0}) histogram.observe(value);
    CHECK(
        text_of(registry) ==
        "# HELP postern_t_seconds T.\n"
        "# TYPE postern_t_seconds histogram\n"
        "postern_t_seconds_bucket{q=\"z\",le=\"0.1\"} 2\n"
        "postern_t_seconds_bucket{q=\"z\",le=\"1\"} 3\n"
        "postern_t_seconds_bucket{q=\"z\",le=\"+Inf\"} 4\n"
        "postern_t_seconds_sum{q=\"z\"} 7.65\n"
        "postern_t_seconds_count{q=\"z\"} 4\n"
    );
}

TEST_CASE("A source is asked each time, for as long as it is kept") {
    metrics::Registry registry;
    int asked = 0;
    auto kept = registry.add_source([&](metrics::Text& text) {
        text.value(metrics::Kind::gauge, "postern_now", "Now.", {}, ++asked);
    });
    CHECK(text_of(registry).ends_with("postern_now 1\n"));
    CHECK(text_of(registry).ends_with("postern_now 2\n"));
    kept.reset();
    CHECK(text_of(registry).empty());
    CHECK(asked == 2);
}

TEST_CASE("Numbers that are none are written as Prometheus reads them") {
    metrics::Text text;
    const double infinity = std::numeric_limits<double>::infinity();
    text.value(metrics::Kind::gauge, "a", "A.", {}, infinity);
    text.value(metrics::Kind::gauge, "b", "B.", {}, -infinity);
    text.value(metrics::Kind::gauge, "c", "C.", {}, std::numeric_limits<double>::quiet_NaN());
    text.value(metrics::Kind::gauge, "d", "D.", {}, 1234567890123456.0);
    const std::string result = text.to_string();
    CHECK(result.find("\na +Inf\n") != std::string::npos);
    CHECK(result.find("\nb -Inf\n") != std::string::npos);
    CHECK(result.find("\nc NaN\n") != std::string::npos);
    CHECK(result.find("\nd 1234567890123456\n") != std::string::npos);
}

TEST_CASE("Counting from several threads loses nothing") {
    metrics::Registry registry;
    auto& counter = registry.counter("postern_n_total", "N.");
    auto& histogram = registry.histogram("postern_h", "H.", {1});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 10'000; ++n) {
                counter.add();
                histogram.observe(0.5);
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(counter.value() == 40'000);
    CHECK(histogram.snapshot().count() == 40'000);
    CHECK(histogram.snapshot().sum == 20'000);
}

TEST_CASE("A value can be asked for without making a series of it") {
    metrics::Registry registry;
    CHECK_FALSE(registry.counted("postern_b_total"));
    CHECK_FALSE(registry.gauged("postern_a", {{"backend", "x"}}));
    CHECK(text_of(registry).empty());
    registry.counter("postern_b_total", "Counted.").add(3);
    registry.gauge("postern_a", "A level.", {{"backend", "x"}}).set(-2);
    CHECK(registry.counted("postern_b_total") == 3);
    CHECK(registry.gauged("postern_a", {{"backend", "x"}}) == -2);
    CHECK_FALSE(registry.gauged("postern_a", {{"backend", "y"}}));
}
