#include "tracking/record.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tracking {

namespace {

constexpr std::array<std::pair<Stage, std::string_view>, 3> stages = {{
    {Stage::recipient, "recipient"},
    {Stage::message, "message"},
    {Stage::delivery, "delivery"},
}};

constexpr std::array<std::pair<Outcome, std::string_view>, 11> outcomes = {{
    {Outcome::relayed, "relayed"},
    {Outcome::held, "held"},
    {Outcome::queued, "queued"},
    {Outcome::refused, "refused"},
    {Outcome::deferred, "deferred"},
    {Outcome::rejected, "rejected"},
    {Outcome::discarded, "discarded"},
    {Outcome::abandoned, "abandoned"},
    {Outcome::delivered, "delivered"},
    {Outcome::retried, "retried"},
    {Outcome::failed, "failed"},
}};

template <class Names, class Value>
std::string_view name_in(const Names& names, Value value) {
    const auto found = std::ranges::find(names, value, [](const auto& one) { return one.first; });
    return found == names.end() ? std::string_view() : found->second;
}

template <class Value, class Names>
std::optional<Value> value_in(const Names& names, std::string_view name) {
    const auto found = std::ranges::find(names, name, [](const auto& one) { return one.second; });
    if (found == names.end()) return std::nullopt;
    return found->first;
}

}  // namespace

std::string_view name_of(Stage stage) {
    return name_in(stages, stage);
}
std::optional<Stage> stage_named(std::string_view name) {
    return value_in<Stage>(stages, name);
}
std::string_view name_of(Outcome outcome) {
    return name_in(outcomes, outcome);
}
std::optional<Outcome> outcome_named(std::string_view name) {
    return value_in<Outcome>(outcomes, name);
}

std::size_t weight_of(const Record& record) {
    std::size_t bytes = sizeof(Record);
    for (const auto* text :
         {&record.id,
          &record.client,
          &record.helo,
          &record.tls,
          &record.sender,
          &record.header_from,
          &record.message_id,
          &record.recipient,
          &record.verdict,
          &record.rule,
          &record.reply,
          &record.backend,
          &record.backend_reply})
        bytes += text->capacity();
    return bytes;
}

}  // namespace tracking
