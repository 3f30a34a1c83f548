#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tracking {

// When it happened: at RCPT, after DATA, or when the courier sent what had been stored.
enum class Stage { recipient, message, delivery };
std::string_view name_of(Stage stage);
std::optional<Stage> stage_named(std::string_view name);

// What became of one recipient's copy, as far as this record goes.
enum class Outcome {
    relayed,    // the back end said 250 to it while the client waited
    held,       // stored; a person decides
    queued,     // stored; the courier sends it
    refused,    // 5xx to the client
    deferred,   // 4xx to the client, which comes again
    rejected,   // our 250 was for the other recipients: this copy was not delivered, by rule or
                // block
    discarded,  // our 250, and nothing was delivered
    abandoned,  // the client went away, or was too slow, in the middle of the message
    delivered,  // the courier's try: the back end said 2xx
    retried,    // the courier's try: not now; another follows
    failed      // the courier's try: not for good
};
std::string_view name_of(Outcome outcome);
std::optional<Outcome> outcome_named(std::string_view name);

// One event of one recipient's copy. Texts are kept as they are given, cut to bounds when written;
// what does not apply is "" or 0.
struct Record {
    base::Time at;
    std::string id;  // of our 250, the log and the Received field
    Stage stage = Stage::message;
    Outcome outcome = Outcome::relayed;
    std::string client;
    std::string helo;
    std::string tls;     // "TLSv1.3 TLS_AES_256_GCM_SHA384", "" when plain
    std::string sender;  // of the envelope, "" for the null sender
    std::string header_from;
    std::string message_id;  // as the header says it
    std::string recipient;
    std::string verdict;  // policy's word: "deliver", "hold", "reject", "discard", "temporary"
    std::string rule;
    bool is_personal_block = false;  // the recipient's own list gave it; for counting, not kept
    int code = 0;                    // of our reply to the client
    std::string reply;               // our whole reply when it was not 2xx
    std::string backend;             // when it was asked
    std::string backend_reply;       // what it said, one line
    std::uint64_t size = 0;          // bytes as received
};

// Bytes in memory, roughly.
std::size_t weight_of(const Record& record);

}  // namespace tracking
