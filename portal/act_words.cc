// The names of acts in the API, and what is said about them to people.
#include "mail/notice.h"
#include "portal/acts.h"
#include "quarantine/message.h"

#include <fmt/format.h>

namespace portal {

namespace {

std::string count_of(std::uint64_t number, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", number, number == 1 ? one : many);
}

std::string_view past_of(Action action) {
    switch (action) {
        case Action::release:
            return "Released";
        case Action::reject:
        case Action::block:
            return "Rejected";
        case Action::report:
            return "Reported";
    }
    return "Rejected";
}

bool permits(SenderChange change) {
    return change == SenderChange::permit_sender || change == SenderChange::permit_domain;
}

// Text of the report mail: what the security team needs to find it in the log.
std::string report_text(const quarantine::Hold& hold, const Actor& actor, ReportAs as) {
    return fmt::format(
        "{} reported the attached message as {}.\n\n"
        "Recipient:       {}\n"
        "Envelope sender: {}\n"
        "Client:          {} ({})\n"
        "Received:        {}\n"
        "Held because:    {}\n"
        "Rule:            {}\n"
        "Message id:      {}\n"
        "SHA-256:         {}\n\n"
        "The original is attached exactly as it was received. The sender has been told nothing.\n",
        actor.name,
        name_of(as),
        hold.owner,
        hold.sender.empty() ? "<>" : hold.sender,
        hold.client,
        hold.helo,
        base::to_rfc3339(hold.received_at),
        hold.reason,
        hold.rule,
        hold.mail_id,
        hold.sha256
    );
}

}  // namespace

std::optional<Action> action_named(std::string_view name) {
    if (name == "release") return Action::release;
    if (name == "reject") return Action::reject;
    if (name == "report") return Action::report;
    if (name == "block") return Action::block;
    return std::nullopt;
}

std::string_view name_of(Action action) {
    switch (action) {
        case Action::release:
            return "release";
        case Action::reject:
            return "reject";
        case Action::report:
            return "report";
        case Action::block:
            return "block";
    }
    return "reject";
}

std::optional<SenderChange> sender_change_named(std::string_view name) {
    if (name == "permit_sender") return SenderChange::permit_sender;
    if (name == "permit_domain") return SenderChange::permit_domain;
    if (name == "block_sender") return SenderChange::block_sender;
    if (name == "block_domain") return SenderChange::block_domain;
    return std::nullopt;
}

std::optional<ReportAs> report_as_named(std::string_view name) {
    if (name == "spam") return ReportAs::spam;
    if (name == "phishing") return ReportAs::phishing;
    return std::nullopt;
}

std::string_view name_of(ReportAs as) {
    return as == ReportAs::phishing ? "phishing" : "spam";
}

base::Result<ReportMail> compose_report(
    database::Snapshot& snapshot,
    const Actor& actor,
    const ActRules& rules,
    ReportAs as,
    std::string_view hold_id,
    const mail::SpoolSettings& spool,
    std::string_view mail_id,
    base::Time now
) {
    if (!rules.security_team) {
        return base::failure(base::ErrorKind::not_found, "no security team is configured");
    }
    auto hold = quarantine::find(snapshot, actor.reach, hold_id);
    if (!hold) return base::failure(hold.error());
    auto original = quarantine::load_bytes(snapshot, hold->mail_row, spool);
    if (!original) return base::failure(original.error(), "taking out a mail to report");
    const mail::Notice notice{
        rules.hostname,
        *rules.security_team,
        fmt::format("Reported as {}: {}", name_of(as), hold->subject),
        report_text(*hold, actor, as),
        std::string(mail_id),
        now,
    };
    auto composed = mail::compose_with_original(notice, *original, spool);
    if (!composed) return base::failure(composed.error(), "composing a report");
    if (auto finished = composed->finish(); !finished) return base::failure(finished.error());
    return ReportMail{
        std::string(hold_id),
        std::string(mail_id),
        notice.subject,
        std::make_shared<const mail::MessageBytes>(std::move(*composed)),
    };
}

void Tally::add(const Outcome& outcome) {
    done += outcome.done.size();
    problems += outcome.problems.size();
    entries += outcome.entries.size();
    if (entry.empty() && !outcome.entries.empty()) entry = outcome.entries.front();
    senderless += outcome.senderless;
    foreign += outcome.foreign;
}

std::string summary_of(const Act& act, const ActRules& rules, const Outcome& outcome) {
    Tally tally;
    tally.add(outcome);
    return summary_of(act, rules, tally);
}

std::string summary_of(const Act& act, const ActRules& rules, const Tally& tally) {
    std::string text =
        fmt::format("{} {}", past_of(act.action), count_of(tally.done, "message", "messages"));
    if (act.action == Action::report) {
        text += act.as == ReportAs::phishing ? " as phishing" : " as spam";
        if (!rules.security_team) text += "; no security team is set up, so nobody was told";
    }
    text += '.';
    const bool permitted = permits(act.sender) && act.action != Action::report;
    const std::string_view list = permitted ? "permitted" : "blocked";
    if (tally.entries == 1) {
        text += fmt::format(" {} is now {}.", tally.entry, list);
    } else if (tally.entries > 1) {
        text += fmt::format(" {} senders are now {}.", tally.entries, list);
    }
    if (tally.senderless > 0) {
        text += fmt::format(
            " {} no sender that could be {}.",
            tally.senderless == 1 ? "One message names" : "Some messages name",
            list
        );
    }
    if (tally.foreign > 0) text += " The owners' lists of senders were left as they are.";
    if (tally.problems > 0) {
        text +=
            fmt::format(" {} could not be done.", count_of(tally.problems, "message", "messages"));
    }
    return text;
}

}  // namespace portal
