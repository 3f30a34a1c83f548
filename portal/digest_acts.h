#pragma once

#include "base/async.h"
#include "base/result.h"
#include "digest/links.h"
#include "digest/recipients.h"
#include "portal/acts.h"
#include "portal/call.h"
#include "portal/digest_page.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the link of a digest lets somebody do: decide about the holds it lists, as far as they are
// still its recipient's own. Nothing of HTTP but the call it comes by.

namespace portal {

struct OpenDigest {
    digest::Link link;
    std::optional<digest::Recipient> recipient;  // none: nobody of ours any more
};

// Error not_found: no such digest. Whether the link still works is in its state.
base::Result<OpenDigest> find_open_digest(
    database::Snapshot& snapshot,
    const conf::Settings& settings,
    std::string_view token,
    base::Time now
);

struct DigestMails {
    std::vector<DigestMail> mails;
    std::uint64_t open = 0;  // of the whole digest, that wait for a decision
    bool can_undo = false;   // something of the whole digest
};
base::Result<DigestMails> read_mails(
    database::Snapshot& snapshot,
    const OpenDigest& open,
    std::int64_t first,
    std::int64_t limit,
    base::Time now
);

// The ids of all that wait for a decision.
base::Result<std::vector<std::string>> open_holds(
    database::Snapshot& snapshot, const OpenDigest& open
);

struct DigestAct {
    Act act;
    bool is_undo = false;
    bool is_for_all = false;
};
// "release", "release_permit", "reject", "reject_block", "undo", "release_all", "reject_all".
std::optional<DigestAct> digest_act_named(std::string_view name);

// What it came to: a word for the page's address.
struct Acted {
    std::string_view said;
    std::uint64_t count = 1;
    std::string hold;  // where on the page; "" for the top
};
// `hold`: the id, or "all" for an undo. Each transaction looks again whether the link still works.
base::Task<base::Result<Acted>> act_by_link(
    Call& call, OpenDigest open, DigestAct wanted, std::string hold
);

// How the audit trail names where it came from: "digest link 192.0.2.1".
std::string source_of(std::string_view client);

// Ends all links sent to the same recipient.
base::Result<void> revoke_by_link(
    database::Transaction& transaction,
    const digest::Link& link,
    const std::string& source,
    base::Time now
);

}  // namespace portal
