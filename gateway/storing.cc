#include "gateway/storing.h"

#include "base/utf8.h"
#include "gateway/inspection.h"
#include "mail/received.h"
#include "quarantine/hold_store.h"
#include "quarantine/message.h"
#include "quarantine/outbox.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>

#include <algorithm>

namespace gateway {

using base::failure;
using base::Result;
using base::Task;
using policy::Action;
namespace asio = base::asio;

namespace {

quarantine::ReceivedMail received_mail(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    base::Time now
) {
    quarantine::ReceivedMail mail;
    mail.mail_id = incoming.id;
    mail.bytes = &*incoming.bytes;
    mail.sender = envelope.sender;
    mail.body = envelope.body;
    mail.smtputf8 = envelope.smtputf8;
    mail.dsn_return = envelope.dsn_return;
    mail.envelope_id = envelope.envelope_id;
    mail.client = incoming.client.address;
    mail.helo = incoming.session.helo();
    mail.received_at = now;
    if (!facts.header_from.empty()) {
        mail.header_from_name = facts.header_from.front().display_name;
        if (const auto& address = facts.header_from.front().address)
            mail.header_from_address = address->key();
    }
    mail.to = facts.header.to();
    mail.subject = facts.header.subject();
    mail.message_id = base::to_valid_utf8(facts.header.message_id());
    if (facts.mime.is_known()) {
        const auto& mime = facts.mime.value();
        mail.text = base::utf8_prefix(mime.text, searched_text_bytes_max);
        mail.attachments = static_cast<int>(mime.attachments.size());
    }
    return mail;
}

quarantine::Rejected rejected_of(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    const Copy& copy,
    base::Time now
) {
    quarantine::Rejected rejected;
    rejected.at = now;
    rejected.recipient = copy.recipient.address.key();
    rejected.sender = envelope.sender.text();
    if (!facts.header_from.empty() && facts.header_from.front().address)
        rejected.header_from = facts.header_from.front().address->key();
    rejected.subject = facts.header.subject();
    rejected.rule = copy.verdict.rule;
    rejected.reason = copy.verdict.reason;
    rejected.client = incoming.client.address.text();
    rejected.mail_id = incoming.id;
    return rejected;
}

// What becomes of one copy, ready for the writer: made on the loop, so that the writer only writes.
struct Row {
    std::optional<quarantine::NewHold> hold;
    std::optional<quarantine::NewOutgoing> outgoing;
    std::optional<quarantine::Rejected> rejected;
};

Row row_of(
    Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    const Copy& copy,
    base::Time now
) {
    const auto& verdict = copy.verdict;
    const auto retention = std::chrono::days(incoming.settings().quarantine.retention_days);
    std::string fields = fields_on_top(incoming, verdict, &copy.recipient.address);
    Row row;
    switch (verdict.action) {
        case Action::hold:
            row.hold = quarantine::NewHold{
                base::random_id(incoming.services().random),
                copy.recipient,
                verdict.hold_for,
                verdict.moderators,
                verdict.rule,
                verdict.reason,
                trace_text(verdict),
                std::move(fields),
                now + retention
            };
            break;
        case Action::deliver:
            row.outgoing = quarantine::NewOutgoing{
                0, copy.recipient, "", std::move(fields), now, verdict.rule, verdict.reason
            };
            break;
        case Action::reject:
        case Action::discard:
            row.rejected = rejected_of(incoming, envelope, facts, copy, now);
            break;
    }
    return row;
}

Result<void> write_row(
    database::Transaction& transaction, std::int64_t mail_row, Row& row, base::Time now
) {
    if (row.hold) return quarantine::add_hold(transaction, mail_row, *row.hold, now);
    if (row.rejected) return quarantine::add_rejected(transaction, *row.rejected);
    row.outgoing->mail_row = mail_row;
    const auto added = quarantine::add_outgoing(transaction, *row.outgoing, now);
    if (!added) return failure(added.error());
    return {};
}

}  // namespace

std::string trace_text(const policy::Verdict& verdict) {
    boost::json::array steps;
    for (const auto& step : verdict.trace) {
        boost::json::object entry;
        entry["stage"] = base::to_valid_utf8(step.stage);
        entry["rule"] = base::to_valid_utf8(step.rule);
        entry["outcome"] = name_of(step.outcome);
        entry["detail"] = base::to_valid_utf8(step.detail);
        steps.push_back(std::move(entry));
    }
    return boost::json::serialize(steps);
}

std::string fields_on_top(
    const Incoming& incoming, const policy::Verdict& verdict, const mail::Address* recipient
) {
    mail::Hop hop;
    hop.helo = incoming.session.helo();
    hop.client = incoming.client.address;
    hop.by = incoming.settings().hostname;
    hop.protocol = incoming.session.protocol();
    hop.id = incoming.id;
    hop.tls = incoming.connection.transport.tls_description();
    hop.at = incoming.services().clock.now();
    std::string fields = mail::received_field(hop, recipient);
    for (const auto& field : verdict.add_fields)
        fields += mail::header_field(field.name, field.value);
    return fields;
}

namespace {

// Asio wants to make an empty result, which this cannot be: it goes through a pointer.
Task<> pack_into(const Incoming* incoming, std::optional<Result<quarantine::Packed>>* packed) {
    packed->emplace(quarantine::Packed::pack(*incoming->bytes, incoming->spool()));
    co_return;
}

}  // namespace

Task<Result<void>> store_copies(
    Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    const std::vector<Copy>& copies
) {
    const auto now = incoming.services().clock.now();
    std::optional<Result<quarantine::Packed>> packed;
    if (incoming.bytes->size() <= bytes_on_loop_max)
        packed.emplace(quarantine::Packed::pack(*incoming.bytes, incoming.spool()));
    else
        co_await asio::co_spawn(
            incoming.services().workers, pack_into(&incoming, &packed), asio::use_awaitable
        );
    if (!*packed) co_return failure(packed->error(), "compressing the message");
    auto mail = received_mail(incoming, envelope, facts, now);
    mail.packed = &**packed;
    std::vector<Row> rows;
    rows.reserve(copies.size());
    for (const auto& copy : copies) rows.push_back(row_of(incoming, envelope, facts, copy, now));
    auto job = [&mail, &rows, now](database::Transaction& transaction) -> Result<void> {
        const auto mail_row = quarantine::store_mail(transaction, mail);
        if (!mail_row) return failure(mail_row.error(), "storing the message");
        for (auto& row : rows) {
            auto written = write_row(transaction, *mail_row, row, now);
            if (!written) return failure(written.error(), "storing a copy");
        }
        return {};
    };
    co_return co_await incoming.services().store.write(std::move(job));
}

Task<Result<void>> record_refused(
    Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    const std::vector<Copy>& copies
) {
    const auto now = incoming.services().clock.now();
    std::vector<quarantine::Rejected> records;
    for (const auto& copy : copies)
        if (copy.verdict.action == Action::reject || copy.verdict.action == Action::discard)
            records.push_back(rejected_of(incoming, envelope, facts, copy, now));
    auto job = [&records](database::Transaction& transaction) -> Result<void> {
        for (const auto& record : records) {
            auto added = quarantine::add_rejected(transaction, record);
            if (!added) return added;
        }
        return {};
    };
    co_return co_await incoming.services().store.write(std::move(job));
}

}  // namespace gateway
