#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/store.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The pages behind the links of digests, as the store knows them: which digest a token means, what
// it lists, and what can be taken back of what was done there.

namespace digest {

enum class LinkState { open, expired, revoked };

struct Link {
    std::int64_t id = 0;    // of the digest
    std::string recipient;  // address key: whom the mail was sent to
    base::Time made_at;
    base::Time expires_at;
    LinkState state = LinkState::open;
    std::uint64_t items = 0;
};

// Error not_found: no digest ever had this token, or it has been forgotten.
base::Result<Link> find_link(database::Snapshot& snapshot, std::string_view token, base::Time now);

struct Item {
    std::int64_t number = 0;  // from 1, newest hold first
    std::string hold;
    std::optional<base::Time> undo_until;  // none: nothing can be taken back
    std::string undo;
};
// In order, at most `limit` from number `first` on.
base::Result<std::vector<Item>> items_of(
    database::Snapshot& snapshot, std::int64_t link, std::int64_t first, int limit
);
// Error not_found: this digest does not list it.
base::Result<Item> item_of(database::Snapshot& snapshot, std::int64_t link, std::string_view hold);
// Those of which something can still be taken back.
base::Result<std::vector<Item>> undoable_items(
    database::Snapshot& snapshot, std::int64_t link, base::Time now, int limit
);
// `undo` is the caller's own text.
base::Result<void> note_undo(
    database::Transaction& transaction,
    std::int64_t link,
    std::string_view hold,
    std::string_view undo,
    base::Time until
);
base::Result<void> forget_undo(
    database::Transaction& transaction, std::int64_t link, std::string_view hold
);

// Ends every link that was sent to one of these addresses: the number that worked until now.
base::Result<std::uint64_t> revoke_links(
    database::Transaction& transaction, std::span<const std::string> recipients, base::Time now
);

// Whether forget_old() would find something.
base::Result<bool> has_old(database::Snapshot& snapshot, base::Time now);
// Removes digests that nobody can need any more, with what they list. The number removed.
base::Result<std::uint64_t> forget_old(
    database::Transaction& transaction, base::Time now, int batch
);

}  // namespace digest
