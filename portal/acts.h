#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "conf/settings.h"
#include "database/statement.h"
#include "mail/address.h"
#include "mail/message_bytes.h"
#include "policy/managed_senders.h"
#include "quarantine/hold.h"
#include "quarantine/hold_store.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What people do to held mail, for the portal and for the command line. Nothing of HTTP here.

namespace portal {

enum class Action { release, reject, report, block };
std::optional<Action> action_named(std::string_view name);
std::string_view name_of(Action action);

// What happens to the owner's managed senders beside it.
enum class SenderChange { none, permit_sender, permit_domain, block_sender, block_domain };
std::optional<SenderChange> sender_change_named(std::string_view name);

enum class ReportAs { spam, phishing };
std::optional<ReportAs> report_as_named(std::string_view name);
std::string_view name_of(ReportAs as);

// `block` always blocks (the sender, unless `sender` says the domain) and rejects; `report` always
// blocks the sender.
struct Act {
    Action action = Action::release;
    SenderChange sender = SenderChange::none;
    ReportAs as = ReportAs::spam;
};

struct Actor {
    std::string name;    // address key, or "command line (uid 0)"
    std::string source;  // client address, or "local"
    quarantine::Reach reach;
};

// What is held, and what could not be delivered after its release.
bool can_be_decided(quarantine::HoldState state);

// May lists of senders change with an act on this hold? Only those of the person whose lists they
// are; what moderators and administrators decide changes none, not even where it is their own mail.
bool may_manage_sender(const quarantine::Reach& reach, const quarantine::Hold& hold);

// What of the settings an act depends on.
struct ActRules {
    std::string hostname;
    std::vector<mail::Domain> own_domains;
    std::optional<mail::Address> security_team;
    std::chrono::milliseconds undo_window{0};
};
ActRules act_rules_of(const conf::Settings& settings);

// The mail to the security team, composed beforehand: taking the original out of the store and
// putting it into another mail takes too long for the writer.
struct ReportMail {
    std::string hold_id;
    std::string mail_id;
    std::string subject;
    std::shared_ptr<const mail::MessageBytes> bytes;
};
// Errors: not_found (missing or out of reach), corrupt, disk_full, trouble; not_found too when no
// security team is set, so ask that first.
base::Result<ReportMail> compose_report(
    database::Snapshot& snapshot,
    const Actor& actor,
    const ActRules& rules,
    ReportAs as,
    std::string_view hold_id,
    const mail::SpoolSettings& spool,
    std::string_view mail_id,
    base::Time now
);

// One entry that an act put into a list, and where it came from.
struct AddedEntry {
    std::string owner;
    policy::SenderList list = policy::SenderList::blocked;
    policy::SenderPattern pattern;
    std::optional<policy::SenderList> moved_from;
};

// What an act did to one hold: enough to take it back.
struct Done {
    std::string hold_id;
    std::optional<AddedEntry> added;
};

enum class Obstacle { not_found, already_decided, not_yours, no_sender, refused };
struct Undone {
    std::string hold_id;
    Obstacle obstacle = Obstacle::not_found;
    std::string text;  // one sentence for the person
};

struct Outcome {
    std::vector<Done> done;
    std::vector<Undone> problems;
    std::vector<std::string> entries;  // that now stand in a list, each once
    std::uint64_t senderless = 0;      // done, but there was no sender to permit or block
    std::uint64_t foreign = 0;         // reported, but the owner's lists are not the actor's

    void add(Outcome other);
};

// An outcome in numbers, however many holds it is about.
struct Tally {
    std::uint64_t done = 0;
    std::uint64_t problems = 0;
    std::uint64_t entries = 0;  // that now stand in a list
    std::string entry;          // the first of them
    std::uint64_t senderless = 0;
    std::uint64_t foreign = 0;

    void add(const Outcome& outcome);
};

// Acts on each hold as a part of the caller's transaction: state, managed sender, audit row and
// outbox row together, or for that hold nothing at all. Released and reported mail leaves at
// `due`. `reports` holds the mails of a report; a hold without one is reported to nobody. An error
// means that the whole transaction has to be given up.
base::Result<Outcome> act_on(
    database::Transaction& transaction,
    const Actor& actor,
    const ActRules& rules,
    const Act& act,
    std::span<const std::string> hold_ids,
    std::span<const ReportMail> reports,
    base::Time now,
    base::Time due
);

// Takes acts back, those that can be: the number. Entries an act has added go again (or back to the
// list they came from). `window` bounds how long ago the decision may be.
base::Result<std::uint64_t> undo(
    database::Transaction& transaction,
    const Actor& actor,
    const ActRules& rules,
    std::span<const Done> acts,
    base::Time now,
    std::chrono::milliseconds window
);

// "Released 2 messages. news.example is now permitted."
std::string summary_of(const Act& act, const ActRules& rules, const Tally& tally);
std::string summary_of(const Act& act, const ActRules& rules, const Outcome& outcome);

// The entry of a Done as JSON, for the record of acts, and back; "" for none.
std::string effect_text(const Done& done);
base::Result<Done> done_in(std::string_view hold_id, std::string_view effect);

}  // namespace portal
