#include "metrics/registry.h"

#include "base/ensure.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <cmath>

namespace metrics {

namespace {

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::counter:
            return "counter";
        case Kind::gauge:
            return "gauge";
        case Kind::histogram:
            return "histogram";
    }
    return "untyped";
}

// Prometheus, "Text format details": backslash and line feed, in label values also the quote. The
// format is UTF-8; what is not becomes U+FFFD.
std::string escaped(std::string_view text, bool is_label) {
    std::string result;
    for (const char c : base::to_valid_utf8(text)) {
        if (c == '\\')
            result += "\\\\";
        else if (c == '\n')
            result += "\\n";
        else if (c == '"' && is_label)
            result += "\\\"";
        else
            result += c;
    }
    return result;
}

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

std::string series(std::string_view name, const Labels& labels) {
    if (labels.empty()) return std::string(name);
    std::string text;
    for (const auto& [label, value] : labels)
        text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", label, escaped(value, true));
    return fmt::format("{}{{{}}}", name, text);
}

}  // namespace

Text::Family& Text::family(Kind kind, std::string_view name, std::string_view help) {
    auto found = families_.find(name);
    if (found == families_.end()) {
        found = families_.emplace(std::string(name), Family()).first;
        found->second.head = fmt::format(
            "# HELP {0} {1}\n# TYPE {0} {2}\n", name, escaped(help, false), name_of(kind)
        );
    }
    return found->second;
}

void Text::value(
    Kind kind, std::string_view name, std::string_view help, const Labels& labels, double value
) {
    family(kind, name, help).samples += fmt::format("{} {}\n", series(name, labels), number(value));
}

void Text::histogram(
    std::string_view name,
    std::string_view help,
    const Labels& labels,
    const Histogram::Snapshot& snapshot,
    const std::vector<double>& bounds
) {
    base::ensure(snapshot.cumulative.size() == bounds.size() + 1, "one count for each bound");
    std::string& samples = family(Kind::histogram, name, help).samples;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
        Labels with_bound = labels;
        with_bound.emplace_back("le", i < bounds.size() ? number(bounds[i]) : "+Inf");
        const auto bucket = series(fmt::format("{}_bucket", name), with_bound);
        samples += fmt::format("{} {}\n", bucket, snapshot.cumulative[i]);
    }
    samples +=
        fmt::format("{} {}\n", series(fmt::format("{}_sum", name), labels), number(snapshot.sum));
    samples +=
        fmt::format("{} {}\n", series(fmt::format("{}_count", name), labels), snapshot.count());
}

std::string Text::to_string() const {
    std::string text;
    for (const auto& [name, family] : families_) text += family.head + family.samples;
    return text;
}

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
    base::ensure(name.ends_with("_total"), "the name of a counter ends with _total");
    const std::lock_guard lock(mutex_);
    auto& series = counters_.try_emplace(std::string(name)).first->second;
    if (series.help.empty()) series.help = help;
    auto& counter = series.by_labels[labels];
    if (!counter) counter = std::make_unique<Counter>();
    return *counter;
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    const std::lock_guard lock(mutex_);
    auto& series = gauges_.try_emplace(std::string(name)).first->second;
    if (series.help.empty()) series.help = help;
    auto& gauge = series.by_labels[labels];
    if (!gauge) gauge = std::make_unique<Gauge>();
    return *gauge;
}

Histogram& Registry::histogram(
    std::string_view name,
    std::string_view help,
    const std::vector<double>& bounds,
    const Labels& labels
) {
    const std::lock_guard lock(mutex_);
    auto& series = histograms_.try_emplace(std::string(name)).first->second;
    if (series.help.empty()) series.help = help;
    auto& histogram = series.by_labels[labels];
    if (!histogram) histogram = std::make_unique<Histogram>(bounds);
    return *histogram;
}

std::shared_ptr<void> Registry::add_source(Source source) {
    const std::lock_guard lock(sources_mutex_);
    const auto at = sources_.insert(sources_.end(), std::move(source));
    return {&*at, [this, at](void*) {
                const std::lock_guard removing(sources_mutex_);
                sources_.erase(at);
            }};
}

void Registry::write(Text& text) const {
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, series] : counters_)
            for (const auto& [labels, counter] : series.by_labels)
                text.value(
                    Kind::counter, name, series.help, labels, static_cast<double>(counter->value())
                );
        for (const auto& [name, series] : gauges_)
            for (const auto& [labels, gauge] : series.by_labels)
                text.value(
                    Kind::gauge, name, series.help, labels, static_cast<double>(gauge->value())
                );
        for (const auto& [name, series] : histograms_)
            for (const auto& [labels, histogram] : series.by_labels)
                text.histogram(
                    name, series.help, labels, histogram->snapshot(), histogram->bounds()
                );
    }
    const std::lock_guard lock(sources_mutex_);
    for (const auto& source : sources_) source(text);
}

std::optional<std::uint64_t> Registry::counted(std::string_view name, const Labels& labels) const {
    const std::lock_guard lock(mutex_);
    const auto series = counters_.find(name);
    if (series == counters_.end()) return std::nullopt;
    const auto found = series->second.by_labels.find(labels);
    if (found == series->second.by_labels.end()) return std::nullopt;
    return found->second->value();
}

std::optional<std::int64_t> Registry::gauged(std::string_view name, const Labels& labels) const {
    const std::lock_guard lock(mutex_);
    const auto series = gauges_.find(name);
    if (series == gauges_.end()) return std::nullopt;
    const auto found = series->second.by_labels.find(labels);
    if (found == series->second.by_labels.end()) return std::nullopt;
    return found->second->value();
}

}  // namespace metrics
