#include "portal/acts.h"

#include "accounts/audit.h"
#include "accounts/sender_lists.h"
#include "quarantine/message.h"
#include "quarantine/outbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace portal {

namespace {

using base::ErrorKind;
using base::Result;
using policy::SenderList;
using quarantine::Hold;
using quarantine::HoldState;

// One act on one hold, inside a transaction that others share.
struct Step {
    database::Transaction& transaction;
    const Actor& actor;
    const ActRules& rules;
    const Act& act;
    base::Time now;
    base::Time due;

    Result<void> note(std::string_view what, std::string_view object, std::string_view detail) {
        accounts::AuditEntry entry;
        entry.at = now;
        entry.who = actor.name;
        entry.act = what;
        entry.object = object;
        entry.detail = detail;
        entry.source = actor.source;
        return accounts::add_audit(transaction, entry);
    }
};

// The identity people mean by "the sender": what the mail shows as its author. The envelope sender
// stands in where that is no address.
std::optional<mail::Address> sender_of(const Hold& hold) {
    for (const std::string& text : {hold.header_from_address, hold.sender}) {
        if (auto address = mail::Address::parse(text)) return *address;
    }
    return std::nullopt;
}

SenderChange change_of(const Act& act) {
    if (act.action == Action::report) return SenderChange::block_sender;
    if (act.action == Action::block && act.sender != SenderChange::block_domain) {
        return SenderChange::block_sender;
    }
    return act.sender;
}

struct Change {
    SenderList list;
    policy::SenderPattern pattern;
};

Result<Change> wanted_change(SenderChange change, const mail::Address& sender) {
    const bool domain =
        change == SenderChange::permit_domain || change == SenderChange::block_domain;
    const bool permit =
        change == SenderChange::permit_domain || change == SenderChange::permit_sender;
    auto pattern = policy::SenderPattern::parse(domain ? sender.domain().text() : sender.key());
    if (!pattern) return base::failure(pattern.error());
    return Change{permit ? SenderList::permitted : SenderList::blocked, std::move(*pattern)};
}

// None when it stood in that list already.
Result<std::optional<AddedEntry>> add_entry(
    Step& step, const Hold& hold, const mail::Address& sender, const Change& change
) {
    auto present = accounts::entries_for(step.transaction, hold.owner, {sender});
    if (!present) return base::failure(present.error());
    AddedEntry entry{hold.owner, change.list, change.pattern, std::nullopt};
    for (const policy::ManagedEntry& other : *present) {
        const bool excluded = other.list != SenderList::trusted && other.list != change.list;
        if (excluded && other.pattern == change.pattern) entry.moved_from = other.list;
    }
    auto added = accounts::add_entry(
        step.transaction,
        hold.owner,
        change.list,
        change.pattern,
        step.actor.name,
        step.rules.own_domains,
        step.now
    );
    if (!added) return base::failure(added.error());
    if (*added == accounts::Added::was_there) return std::optional<AddedEntry>();
    const std::string_view act =
        change.list == SenderList::blocked ? "sender.blocked" : "sender.permitted";
    if (auto noted = step.note(act, change.pattern.key, "for " + hold.owner); !noted) {
        return base::failure(noted.error());
    }
    return std::optional<AddedEntry>(std::move(entry));
}

Result<std::int64_t> post_report(Step& step, const ReportMail& report) {
    quarantine::ReceivedMail mail;
    mail.mail_id = report.mail_id;
    mail.bytes = report.bytes.get();
    mail.body = mail::Body::eight_bit_mime;
    mail.helo = step.rules.hostname;
    mail.received_at = step.now;
    mail.to = step.rules.security_team->text();
    mail.subject = report.subject;
    auto row = quarantine::store_mail(step.transaction, mail);
    if (!row) return base::failure(row.error());
    quarantine::NewOutgoing outgoing{
        *row,
        mail::Recipient{*step.rules.security_team, {}, {}},
        {},
        {},
        step.due,
        "report",
        "A report to the security team could not be sent.",
    };
    return quarantine::add_outgoing(step.transaction, outgoing, step.now);
}

Result<void> change_state(Step& step, const Hold& hold, const ReportMail* report) {
    const quarantine::Actor actor{step.actor.name, step.actor.reach};
    switch (step.act.action) {
        case Action::release:
            return quarantine::release(step.transaction, actor, hold.id, step.now, step.due);
        case Action::reject:
        case Action::block:
            return quarantine::reject(step.transaction, actor, hold.id, step.now);
        case Action::report:
            break;
    }
    std::int64_t outbox_row = 0;
    if (report) {
        auto row = post_report(step, *report);
        if (!row) return base::failure(row.error());
        outbox_row = *row;
    }
    return quarantine::report(step.transaction, actor, hold.id, outbox_row, step.now);
}

std::string_view audit_name(Action action) {
    switch (action) {
        case Action::release:
            return "hold.released";
        case Action::reject:
        case Action::block:
            return "hold.rejected";
        case Action::report:
            return "hold.reported";
    }
    return "hold.rejected";
}

void fail(Outcome& outcome, std::string_view id, Obstacle obstacle, std::string text) {
    outcome.problems.push_back({std::string(id), obstacle, std::move(text)});
}

// Whatever is in the way is found before the first row is changed, so that an obstacle never leaves
// half an act behind.
Result<void> act_on_one(
    Step& step, const std::string& id, const ReportMail* report, Outcome& outcome
) {
    auto hold = quarantine::find(step.transaction, step.actor.reach, id);
    if (!hold && hold.error().kind == ErrorKind::not_found) {
        fail(outcome, id, Obstacle::not_found, "There is no such message, or it is not yours.");
        return {};
    }
    if (!hold) return base::failure(hold.error());
    if (!can_be_decided(hold->state)) {
        fail(
            outcome,
            id,
            Obstacle::already_decided,
            fmt::format("Already {}.", quarantine::name_of(hold->state))
        );
        return {};
    }

    SenderChange change = change_of(step.act);
    if (change != SenderChange::none && !may_manage_sender(step.actor.reach, *hold)) {
        if (step.act.action != Action::report) {
            const bool is_moderated = hold->kind != mail::HoldKind::user;
            fail(
                outcome,
                id,
                Obstacle::not_yours,
                is_moderated ? "Deciding mail for others blocks and permits no senders."
                             : "The lists of another person are not yours to change."
            );
            return {};
        }
        change = SenderChange::none;
        ++outcome.foreign;
    }
    Done done{id, std::nullopt};
    if (change != SenderChange::none) {
        const auto sender = sender_of(*hold);
        if (!sender && step.act.action == Action::block) {
            fail(outcome, id, Obstacle::no_sender, "This mail names no sender to block.");
            return {};
        }
        if (!sender) {
            ++outcome.senderless;
        } else {
            auto wanted = wanted_change(change, *sender);
            auto added = wanted ? add_entry(step, *hold, *sender, *wanted)
                                : Result<std::optional<AddedEntry>>(base::failure(wanted.error()));
            if (!added) {
                const ErrorKind kind = added.error().kind;
                if (kind != ErrorKind::invalid && kind != ErrorKind::limit) {
                    return base::failure(added.error());
                }
                fail(outcome, id, Obstacle::refused, added.error().text);
                return {};
            }
            if (*added) outcome.entries.push_back((*added)->pattern.key);
            done.added = std::move(*added);
        }
    }
    if (auto changed = change_state(step, *hold, report); !changed) return changed;
    const std::string_view detail = step.act.action == Action::report ? name_of(step.act.as) : "";
    if (auto noted = step.note(audit_name(step.act.action), id, detail); !noted) return noted;
    outcome.done.push_back(std::move(done));
    return {};
}

Result<void> take_back_entry(Step& step, const AddedEntry& entry) {
    auto removed = accounts::remove_entry(step.transaction, entry.owner, entry.list, entry.pattern);
    if (!removed) return base::failure(removed.error());
    if (entry.moved_from) {
        auto restored = accounts::add_entry(
            step.transaction,
            entry.owner,
            *entry.moved_from,
            entry.pattern,
            step.actor.name,
            step.rules.own_domains,
            step.now
        );
        if (!restored) return base::failure(restored.error());
    }
    return step.note("sender.undone", entry.pattern.key, "for " + entry.owner);
}

}  // namespace

