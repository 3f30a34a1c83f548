#pragma once

#include "base/async.h"
#include "portal/call.h"
#include "portal/sender_entries.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portal {

// What adding, moving and importing managed senders have in common: all entries or none.

// The mailbox whose lists are meant: the person's own when `own` is empty or one of their
// addresses, else the one they act for. Answers 403 when it is neither.
Answer<std::string> sender_lists_of(const Call& call, std::string_view own);

struct SenderChanges {
    std::string owner;  // of the lists: sender_lists_of()
    std::vector<GivenEntry> given;
    std::optional<policy::SenderList> from;  // a move
    bool dry_run = false;
};

// "own" and "dry_run" of the body; the rest is left to the caller. Answers 400 or 403.
Answer<SenderChanges> changes_in(const Call& call, const boost::json::object& body);

// "list" or another member that names one. Answers 400.
Answer<policy::SenderList> list_in(const boost::json::object& body, std::string_view name);

// Carries them out, in one transaction, and says what became of each. With any problem nothing is
// changed. The lists in the answer name at most 1000 entries each; "counts" counts all.
base::Task<Response> change_senders(Call& call, SenderChanges changes);

}  // namespace portal
