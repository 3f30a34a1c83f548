#include "gateway/track.h"

namespace gateway {

using policy::Action;
using tracking::Record;
using tracking::Stage;

namespace {

void add_facts(Record& record, const policy::MessageFacts& facts) {
    if (!facts.header_from.empty())
        if (const auto& from = facts.header_from.front().address) record.header_from = from->key();
    record.message_id = facts.header.message_id();
    record.size = facts.size;
}

void add_reply(Record& record, const mail::Reply& reply) {
    record.code = reply.code();
    // Our 250 always reads the same.
    if (!reply.is_positive()) record.reply = reply.one_line();
}

Record record_of(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const mail::Recipient& recipient,
    base::Time now
) {
    Record record;
    record.at = now;
    record.id = incoming.id;
    record.client = incoming.client.address.text();
    record.helo = incoming.session.helo();
    record.tls = incoming.connection.transport.tls_description();
    record.sender = envelope.sender.text();
    record.recipient = recipient.address.text();
    return record;
}

tracking::Outcome refusal(const mail::Reply& reply) {
    return reply.is_permanent() ? tracking::Outcome::refused : tracking::Outcome::deferred;
}

// For a copy of a message that we answered 250.
tracking::Outcome kept(const Incoming& incoming, Action action) {
    switch (action) {
        case Action::deliver:
            return incoming.backend_reply ? tracking::Outcome::relayed : tracking::Outcome::queued;
        case Action::hold:
            return tracking::Outcome::held;
        case Action::reject:
            return tracking::Outcome::rejected;
        case Action::discard:
            break;
    }
    return tracking::Outcome::discarded;
}

tracking::Outcome outcome_of_try(Outcome::Kind kind) {
    switch (kind) {
        case Outcome::Kind::delivered:
            return tracking::Outcome::delivered;
        case Outcome::Kind::retry:
            return tracking::Outcome::retried;
        case Outcome::Kind::failed:
            break;
    }
    return tracking::Outcome::failed;
}

}  // namespace

void track_recipient(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const mail::Recipient& recipient,
    std::string_view rule,
    const mail::Reply& reply,
    const conf::Endpoint* backend,
    const policy::Verdict* verdict
) {
    auto& services = incoming.services();
    if (!services.tracking.is_on()) return;
    Record record = record_of(incoming, envelope, recipient, services.clock.now());
    record.stage = Stage::recipient;
    record.outcome = refusal(reply);
    record.rule = rule;
    record.is_personal_block = verdict != nullptr && verdict->is_personal_block;
    add_reply(record, reply);
    if (backend != nullptr) {
        record.backend = backend->text();
        record.backend_reply = record.reply;
    }
    services.tracking.add(std::move(record));
}

void track_message(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    const std::vector<Copy>& copies,
    const mail::Reply& reply
) {
    auto& services = incoming.services();
    if (!services.tracking.is_on()) return;
    const auto now = services.clock.now();
    std::vector<Record> records;
    records.reserve(copies.size());
    for (const auto& copy : copies) {
        Record record = record_of(incoming, envelope, copy.recipient, now);
        const auto& verdict = copy.verdict;
        record.outcome = reply.is_positive() ? kept(incoming, verdict.action) : refusal(reply);
        record.verdict = verdict.is_temporary ? "temporary" : name_of(verdict.action);
        record.rule = verdict.rule;
        record.is_personal_block = verdict.is_personal_block;
        add_facts(record, facts);
        add_reply(record, reply);
        if (incoming.backend_reply) {
            record.backend = copy.backend.text();
            record.backend_reply = incoming.backend_reply->one_line();
        }
        records.push_back(std::move(record));
    }
    services.tracking.add(std::move(records));
}

void track_unjudged(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts* facts,
    const mail::Reply* reply
) {
    auto& services = incoming.services();
    if (!services.tracking.is_on()) return;
    const auto now = services.clock.now();
    std::vector<Record> records;
    for (const auto& recipient : envelope.recipients) {
        Record record = record_of(incoming, envelope, recipient, now);
        record.outcome = reply != nullptr ? refusal(*reply) : tracking::Outcome::abandoned;
        record.size = incoming.session.message_bytes_seen();
        if (facts != nullptr) add_facts(record, *facts);
        if (reply != nullptr) add_reply(record, *reply);
        records.push_back(std::move(record));
    }
    services.tracking.add(std::move(records));
}

void track_delivery(
    Services& services,
    const quarantine::Outgoing& outgoing,
    const conf::Endpoint& backend,
    const Outcome& outcome,
    base::Time now
) {
    if (!services.tracking.is_on()) return;
    Record record;
    record.at = now;
    record.id = outgoing.mail_id;
    record.stage = Stage::delivery;
    record.outcome = outcome_of_try(outcome.kind);
    record.sender = outgoing.envelope.sender.text();
    record.recipient = outgoing.envelope.recipients.front().address.text();
    record.rule = outgoing.rule;
    record.backend = backend.text();
    record.backend_reply = outcome.why;
    services.tracking.add(std::move(record));
}

}  // namespace gateway
