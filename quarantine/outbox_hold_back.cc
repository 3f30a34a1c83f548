#include "quarantine/outbox_hold_back.h"

#include "base/random.h"
#include "quarantine/hold_rows.h"
#include "quarantine/hold_store.h"
#include "quarantine/outbox.h"
#include "quarantine/references.h"
#include "quarantine/rows.h"

#include <optional>
#include <vector>

namespace quarantine {
namespace {

using base::failure;
using base::Result;

constexpr std::string_view held_back_because = "it was in the outbox of a store that was restored";

struct Waiting {
    std::int64_t row = 0;
    std::int64_t mail = 0;
    std::optional<std::int64_t> hold;
    std::string recipient;
    std::string notify;
    std::string original_recipient;
    std::string added_fields;
    std::string rule;
    std::string reason;
    bool may_be_dropped = false;
};

Result<std::vector<Waiting>> everything_in_outbox(database::Snapshot& snapshot) {
    std::vector<Waiting> waiting;
    const auto keep = [&](const database::Rows& rows) -> Result<void> {
        Waiting one;
        one.row = rows.integer(0);
        one.mail = rows.integer(1);
        if (!rows.is_null(2)) one.hold = rows.integer(2);
        one.recipient = rows.text(3);
        one.notify = rows.text(4);
        one.original_recipient = rows.text(5);
        one.added_fields = rows.text(6);
        one.rule = rows.text(7);
        one.reason = rows.text(8);
        one.may_be_dropped = static_cast<IfRefused>(rows.integer(9)) == IfRefused::drop;
        waiting.push_back(std::move(one));
        return {};
    };
    auto read = for_each_row(
        snapshot,
        "SELECT row, mail, hold, recipient, notify, original_recipient, added_fields, rule, "
        "reason, "
        "if_refused FROM outbox ORDER BY row",
        {},
        keep
    );
    if (!read) return failure(std::move(read.error()));
    return waiting;
}

Result<void> hold_again(
    database::Transaction& transaction,
    std::int64_t hold,
    std::string_view who,
    base::Time now,
    base::Time expires_at
) {
    auto held = transaction.execute(
        "UPDATE hold SET state = 'held', decided_by = '', decided_at = NULL, "
        "expires_at = max(expires_at, ?) WHERE row = ?",
        {to_column(expires_at), hold}
    );
    if (!held) return failure(std::move(held.error()));
    return add_event(
        transaction, hold, {now, std::string(who), "undone", std::string(held_back_because)}
    );
}

Result<void> hold_for_administrator(
    database::Transaction& transaction,
    const Waiting& waiting,
    mail::Address recipient,
    base::Time now,
    base::Time expires_at
) {
    base::SystemRandom random;
    const NewHold hold{
        .id = base::random_id(random),
        .recipient = {std::move(recipient), waiting.notify, waiting.original_recipient},
        .kind = mail::HoldKind::administrator,
        .moderators = {},
        .rule = waiting.rule.empty() ? "held back at a restore" : waiting.rule,
        .reason = waiting.reason.empty() ? std::string(held_back_because) : waiting.reason,
        .trace = "[]",
        .added_fields = waiting.added_fields,
        .expires_at = expires_at,
    };
    return add_hold(transaction, waiting.mail, hold, now);
}

}  // namespace

Result<OutboxCount> count_outbox(database::Snapshot& snapshot) {
    auto counted = first_row(
        snapshot,
        "SELECT count(hold), count(*) - count(hold) FROM outbox",
        {},
        [](const database::Rows& rows) {
            return OutboxCount{
                static_cast<std::uint64_t>(rows.integer(0)),
                static_cast<std::uint64_t>(rows.integer(1))
            };
        }
    );
    if (!counted) return failure(std::move(counted.error()));
    return counted->value_or(OutboxCount());
}

Result<HeldBack> hold_back_outbox(
    database::Transaction& transaction, std::string_view who, base::Time now, base::Time expires_at
) {
    auto waiting = everything_in_outbox(transaction);
    if (!waiting) return failure(std::move(waiting.error()));
    HeldBack count;
    for (const auto& one : *waiting) {
        base::Result<void> held;
        if (one.hold) {
            held = hold_again(transaction, *one.hold, who, now, expires_at);
        } else if (!one.may_be_dropped) {
            auto recipient = mail::Address::parse(one.recipient);
            if (!recipient) {
                ++count.unreadable;
                continue;
            }
            held = hold_for_administrator(transaction, one, std::move(*recipient), now, expires_at);
        }
        if (!held) return failure(held.error(), "holding back what was to be sent");
        auto removed = transaction.execute("DELETE FROM outbox WHERE row = ?", {one.row});
        if (!removed) return failure(std::move(removed.error()));
        if (one.may_be_dropped) {
            // Links in it may have been followed since; what it lists is still held.
            auto let_go = remove_mail_if_unreferenced(transaction, one.mail);
            if (!let_go) return failure(std::move(let_go.error()));
            ++count.dropped;
            continue;
        }
        ++(one.hold ? count.held.released : count.held.other);
    }
    return count;
}

}  // namespace quarantine
