#pragma once

#include "portal/acts.h"
#include "quarantine/act_book.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// How the portal writes acts into the record that quarantine/act_book.h keeps: what is to be done
// and how far it is, each as one JSON object of ours.

namespace portal {

// What is to be done. Never changes once it is written.
struct ActPlan {
    Act act;
    std::string client;  // address of the person's machine, for the audit trail
    std::optional<quarantine::HoldFilter> match;  // a job's; mails_up_to is set
    std::string text;                             // what matched, in words; a job's
};
std::string to_text(const ActPlan& plan);
base::Result<ActPlan> plan_in(std::string_view text);

struct ActProgress {
    static constexpr std::size_t first_problems_max = 20;

    std::string cursor;  // of the list of what matches
    std::uint64_t total = 0;
    bool total_is_exact = true;
    Tally tally;
    std::vector<std::pair<std::string, std::string>> first_problems;  // hold id, sentence
    std::uint64_t reported = 0;  // mails made for the security team
    std::uint64_t undone = 0;
    quarantine::ActState ends_as = quarantine::ActState::done;
    std::string why;  // a sentence: why it ended early; "" when it did not

    void add(const Outcome& outcome);
};
std::string to_text(const ActProgress& progress);
base::Result<ActProgress> progress_in(std::string_view text);

// Notes in the record what was done to each hold, in the transaction that did it at `now`, so that
// it can be taken back. `act` is the record's row.
base::Result<void> note_done(
    database::Transaction& transaction, std::int64_t act, const Outcome& outcome, base::Time now
);

// A finished act of this person begins to be taken back. Error conflict: not in time, or at work
// already; not_found.
base::Result<quarantine::ActRecord> begin_undo(
    database::Transaction& transaction, std::string_view who, std::string_view id, base::Time now
);

// Takes the next holds back, at most `limit` of them. True when there are no more: the record is
// `undone` then.
base::Result<bool> undo_some(
    database::Transaction& transaction,
    const Actor& actor,
    const ActRules& rules,
    std::int64_t act,
    int limit,
    base::Time now
);

// "Took back 3 messages."; with what could not be taken back.
std::string undo_summary(const ActProgress& progress);

}  // namespace portal
