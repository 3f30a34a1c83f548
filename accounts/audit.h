#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace accounts {

// One look or act. Append-only; each row carries the SHA-256 over the row before it and itself, so
// that a changed or missing row shows. Written in the same transaction as the act.
struct AuditEntry {
    base::Time at;
    std::string who;     // address key, or "command line (uid 0)"
    std::string act;     // "hold.released", "hold.viewed", "sender.blocked", "session.started"...
    std::string object;  // hold id, entry, address
    std::string detail;
    std::string source;  // client address, or "local"
};
base::Result<void> add_audit(database::Transaction& transaction, const AuditEntry& entry);

// Walks the chain: how many rows fit, or the first that does not, as an error `corrupt`.
base::Result<std::uint64_t> verify_audit(database::Snapshot& snapshot);
base::Result<std::vector<AuditEntry>> latest_audit(database::Snapshot& snapshot, int limit);

}  // namespace accounts
