#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/statement.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace command {

// Something that happened to one recipient's copy of a mail, or its state now. What does not apply
// is "" or 0.
struct StoryEvent {
    base::Time at;
    std::string recipient;
    // tracking's outcomes; what a person did ("released", "rejected", "reported", "undone"),
    // "expired"; and, as the state now, "on hold" and "waiting".
    std::string what;
    std::string stage;  // "recipient" (at RCPT), "message", "delivery", "decision", "now"
    std::string by;
    std::string rule;
    std::string reason;
    std::string hold;
    std::string backend;
    std::string reply;  // ours, or else the back end's
    int tries = 0;
};

// What the store knows of one message, oldest first: the record of transactions joined with holds,
// their histories, the outbox and the Rejected view.
struct Story {
    std::string id;
    base::Time received_at;
    std::string client;
    std::string helo;
    std::string tls;
    std::string sender;
    std::string header_from;
    std::string message_id;
    std::string subject;
    std::uint64_t size = 0;
    std::vector<StoryEvent> events;
};

base::Result<Story> story_of(database::Snapshot& snapshot, std::string_view id);

// Only what concerns that recipient (address key).
void keep_only(Story& story, std::string_view recipient);

// Several lines: a head, and one for each event, fit for a terminal.
std::string story_text(const Story& story);
// One JSON object on one line, without a line end.
std::string story_json(const Story& story);

}  // namespace command
