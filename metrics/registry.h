#pragma once

#include "metrics/counter.h"
#include "metrics/histogram.h"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace metrics {

// Names and values of one series. Values may be any bytes; they are escaped where they are written.
// They come from the configuration and from fixed lists, never from a mail or a client, so that
// their number is bounded and nobody's address is in them.
using Labels = std::vector<std::pair<std::string, std::string>>;

enum class Kind { counter, gauge, histogram };

// The text that Prometheus reads, version 0.0.4: families in the order of their names. Given to the
// functions that look values up at the moment they are asked for. What is said twice about one
// family (help, kind) counts the first time.
class Text {
  public:
    void value(
        Kind kind, std::string_view name, std::string_view help, const Labels& labels, double value
    );
    void histogram(
        std::string_view name,
        std::string_view help,
        const Labels& labels,
        const Histogram::Snapshot& snapshot,
        const std::vector<double>& bounds
    );
    std::string to_string() const;

  private:
    struct Family {
        std::string head;
        std::string samples;
    };
    Family& family(Kind kind, std::string_view name, std::string_view help);
    std::map<std::string, Family, std::less<>> families_;
};

// Every metric there is. Names follow Prometheus' custom: `postern_` first, base units, counters
// end with `_total`. What is asked for twice with the same name and labels is the same one; it
// lives as long as the registry, so that those who count keep references and look nothing up.
// Thread-safe.
class Registry {
  public:
    Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
    Histogram& histogram(
        std::string_view name,
        std::string_view help,
        const std::vector<double>& bounds,
        const Labels& labels = {}
    );

    // A source of values that are looked up when they are asked for; called on the thread that
    // asks, one after the other, and must not wait for anything. Destroying what is given back
    // takes the source away, and waits while it is being called. The registry must outlive it.
    using Source = std::function<void(Text&)>;
    [[nodiscard]] std::shared_ptr<void> add_source(Source source);

    void write(Text& text) const;

    // The value of a counter or gauge that somebody counts with; none: nobody does.
    std::optional<std::uint64_t> counted(std::string_view name, const Labels& labels = {}) const;
    std::optional<std::int64_t> gauged(std::string_view name, const Labels& labels = {}) const;

  private:
    template <class Metric>
    struct Series {
        std::string help;
        std::map<Labels, std::unique_ptr<Metric>> by_labels;
    };
    mutable std::mutex mutex_;
    std::map<std::string, Series<Counter>, std::less<>> counters_;
    std::map<std::string, Series<Gauge>, std::less<>> gauges_;
    std::map<std::string, Series<Histogram>, std::less<>> histograms_;
    mutable std::mutex sources_mutex_;  // never taken while mutex_ is held
    std::list<Source> sources_;
};

}  // namespace metrics
