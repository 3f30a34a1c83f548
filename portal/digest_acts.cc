#include "portal/digest_acts.h"

#include "accounts/audit.h"
#include "quarantine/hold_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace portal {

using base::ErrorKind;
using base::failure;
using base::Result;
using base::Task;

namespace {

constexpr int items_a_look = 500;
constexpr std::size_t holds_at_once = 200;  // holds in one transaction
// Many batches take a while: what is released first waits for the last, so that one undo still
// reaches all of it.
constexpr std::chrono::seconds bulk_allowance{60};

// Only what is the recipient's own: a link never reaches what moderators or administrators decide.
quarantine::Reach reach_in_digest(const OpenDigest& open) {
    quarantine::Reach reach;
    // An address that has since become somebody's alias still answers for itself alone.
    if (open.recipient->address.key() == open.link.recipient)
        reach.owners = open.recipient->owners;
    else
        reach.owners = {open.link.recipient};
    return reach;
}

Actor actor_of(const OpenDigest& open, std::string_view client) {
    return {open.link.recipient, source_of(client), reach_in_digest(open)};
}

Result<std::optional<quarantine::Hold>> hold_of(
    database::Snapshot& snapshot, const quarantine::Reach& reach, const std::string& id
) {
    auto hold = quarantine::find(snapshot, reach, id);
    if (hold) return std::optional(std::move(*hold));
    if (hold.error().kind == ErrorKind::not_found) return std::optional<quarantine::Hold>();
    return failure(std::move(hold.error()));
}

// Revoked or over while the page was open: nothing is done any more.
Result<void> prove_open(database::Snapshot& snapshot, const std::string& token, base::Time now) {
    const auto link = digest::find_link(snapshot, token, now);
    if (!link) return failure(link.error());
    if (link->state == digest::LinkState::open) return {};
    return failure(ErrorKind::not_found, "the link of digest {} has ended", link->id);
}

struct DigestStep {
    std::string token;
    OpenDigest open;
    Actor actor;
    ActRules rules;
    DigestAct wanted;
    base::Time now;
    base::Time due;
    base::Time undo_until;
};

// Acts on those of the holds that the digest lists.
Result<Outcome> act_in(
    database::Transaction& transaction, const DigestStep& step, std::span<const std::string> holds
) {
    if (auto still = prove_open(transaction, step.token, step.now); !still)
        return failure(std::move(still.error()));
    for (const std::string& hold : holds)
        if (auto listed = digest::item_of(transaction, step.open.link.id, hold); !listed)
            return failure(std::move(listed.error()));
    auto outcome =
        act_on(transaction, step.actor, step.rules, step.wanted.act, holds, {}, step.now, step.due);
    if (!outcome) return outcome;
    if (step.rules.undo_window.count() == 0) return outcome;
    for (const Done& done : outcome->done) {
        // Something has to stand there even when no list was changed.
        const std::string undo = "u" + effect_text(done);
        auto noted =
            digest::note_undo(transaction, step.open.link.id, done.hold_id, undo, step.undo_until);
        if (!noted) return failure(std::move(noted.error()));
    }
    return outcome;
}

// The number taken back.
Result<std::uint64_t> undo_in(
    database::Transaction& transaction, const DigestStep& step, std::span<const digest::Item> items
) {
    if (auto still = prove_open(transaction, step.token, step.now); !still)
        return failure(std::move(still.error()));
    std::uint64_t count = 0;
    for (const digest::Item& item : items) {
        if (!item.undo_until || *item.undo_until < step.now) continue;
        auto done = done_in(item.hold, std::string_view(item.undo).substr(1));
        if (!done) return failure(std::move(done.error()));
        const std::array<Done, 1> one = {std::move(*done)};
        auto undone = undo(
            transaction,
            step.actor,
            step.rules,
            one,
            step.now,
            step.rules.undo_window + bulk_allowance
        );
        if (!undone) return undone;
        auto forgotten = digest::forget_undo(transaction, step.open.link.id, item.hold);
        if (!forgotten) return failure(std::move(forgotten.error()));
        count += *undone;
    }
    return count;
}

std::string_view said_of(const DigestAct& wanted, const Outcome& outcome) {
    if (outcome.done.empty()) {
        const bool is_refused =
            !outcome.problems.empty() && (outcome.problems.front().obstacle == Obstacle::refused ||
                                          outcome.problems.front().obstacle == Obstacle::no_sender);
        return is_refused ? "refused" : "decided";
    }
    const bool is_list_changed = outcome.senderless == 0;
    if (wanted.act.action == Action::release)
        return wanted.act.sender != SenderChange::none && is_list_changed ? "released_permitted"
                                                                          : "released";
    return wanted.act.sender != SenderChange::none && is_list_changed ? "rejected_blocked"
                                                                      : "rejected";
}

void log_act(Call& call, const DigestStep& step, std::string_view said, std::uint64_t count) {
    call.services.log.info(
        "acted",
        {{"action", std::string(said)},
         {"who", step.actor.name},
         {"client", call.client},
         {"by", "digest link"},
         {"count", std::to_string(count)}}
    );
}

Task<Result<Acted>> act_on_these(Call& call, DigestStep step, std::vector<std::string> holds) {
    Outcome whole;
    const std::span<const std::string> all(holds);
    for (std::size_t from = 0; from < all.size(); from += holds_at_once) {
        const auto part = all.subspan(from, std::min(holds_at_once, all.size() - from));
        auto job = [&step, part](database::Transaction& transaction) {
            return act_in(transaction, step, part);
        };
        auto outcome = co_await call.services.store.write(std::move(job));
        if (!outcome) co_return failure(std::move(outcome.error()));
        whole.add(std::move(*outcome));
    }
    Acted acted;
    acted.said = said_of(step.wanted, whole);
    acted.count = std::max<std::uint64_t>(1, whole.done.size());
    if (!step.wanted.is_for_all && !holds.empty()) acted.hold = holds.front();
    if (!whole.done.empty()) {
        call.services.wake_courier();
        log_act(call, step, acted.said, whole.done.size());
    }
    co_return acted;
}

Task<Result<Acted>> undo_these(Call& call, DigestStep step, std::string hold) {
    auto look = [id = step.open.link.id, hold, now = step.now](database::Snapshot& snapshot
                ) -> Result<std::vector<digest::Item>> {
        if (hold == "all") return digest::undoable_items(snapshot, id, now, 100'000);
        auto item = digest::item_of(snapshot, id, hold);
        if (!item) return failure(std::move(item.error()));
        return std::vector{std::move(*item)};
    };
    const auto items = co_await call.services.store.read(std::move(look));
    if (!items) co_return failure(items.error());
    std::uint64_t count = 0;
    const std::span<const digest::Item> all(*items);
    for (std::size_t from = 0; from < all.size(); from += holds_at_once) {
        const auto part = all.subspan(from, std::min(holds_at_once, all.size() - from));
        auto job = [&step, part](database::Transaction& transaction) {
            return undo_in(transaction, step, part);
        };
        const auto undone = co_await call.services.store.write(std::move(job));
        if (!undone) co_return failure(undone.error());
        count += *undone;
    }
    Acted acted;
    acted.said = count > 0 ? "undone" : "too_late";
    acted.count = std::max<std::uint64_t>(1, count);
    if (hold != "all") acted.hold = hold;
    if (count > 0) log_act(call, step, acted.said, count);
    co_return acted;
}

}  // namespace

std::string source_of(std::string_view client) {
    return fmt::format("digest link {}", client);
}

Result<OpenDigest> find_open_digest(
    database::Snapshot& snapshot,
    const conf::Settings& settings,
    std::string_view token,
    base::Time now
) {
    auto link = digest::find_link(snapshot, token, now);
    if (!link) return failure(std::move(link.error()));
    auto recipient = digest::recipient_for(snapshot, settings, link->recipient);
    if (!recipient) return failure(std::move(recipient.error()));
    return OpenDigest{std::move(*link), std::move(*recipient)};
}

Result<DigestMails> read_mails(
    database::Snapshot& snapshot,
    const OpenDigest& open,
    std::int64_t first,
    std::int64_t limit,
    base::Time now
) {
    const quarantine::Reach reach = reach_in_digest(open);
    DigestMails result;
    auto items = digest::items_of(snapshot, open.link.id, first, static_cast<int>(limit));
    if (!items) return failure(std::move(items.error()));
    for (digest::Item& item : *items) {
        auto hold = hold_of(snapshot, reach, item.hold);
        if (!hold) return failure(std::move(hold.error()));
        result.mails.push_back({std::move(item), std::move(*hold)});
    }
    auto waiting = open_holds(snapshot, open);
    if (!waiting) return failure(std::move(waiting.error()));
    result.open = waiting->size();
    auto undoable = digest::undoable_items(snapshot, open.link.id, now, 1);
    if (!undoable) return failure(std::move(undoable.error()));
    result.can_undo = !undoable->empty();
    return result;
}

Result<std::vector<std::string>> open_holds(database::Snapshot& snapshot, const OpenDigest& open) {
    const quarantine::Reach reach = reach_in_digest(open);
    std::vector<std::string> holds;
    for (std::int64_t first = 1;; first += items_a_look) {
        auto items = digest::items_of(snapshot, open.link.id, first, items_a_look);
        if (!items) return failure(std::move(items.error()));
        if (items->empty()) return holds;
        for (digest::Item& item : *items) {
            auto hold = hold_of(snapshot, reach, item.hold);
            if (!hold) return failure(std::move(hold.error()));
            if (*hold && can_be_decided((*hold)->state)) holds.push_back(std::move(item.hold));
        }
    }
}

std::optional<DigestAct> digest_act_named(std::string_view name) {
    if (name == "undo") return DigestAct{{}, true, false};
    if (name == "release")
        return DigestAct{{Action::release, SenderChange::none, {}}, false, false};
    if (name == "release_permit")
        return DigestAct{{Action::release, SenderChange::permit_sender, {}}, false, false};
    if (name == "reject") return DigestAct{{Action::reject, SenderChange::none, {}}, false, false};
    if (name == "reject_block")
        return DigestAct{{Action::reject, SenderChange::block_sender, {}}, false, false};
    if (name == "release_all")
        return DigestAct{{Action::release, SenderChange::none, {}}, false, true};
    if (name == "reject_all")
        return DigestAct{{Action::reject, SenderChange::none, {}}, false, true};
    return std::nullopt;
}

Task<Result<Acted>> act_by_link(Call& call, OpenDigest open, DigestAct wanted, std::string hold) {
    const ActRules rules = act_rules_of(*call.settings);
    const base::Time now = call.services.clock.now();
    std::vector<std::string> holds = {hold};
    if (wanted.is_for_all) {
        auto look = [open](database::Snapshot& snapshot) { return open_holds(snapshot, open); };
        auto waiting = co_await call.services.store.read(std::move(look));
        if (!waiting) co_return failure(std::move(waiting.error()));
        holds = std::move(*waiting);
    }
    const bool is_bulk = holds.size() > holds_at_once && rules.undo_window.count() > 0;
    const auto allowance = is_bulk ? bulk_allowance : std::chrono::seconds(0);
    Actor actor = actor_of(open, call.client);
    DigestStep step{
        call.path_values[0],
        std::move(open),
        std::move(actor),
        rules,
        wanted,
        now,
        now + rules.undo_window + allowance,
        now + rules.undo_window + allowance
    };
    Task<Result<Acted>> acting = wanted.is_undo
                                     ? undo_these(call, std::move(step), std::move(hold))
                                     : act_on_these(call, std::move(step), std::move(holds));
    auto acted = co_await std::move(acting);
    // Foreign, missing, or the link has just ended: all the same to whoever asks.
    if (!acted && acted.error().kind == ErrorKind::not_found) co_return Acted{"not_listed", 1, ""};
    co_return acted;
}

Result<void> revoke_by_link(
    database::Transaction& transaction,
    const digest::Link& link,
    const std::string& source,
    base::Time now
) {
    const std::array<std::string, 1> recipients = {link.recipient};
    auto ended = digest::revoke_links(transaction, recipients, now);
    if (!ended) return failure(std::move(ended.error()));
    accounts::AuditEntry entry;
    entry.at = now;
    entry.who = link.recipient;
    entry.act = "digest.links_ended";
    entry.object = link.recipient;
    entry.detail = fmt::format("{} links", *ended);
    entry.source = source;
    return accounts::add_audit(transaction, entry);
}

}  // namespace portal
