#include "gateway/disposal.h"

#include "base/ascii.h"
#include "base/ensure.h"
#include "gateway/inspection.h"
#include "gateway/plan.h"
#include "gateway/recipient_check.h"
#include "gateway/smtp_replies.h"
#include "gateway/storing.h"
#include "gateway/track.h"

#include <algorithm>

namespace gateway {

using base::ErrorKind;
using base::failure;
using base::Result;
using base::Task;
using policy::Action;

namespace {

mail::Reply reply_to(const Incoming& incoming, const base::Error& error) {
    incoming.services().log.error("trouble", {{"id", incoming.id}, {"error", error.text}});
    return error.kind == ErrorKind::disk_full ? replies::disk_full() : replies::own_trouble();
}

// RFC 5321 §6.3: too many hops, or three of them ours.
bool is_loop(const conf::Settings& settings, const mail::Header& header) {
    const auto received = header.all("Received");
    if (received.size() > settings.smtp.max_received_fields) return true;
    const std::string ours = "by " + base::lower(settings.hostname) + " ";
    int passed_here = 0;
    for (const auto& field : received)
        if ((base::lower(field) + " ").find(ours) != std::string::npos) ++passed_here;
    return passed_here >= 3;
}

// Managed senders are judged by the envelope sender and by every header From.
std::vector<mail::Address> identities_of(
    const mail::Envelope& envelope, const policy::MessageFacts& facts
) {
    std::vector<mail::Address> identities;
    if (!envelope.sender.is_null()) identities.push_back(envelope.sender.address());
    for (const auto& mailbox : facts.header_from)
        if (mailbox.address) identities.push_back(*mailbox.address);
    return identities;
}

// When the header names nobody but the envelope sender, RCPT has asked the store already: none
// when it has to be asked now.
std::optional<std::vector<policy::PersonalLists>> known_lists_of(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const std::vector<mail::Address>& identities
) {
    if (envelope.sender.is_null()) return {};
    const std::string asked_for = envelope.sender.address().key();
    for (const auto& identity : identities)
        if (identity.key() != asked_for) return {};
    std::vector<policy::PersonalLists> lists;
    for (const auto& recipient : envelope.recipients) {
        const std::string key = recipient.address.key();
        const auto& known = incoming.known_lists;
        const auto found = std::find_if(known.begin(), known.end(), [&](const auto& one) {
            return one.recipient == key;
        });
        if (found == known.end()) return {};
        lists.push_back(found->lists);
    }
    return lists;
}

Task<Result<std::vector<policy::PersonalLists>>> all_lists_of(
    const Incoming& incoming, const mail::Envelope& envelope, const policy::MessageFacts& facts
) {
    auto identities = identities_of(envelope, facts);
    auto known = known_lists_of(incoming, envelope, identities);
    if (known) co_return std::move(*known);
    std::vector<std::string> keys;
    for (const auto& recipient : envelope.recipients) keys.push_back(recipient.address.key());
    co_return co_await lists_of(incoming.services(), std::move(keys), std::move(identities));
}

Task<Result<std::vector<Copy>>> judge(
    Incoming& incoming, const mail::Envelope& envelope, const policy::MessageFacts& facts
) {
    std::vector<Copy> copies;
    const Result<std::vector<policy::PersonalLists>> lists =
        co_await all_lists_of(incoming, envelope, facts);
    if (!lists) co_return failure(lists.error());
    for (std::size_t i = 0; i < envelope.recipients.size(); ++i) {
        const auto& recipient = envelope.recipients[i];
        const auto* domain = incoming.settings().domain_of(recipient.address.domain());
        base::ensure(domain != nullptr, "a recipient was accepted whose domain is not ours");
        const auto envelope_facts = facts_of(incoming, envelope, recipient.address);
        auto verdict =
            policy::evaluate(incoming.settings().rules, envelope_facts, facts, (*lists)[i]);
        copies.push_back({recipient, domain->backend, std::move(verdict), domain->backend_tls});
    }
    co_return copies;
}

void log_verdicts(
    const Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    const std::vector<Copy>& copies,
    const mail::Reply& reply
) {
    for (const auto& copy : copies) {
        incoming.current->verdicts->count(copy.verdict);
        incoming.services().log.info(
            "message",
            {{"id", incoming.id},
             {"verdict",
              std::string(copy.verdict.is_temporary ? "temporary" : name_of(copy.verdict.action))},
             {"rule", copy.verdict.rule},
             {"sender", envelope.sender.text()},
             {"recipient", copy.recipient.address.text()},
             {"client", incoming.client.address.text()},
             {"message_id", facts.header.message_id()},
             {"size", std::to_string(facts.size)},
             {"reply", reply.one_line()}}
        );
    }
}

Task<mail::Reply> relay_now(
    Incoming& incoming, const mail::Envelope& envelope, const std::vector<Copy>& copies
) {
    const auto* domain = incoming.settings().domain_of(copies.front().recipient.address.domain());
    const auto* alone = copies.size() == 1 ? &copies.front().recipient.address : nullptr;
    const std::string fields = fields_on_top(incoming, copies.front().verdict, alone);
    auto& backend = backend_of(incoming, *domain);
    const mail::Reply answer = co_await backend.send(envelope, fields, *incoming.bytes);
    incoming.backend_reply = answer;
    if (!answer.is_positive()) co_return answer;
    incoming.services().measures.messages_relayed.add();
    co_return replies::message_accepted(incoming.id);
}

Task<mail::Reply> carry_out(
    Incoming& incoming,
    const mail::Envelope& envelope,
    const policy::MessageFacts& facts,
    const std::vector<Copy>& copies
) {
    const auto [kind, refusal] = plan(copies);
    Result<void> safe;
    switch (kind) {
        case Plan::Kind::relay:
            co_return co_await relay_now(incoming, envelope, copies);
        case Plan::Kind::refuse:
            // A temporary answer is not the end of the message: it comes again.
            if (refusal.is_permanent())
                safe = co_await record_refused(incoming, envelope, facts, copies);
            if (safe) co_return refusal;
            break;
        case Plan::Kind::drop:
            safe = co_await record_refused(incoming, envelope, facts, copies);
            break;
        case Plan::Kind::store:
            if (!incoming.services().store.has_room_for(facts.size)) co_return replies::disk_full();
            safe = co_await store_copies(incoming, envelope, facts, copies);
            break;
    }
    if (!safe) co_return reply_to(incoming, safe.error());
    auto& measures = incoming.services().measures;
    (kind == Plan::Kind::store ? measures.messages_stored : measures.messages_dropped).add();
    if (kind == Plan::Kind::store) incoming.loop.wake_courier();
    co_return replies::message_accepted(incoming.id);
}

}  // namespace

Task<mail::Reply> dispose(Incoming& incoming, const mail::Envelope& envelope) {
    const auto unjudged = [&](const mail::Reply& reply, const policy::MessageFacts* facts) {
        track_unjudged(incoming, envelope, facts, &reply);
        return reply;
    };
    const auto finished = incoming.bytes->finish();
    if (!finished) co_return unjudged(reply_to(incoming, finished.error()), nullptr);
    const Result<policy::MessageFacts> facts =
        co_await inspect(*incoming.bytes, incoming.services().workers);
    if (!facts) co_return unjudged(reply_to(incoming, facts.error()), nullptr);
    if (is_loop(incoming.settings(), facts->header)) {
        const mail::Reply reply = replies::mail_loop();
        incoming.services().log.warning(
            "mail_loop",
            {{"id", incoming.id},
             {"client", incoming.client.address.text()},
             {"sender", envelope.sender.text()},
             {"message_id", facts->header.message_id()},
             {"reply", reply.one_line()}}
        );
        co_return unjudged(reply, &*facts);
    }
    const Result<std::vector<Copy>> copies = co_await judge(incoming, envelope, *facts);
    if (!copies) co_return unjudged(reply_to(incoming, copies.error()), &*facts);
    const mail::Reply reply = co_await carry_out(incoming, envelope, *facts, *copies);
    log_verdicts(incoming, envelope, *facts, *copies, reply);
    track_message(incoming, envelope, *facts, *copies, reply);
    co_return reply;
}

}  // namespace gateway