bool may_manage_sender(const quarantine::Reach& reach, const Hold& hold) {
    return hold.kind == mail::HoldKind::user &&
           std::find(reach.owners.begin(), reach.owners.end(), hold.owner) != reach.owners.end();
}

ActRules act_rules_of(const conf::Settings& settings) {
    ActRules rules;
    rules.hostname = settings.hostname;
    for (const conf::ProtectedDomain& domain : settings.domains) {
        rules.own_domains.push_back(domain.name);
    }
    rules.security_team = settings.report.security_team;
    rules.undo_window = settings.courier.undo_window;
    return rules;
}

bool can_be_decided(HoldState state) {
    return state == HoldState::held || state == HoldState::failed;
}

void Outcome::add(Outcome other) {
    std::move(other.done.begin(), other.done.end(), std::back_inserter(done));
    std::move(other.problems.begin(), other.problems.end(), std::back_inserter(problems));
    for (std::string& entry : other.entries) {
        if (std::find(entries.begin(), entries.end(), entry) == entries.end()) {
            entries.push_back(std::move(entry));
        }
    }
    senderless += other.senderless;
    foreign += other.foreign;
}

Result<Outcome> act_on(
    database::Transaction& transaction,
    const Actor& actor,
    const ActRules& rules,
    const Act& act,
    std::span<const std::string> hold_ids,
    std::span<const ReportMail> reports,
    base::Time now,
    base::Time due
) {
    Step step{transaction, actor, rules, act, now, due};
    Outcome outcome;
    for (const std::string& id : hold_ids) {
        const auto report =
            std::find_if(reports.begin(), reports.end(), [&](const ReportMail& mail) {
                return mail.hold_id == id;
            });
        auto acted = act_on_one(step, id, report == reports.end() ? nullptr : &*report, outcome);
        if (!acted) return base::failure(acted.error(), "acting on hold " + id);
    }
    return outcome;
}

Result<std::uint64_t> undo(
    database::Transaction& transaction,
    const Actor& actor,
    const ActRules& rules,
    std::span<const Done> acts,
    base::Time now,
    std::chrono::milliseconds window
) {
    const Act none;
    Step step{transaction, actor, rules, none, now, now};
    std::uint64_t count = 0;
    for (const Done& done : acts) {
        const quarantine::Actor who{actor.name, actor.reach};
        auto undone = quarantine::undo(transaction, who, done.hold_id, now, window);
        if (!undone) {
            const ErrorKind kind = undone.error().kind;
            if (kind == ErrorKind::conflict || kind == ErrorKind::not_found) continue;
            return base::failure(undone.error());
        }
        if (done.added) {
            auto taken = take_back_entry(step, *done.added);
            if (!taken) return base::failure(taken.error());
        }
        auto noted = step.note("hold.undone", done.hold_id, "");
        if (!noted) return base::failure(noted.error());
        ++count;
    }
    return count;
}

}  // namespace portal
