#include "gateway/recipient_check.h"

#include "accounts/sender_lists.h"
#include "gateway/smtp_replies.h"
#include "gateway/track.h"
#include "quarantine/hold_store.h"

namespace gateway {

using base::failure;
using base::Result;
using base::Task;

namespace {

Task<Result<void>> record(
    Incoming& incoming,
    const mail::Envelope& envelope,
    const mail::Recipient& recipient,
    const policy::Verdict& verdict
) {
    quarantine::Rejected rejected;
    rejected.at = incoming.services().clock.now();
    rejected.recipient = recipient.address.key();
    rejected.sender = envelope.sender.text();
    rejected.rule = verdict.rule;
    rejected.reason = verdict.reason;
    rejected.client = incoming.client.address.text();
    rejected.mail_id = incoming.id;
    auto job = [rejected = std::move(rejected)](database::Transaction& transaction) {
        return quarantine::add_rejected(transaction, rejected);
    };
    co_return co_await incoming.services().store.write(std::move(job));
}

}  // namespace

BackendTransaction& backend_of(Incoming& incoming, const conf::ProtectedDomain& domain) {
    const Route route{domain.backend, domain.backend_tls};
    for (auto& backend : incoming.connection.backends)
        if (backend->route().key() == route.key()) return *backend;
    return *incoming.connection.backends.emplace_back(
        std::make_unique<BackendTransaction>(incoming.loop.pool(), incoming.services(), route)
    );
}

policy::EnvelopeFacts facts_of(
    const Incoming& incoming, const mail::Envelope& envelope, const mail::Address& recipient
) {
    return policy::EnvelopeFacts{
        envelope.sender,
        recipient,
        incoming.client.address,
        incoming.client.listener,
        envelope.recipients.size()
    };
}

Task<Result<std::vector<policy::PersonalLists>>> lists_of(
    Services& services,
    std::vector<std::string> recipient_keys,
    std::vector<mail::Address> identities
) {
    std::vector<policy::PersonalLists> lists(recipient_keys.size());
    if (identities.empty()) co_return lists;
    auto job = [&](database::Snapshot& snapshot) -> Result<void> {
        for (std::size_t i = 0; i < recipient_keys.size(); ++i) {
            auto entries = accounts::entries_for(snapshot, recipient_keys[i], identities);
            if (!entries) return failure(entries.error());
            lists[i].entries = std::move(*entries);
        }
        return {};
    };
    const Result<void> found = co_await services.store.read(std::move(job));
    if (!found) co_return failure(found.error(), "looking up managed senders");
    co_return lists;
}

Task<mail::Reply> check_recipient(
    Incoming& incoming, const mail::Envelope& envelope, const mail::Recipient& recipient
) {
    auto& log = incoming.services().log;
    const auto& settings = incoming.settings();
    const auto* domain = settings.domain_of(recipient.address.domain());
    auto& measures = incoming.services().measures;
    const conf::Endpoint* asked = nullptr;
    const policy::Verdict* judged = nullptr;
    const auto refused =
        [&](const mail::Reply& reply, const std::string& rule, metrics::Counter& counter) {
            counter.add();
            log.info(
                "recipient_refused",
                {{"id", incoming.id},
                 {"client", incoming.client.address.text()},
                 {"sender", envelope.sender.text()},
                 {"recipient", recipient.address.text()},
                 {"rule", rule},
                 {"reply", reply.one_line()}}
            );
            track_recipient(incoming, envelope, recipient, rule, reply, asked, judged);
            return reply;
        };
    const auto troubled = [&](const base::Error& error) {
        measures.recipients_trouble.add();
        log.error("trouble", {{"id", incoming.id}, {"error", error.text}});
        const mail::Reply reply = replies::own_trouble();
        track_recipient(incoming, envelope, recipient, "", reply, nullptr, nullptr);
        return reply;
    };
    if (domain == nullptr)
        co_return refused(
            replies::relaying_denied(), "not our domain", measures.recipients_not_ours
        );
    if (!settings.smtp.allow_routing_characters && recipient.address.has_routing_characters())
        co_return refused(
            replies::routing_characters(), "routing characters", measures.recipients_routing
        );

    std::vector<mail::Address> identities;
    if (!envelope.sender.is_null()) identities.push_back(envelope.sender.address());
    std::vector<std::string> keys(1, recipient.address.key());
    const Result<std::vector<policy::PersonalLists>> lists =
        co_await lists_of(incoming.services(), std::move(keys), std::move(identities));
    if (!lists) co_return troubled(lists.error());
    incoming.known_lists.push_back({recipient.address.key(), lists->front()});
    auto facts = facts_of(incoming, envelope, recipient.address);
    facts.recipient_count += 1;  // this one, which is not in the envelope yet
    const auto verdict = policy::evaluate_recipient(settings.rules, facts, lists->front());
    if (verdict && (verdict->is_temporary || verdict->action == policy::Action::reject)) {
        const Result<void> recorded = co_await record(incoming, envelope, recipient, *verdict);
        // Nothing is refused for good without a trace: the client comes again.
        if (!recorded) co_return troubled(recorded.error());
        incoming.current->verdicts->count(*verdict);
        judged = &*verdict;
        co_return refused(
            verdict->is_personal_block ? replies::sender_blocked() : verdict->reply,
            verdict->rule,
            measures.recipients_by_policy
        );
    }
    auto& backend = backend_of(incoming, *domain);
    const mail::Reply answer = co_await backend.ask(envelope, recipient);
    asked = &domain->backend;
    if (!answer.is_positive())
        co_return refused(answer, "back end", measures.recipients_by_backend);
    measures.recipients_accepted.add();
    co_return answer;
}

}  // namespace gateway
