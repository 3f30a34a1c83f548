#include "gateway/outcome.h"

#include "mail/notice.h"
#include "quarantine/message.h"

#include <algorithm>

namespace gateway {

using base::failure;
using base::Result;
using std::chrono::milliseconds;

namespace {

milliseconds delay_after(int attempts, const conf::Courier& settings) {
    milliseconds delay = settings.first_retry;
    for (int i = 0; i < attempts && delay < settings.max_retry; ++i) delay *= 2;
    return std::min<milliseconds>(delay, settings.max_retry);
}

// What the tries so far have waited for each other, jitter aside.
milliseconds waited(int attempts, const conf::Courier& settings) {
    milliseconds sum{0};
    for (int i = 0; i < attempts && sum < settings.give_up_after; ++i)
        sum += delay_after(i, settings);
    return sum;
}

std::string notice_text(const quarantine::Outgoing& outgoing, const std::string& why) {
    return fmt::format(
        "Hello,\n"
        "\n"
        "a message for you could not be delivered to your mailbox. It is not lost: the gateway\n"
        "keeps it, and your mail administrator can release it again.\n"
        "\n"
        "From:     {}\n"
        "To:       {}\n"
        "Message:  {}\n"
        "Answer of the mail server: {}\n"
        "\n"
        "You do not need to do anything. If you were waiting for this message, show this note to\n"
        "your mail administrator.\n",
        outgoing.envelope.sender.is_null() ? "(no sender)" : outgoing.envelope.sender.text(),
        outgoing.envelope.recipients.front().address.text(),
        outgoing.mail_id,
        why
    );
}

Result<void> add_notice(
    database::Transaction& transaction,
    const quarantine::Outgoing& outgoing,
    const std::string& why,
    const NoticeSettings& settings,
    base::Time now
) {
    const auto& owner = outgoing.envelope.recipients.front();
    const mail::Notice notice{
        settings.hostname,
        owner.address,
        "A message for you could not be delivered",
        notice_text(outgoing, why),
        settings.notice_id,
        now
    };
    auto bytes = mail::MessageBytes::of(mail::compose(notice));
    auto finished = bytes.finish();
    if (!finished) return finished;
    quarantine::ReceivedMail mail;
    mail.mail_id = settings.notice_id;
    mail.bytes = &bytes;
    mail.received_at = now;
    mail.subject = notice.subject;
    mail.body = mail::Body::eight_bit_mime;
    const auto row = quarantine::store_mail(transaction, mail);
    if (!row) return failure(row.error(), "storing the notice");
    const quarantine::NewOutgoing next{
        *row,
        mail::Recipient{owner.address, "", ""},
        "",
        "",
        now,
        "notice",
        "A notice of the gateway itself could not be delivered.",
        // A notice about a notice would go round for ever.
        quarantine::IfRefused::hold
    };
    const auto added = quarantine::add_outgoing(transaction, next, now);
    if (!added) return failure(added.error(), "sending the notice");
    return {};
}

}  // namespace

Outcome outcome_of(
    const quarantine::Outgoing& outgoing,
    const mail::Reply& answer,
    const conf::Courier& settings,
    base::Time now,
    double jitter
) {
    Outcome outcome;
    outcome.why = answer.one_line();
    if (answer.is_positive()) {
        outcome.kind = Outcome::Kind::delivered;
        return outcome;
    }
    // The wall clock may have jumped, or the gateway been off: only what has really been tried for
    // a long time is given up.
    const bool too_old = now - outgoing.first_due >= settings.give_up_after &&
                         waited(outgoing.attempts, settings) >= settings.give_up_after / 2;
    if (answer.is_permanent() || too_old) {
        outcome.kind = Outcome::Kind::failed;
        return outcome;
    }
    const auto delay = delay_after(outgoing.attempts, settings);
    outcome.delay = milliseconds(
        static_cast<std::int64_t>(static_cast<double>(delay.count()) * (0.8 + 0.4 * jitter))
    );
    return outcome;
}

Result<void> write_outcome(
    database::Transaction& transaction,
    const quarantine::Outgoing& outgoing,
    const Outcome& outcome,
    const NoticeSettings& notice,
    base::Time now
) {
    switch (outcome.kind) {
        case Outcome::Kind::delivered:
            return quarantine::delivered(transaction, outgoing, outcome.why, now);
        case Outcome::Kind::retry:
            return quarantine::retry(transaction, outgoing, outcome.why, now, now + outcome.delay);
        case Outcome::Kind::failed:
            break;
    }
    if (outgoing.if_refused == quarantine::IfRefused::drop)
        return quarantine::dropped(transaction, outgoing);
    const auto hold = quarantine::failed(
        transaction, outgoing, outcome.why, now, now + milliseconds(notice.retention)
    );
    if (!hold) return failure(hold.error());
    if (outgoing.if_refused == quarantine::IfRefused::hold) return {};
    return add_notice(transaction, outgoing, outcome.why, notice, now);
}

}  // namespace gateway
