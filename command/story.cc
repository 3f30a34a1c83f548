#include "command/story.h"

#include "base/ascii.h"
#include "quarantine/hold_store.h"
#include "quarantine/lookup.h"
#include "tracking/records.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace command {

using base::failure;
using base::Result;
using database::Snapshot;
using tracking::Outcome;
using tracking::Record;
using tracking::Stage;

namespace {

// The first that knows something is believed.
void fill(std::string& field, std::string_view value) {
    if (field.empty()) field = value;
}

void add_head(Story& story, const Record& record) {
    if (record.stage == Stage::delivery) return;
    if (story.received_at == base::Time()) story.received_at = record.at;
    fill(story.client, record.client);
    fill(story.helo, record.helo);
    fill(story.tls, record.tls);
    fill(story.sender, record.sender);
    fill(story.header_from, record.header_from);
    fill(story.message_id, record.message_id);
    if (story.size == 0) story.size = record.size;
}

void add_head(Story& story, const quarantine::Hold& hold) {
    if (story.received_at == base::Time()) story.received_at = hold.received_at;
    fill(story.client, hold.client);
    fill(story.helo, hold.helo);
    fill(story.sender, hold.sender);
    fill(story.header_from, hold.header_from_address);
    fill(story.message_id, hold.message_id);
    fill(story.subject, hold.subject);
    if (story.size == 0) story.size = hold.size;
}

StoryEvent event_of(const Record& record) {
    StoryEvent event;
    event.at = record.at;
    event.recipient = record.recipient;
    event.what = name_of(record.outcome);
    event.stage = name_of(record.stage);
    event.rule = record.rule;
    event.backend = record.backend;
    event.reply = record.reply.empty() ? record.backend_reply : record.reply;
    return event;
}

bool is_same(std::string_view a, std::string_view b) {
    return base::equals_ignoring_case(a, b);
}

// What hold and record both know stands in the record: the courier writes them with one time.
bool is_recorded(
    const std::vector<Record>& records, std::string_view owner, const quarantine::HoldEvent& event
) {
    return std::ranges::any_of(records, [&](const Record& record) {
        return record.stage == Stage::delivery && record.at == event.at &&
               is_same(record.recipient, owner);
    });
}

bool is_try(std::string_view act) {
    return act == "attempt" || act == "delivered" || act == "failed";
}

std::string_view what_of(std::string_view act) {
    return act == "attempt" ? name_of(Outcome::retried) : act;
}

Result<void> add_hold(
    Snapshot& snapshot,
    Story& story,
    const std::vector<Record>& records,
    const quarantine::Hold& hold
) {
    add_head(story, hold);
    const auto held = std::ranges::find_if(story.events, [&](const StoryEvent& event) {
        return event.what == name_of(Outcome::held) && is_same(event.recipient, hold.owner) &&
               event.hold.empty();
    });
    const bool is_on_record = held != story.events.end();
    if (is_on_record) {
        held->hold = hold.id;
        held->reason = hold.reason;
    }
    auto history = quarantine::history(snapshot, hold.id);
    if (!history) return failure(std::move(history.error()));
    for (const auto& entry : *history) {
        const bool is_holding = entry.act == "held";
        if (is_holding && is_on_record) continue;
        if (is_recorded(records, hold.owner, entry)) continue;
        StoryEvent event;
        event.at = entry.at;
        event.recipient = hold.owner;
        event.what = what_of(entry.act);
        event.stage = is_holding ? "message" : is_try(entry.act) ? "delivery" : "decision";
        event.hold = hold.id;
        if (event.stage == "decision") event.by = entry.who;
        if (is_holding) {
            event.rule = hold.rule;
            event.reason = hold.reason;
        } else if (event.stage == "delivery") {
            event.reply = entry.detail;
        }
        story.events.push_back(std::move(event));
    }
    if (hold.state == quarantine::HoldState::held || hold.state == quarantine::HoldState::failed) {
        StoryEvent now;
        now.at = hold.expires_at;
        now.recipient = hold.owner;
        now.what = "on hold";
        now.stage = "now";
        now.hold = hold.id;
        story.events.push_back(std::move(now));
    }
    return {};
}

// Subject and reason of what was refused for good, from the recipient's Rejected view.
Result<void> add_rejected(Snapshot& snapshot, Story& story, StoryEvent& event) {
    const bool may_be =
        event.stage != name_of(Stage::delivery) && !event.rule.empty() &&
        (event.what == name_of(Outcome::refused) || event.what == name_of(Outcome::deferred) ||
         event.what == name_of(Outcome::rejected) || event.what == name_of(Outcome::discarded));
    if (!may_be) return {};
    auto rejected = quarantine::rejected_of(snapshot, base::lower(event.recipient), story.id);
    if (!rejected) return failure(std::move(rejected.error()));
    if (!*rejected || (*rejected)->rule != event.rule) return {};
    event.reason = (*rejected)->reason;
    fill(story.subject, (*rejected)->subject);
    return {};
}

// By time, and of one time as they were found; the state now comes last, whatever time it names.
void put_in_order(std::vector<StoryEvent>& events) {
    std::multimap<std::pair<bool, base::Time>, StoryEvent> ordered;
    for (auto& event : events) {
        const std::pair when(event.stage == "now", event.at);
        ordered.emplace(when, std::move(event));
    }
    events.clear();
    for (auto& [when, event] : ordered) events.push_back(std::move(event));
}

}  // namespace

Result<Story> story_of(Snapshot& snapshot, std::string_view id) {
    Story story;
    story.id = id;
    auto records = tracking::records_of(snapshot, id);
    if (!records) return failure(std::move(records.error()));
    for (const auto& record : *records) {
        add_head(story, record);
        story.events.push_back(event_of(record));
    }
    for (auto& event : story.events)
        if (auto added = add_rejected(snapshot, story, event); !added)
            return failure(std::move(added.error()));
    auto holds = quarantine::holds_of_mail(snapshot, id);
    if (!holds) return failure(std::move(holds.error()));
    for (const auto& hold : *holds)
        if (auto added = add_hold(snapshot, story, *records, hold); !added)
            return failure(std::move(added.error()));
    auto waiting = quarantine::waiting_of_mail(snapshot, id);
    if (!waiting) return failure(std::move(waiting.error()));
    for (const auto& mail : *waiting) {
        StoryEvent now;
        now.at = mail.due;
        now.recipient = mail.recipient;
        now.what = mail.is_being_sent ? "being sent" : "waiting";
        now.stage = "now";
        now.hold = mail.hold_id;
        now.tries = mail.attempts;
        story.events.push_back(std::move(now));
    }
    put_in_order(story.events);
    return story;
}

void keep_only(Story& story, std::string_view recipient) {
    std::erase_if(story.events, [&](const StoryEvent& event) {
        return !is_same(event.recipient, recipient);
    });
}

}  // namespace command
