#pragma once

#include "base/clock.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/hold_kind.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quarantine {

// held -> released -> delivered | failed;  held -> rejected | reported | expired. An undo leads
// back to held.
enum class HoldState { held, released, delivered, rejected, reported, expired, failed };
std::string_view name_of(HoldState state);
std::optional<HoldState> hold_state_named(std::string_view name);

// One recipient's held copy, to be made.
struct NewHold {
    std::string id;             // base::random_id
    mail::Recipient recipient;  // owner is recipient.address.key()
    mail::HoldKind kind = mail::HoldKind::user;
    std::vector<mail::Address> moderators;
    std::string rule;
    std::string reason;        // one sentence for people
    std::string trace;         // JSON array of {stage, rule, outcome, detail}; stored as text
    std::string added_fields;  // whole header fields put on top when it leaves, CRLF ends
    base::Time expires_at;
};

// One hold as lists show it.
struct Hold {
    std::string id;
    std::int64_t mail_row = 0;
    std::string mail_id;
    std::string owner;
    std::string sender;  // "" for the null sender
    std::string header_from_name;
    std::string header_from_address;
    std::string to;
    std::string subject;
    std::string rule;
    std::string reason;
    mail::HoldKind kind = mail::HoldKind::user;
    HoldState state = HoldState::held;
    base::Time received_at;
    base::Time expires_at;
    std::uint64_t size = 0;
    std::string sha256;  // hex
    int attachments = 0;
    std::string decided_by;  // address, "" while held
    std::optional<base::Time> decided_at;
    // Only filled by find():
    std::string trace;
    std::string client;
    std::string helo;
    std::string message_id;
};

// What happened to a hold, oldest first.
struct HoldEvent {
    base::Time at;
    std::string who;     // address, or "postern"
    std::string act;     // "held", "released", "delivered", "rejected", "reported", "expired",
                         // "failed", "undone", "attempt"
    std::string detail;  // back end's reply, reason...
};

}  // namespace quarantine
