#include "gateway/measures.h"

#include "base/ensure.h"

namespace gateway {

using metrics::Counter;
using metrics::Registry;

namespace {

std::string_view word_of(Verb verb) {
    switch (verb) {
        case Verb::helo:
            return "helo";
        case Verb::ehlo:
            return "ehlo";
        case Verb::mail:
            return "mail";
        case Verb::rcpt:
            return "rcpt";
        case Verb::data:
            return "data";
        case Verb::rset:
            return "rset";
        case Verb::noop:
            return "noop";
        case Verb::quit:
            return "quit";
        case Verb::vrfy:
            return "vrfy";
        case Verb::expn:
            return "expn";
        case Verb::help:
            return "help";
        case Verb::starttls:
            return "starttls";
        case Verb::auth:
            return "auth";
        case Verb::bdat:
            return "bdat";
        case Verb::other_smtp:
            return "other";
        case Verb::other_protocol:
            return "other_protocol";
        case Verb::unknown:
            return "unknown";
    }
    return "unknown";
}

Counter& session_refused(Registry& registry, std::string reason) {
    return registry.counter(
        "postern_smtp_sessions_refused_total",
        "Connections ended before their greeting.",
        {{"reason", std::move(reason)}}
    );
}

Counter& recipients(Registry& registry, std::string outcome) {
    return registry.counter(
        "postern_smtp_recipients_total",
        "Answers to RCPT: accepted, or who said no.",
        {{"outcome", std::move(outcome)}}
    );
}

Counter& messages(Registry& registry, std::string outcome) {
    return registry.counter(
        "postern_messages_total",
        "Messages after DATA: relayed, stored and dropped got 250, refused 5xx, deferred 4xx; "
        "broken_off never came to their end.",
        {{"outcome", std::move(outcome)}}
    );
}

Counter& verdicts(Registry& registry, std::string rule, std::string verdict) {
    return registry.counter(
        "postern_verdicts_total",
        "Verdicts, one for each recipient's copy, by the rule that gave them.",
        {{"rule", std::move(rule)}, {"verdict", std::move(verdict)}}
    );
}

Counter& handshakes(Registry& registry, std::string peer, std::string result) {
    return registry.counter(
        "postern_tls_handshakes_total",
        "TLS handshakes.",
        {{"peer", std::move(peer)}, {"result", std::move(result)}}
    );
}

Counter& certificate_reload(Registry& registry, std::string result) {
    return registry.counter(
        "postern_certificate_reloads_total",
        "Changed certificate files that were looked at.",
        {{"result", std::move(result)}}
    );
}

Counter& courier(Registry& registry, std::string outcome) {
    return registry.counter(
        "postern_courier_attempts_total",
        "Tries to send what waits in the outbox, one for each recipient.",
        {{"outcome", std::move(outcome)}}
    );
}

}  // namespace

DialogueMeasures::DialogueMeasures(Registry& registry) {
    for (std::size_t i = 0; i < commands.size(); ++i)
        commands[i] = &registry.counter(
            "postern_smtp_commands_total",
            "Commands of clients.",
            {{"command", std::string(word_of(static_cast<Verb>(i)))}}
        );
    for (std::size_t i = 0; i < replies.size(); ++i)
        replies[i] = &registry.counter(
            "postern_smtp_replies_total",
            "Replies to clients.",
            {{"class", fmt::format("{}xx", i + 2)}}
        );
}

void DialogueMeasures::reply(const mail::Reply& reply) {
    const int reply_class = reply.code() / 100;
    base::ensure(reply_class >= 2 && reply_class <= 5, "a reply is 2xx to 5xx");
    replies[static_cast<std::size_t>(reply_class - 2)]->add();
}

BackendMeasures::BackendMeasures(Registry& registry, const std::string& backend)
    : connections(registry.gauge(
          "postern_backend_connections", "Open connections to it.", {{"backend", backend}}
      )),
      waiting(registry.gauge(
          "postern_backend_waiting",
          "Messages that wait for a free connection to it.",
          {{"backend", backend}}
      )),
      up(registry.gauge(
          "postern_backend_up", "1: the last exchange with it succeeded.", {{"backend", backend}}
      )),
      opened(registry.counter(
          "postern_backend_connections_opened_total",
          "Connections that got as far as EHLO.",
          {{"backend", backend}}
      )),
      failures(registry.counter(
          "postern_backend_failures_total",
          "Connections and exchanges that failed: refused, silent, broken.",
          {{"backend", backend}}
      )) {}

VerdictMeasures::VerdictMeasures(Registry& registry, const policy::Rules& rules)
    : personal_block_(verdicts(registry, "blocked by the recipient", "reject")),
      nothing_(verdicts(registry, "nothing matched", "deliver")) {
    of_rules_.reserve(rules.size());
    for (const auto& rule : rules)
        of_rules_.push_back(
            {&verdicts(registry, rule.name, std::string(name_of(rule.action))),
             &verdicts(registry, rule.name, "temporary")}
        );
}

void VerdictMeasures::count(const policy::Verdict& verdict) const {
    if (verdict.rule_index) {
        base::ensure(*verdict.rule_index < of_rules_.size(), "a verdict is of the rules in force");
        const auto& rule = of_rules_[*verdict.rule_index];
        (verdict.is_temporary ? rule.temporary : rule.decided)->add();
    } else {
        (verdict.is_personal_block ? personal_block_ : nothing_).add();
    }
}

Measures::Measures(Registry& the_registry)
    : registry(the_registry),
      dialogue(registry),
      sessions(registry.counter("postern_smtp_sessions_total", "Connections of clients.")),
      refused_too_many(session_refused(registry, "too_many")),
      refused_too_many_from_client(session_refused(registry, "too_many_from_client")),
      refused_proxy_header(session_refused(registry, "proxy_header")),
      bytes_received(
          registry.counter("postern_smtp_received_bytes_total", "Bytes read from clients.")
      ),
      bytes_sent(registry.counter("postern_smtp_sent_bytes_total", "Bytes written to clients.")),
      recipients_accepted(recipients(registry, "accepted")),
      recipients_not_ours(recipients(registry, "not_our_domain")),
      recipients_routing(recipients(registry, "routing_characters")),
      recipients_by_policy(recipients(registry, "policy")),
      recipients_by_backend(recipients(registry, "back_end")),
      recipients_trouble(recipients(registry, "trouble")),
      messages_relayed(messages(registry, "relayed")),
      messages_stored(messages(registry, "stored")),
      messages_dropped(messages(registry, "dropped")),
      messages_refused(messages(registry, "refused")),
      messages_deferred(messages(registry, "deferred")),
      messages_broken_off(messages(registry, "broken_off")),
      message_seconds(registry.histogram(
          "postern_message_seconds",
          "From the end of the data to the reply, back end and store included.",
          metrics::second_bounds()
      )),
      tls_clients(handshakes(registry, "client", "ok")),
      tls_clients_failed(handshakes(registry, "client", "failed")),
      tls_backends(handshakes(registry, "back_end", "ok")),
      tls_backends_failed(handshakes(registry, "back_end", "failed")),
      certificate_expires(registry.gauge(
          "postern_certificate_expiry_timestamp_seconds",
          "When the certificate of [tls] ends, in seconds since 1970; 0 without one."
      )),
      certificate_reloads(certificate_reload(registry, "ok")),
      certificate_reloads_failed(certificate_reload(registry, "failed")),
      courier_delivered(courier(registry, "delivered")),
      courier_retried(courier(registry, "retry")),
      courier_failed(courier(registry, "failed")) {}

BackendMeasures& Measures::backend(const std::string& endpoint) {
    const std::lock_guard lock(mutex_);
    return backends_.try_emplace(endpoint, registry, endpoint).first->second;
}

void Measures::message(const mail::Reply& reply, std::chrono::steady_clock::duration took) {
    message_seconds.observe(std::chrono::duration<double>(took).count());
    message_refused(reply);
}

void Measures::message_refused(const mail::Reply& reply) {
    if (reply.is_temporary()) messages_deferred.add();
    if (reply.is_permanent()) messages_refused.add();
}

void write_figures(metrics::Text& text, const tracking::Recorder::Counts& counts) {
    const auto lost = [&](std::string reason, std::uint64_t count) {
        text.value(
            metrics::Kind::counter,
            "postern_tracking_lost_total",
            "Records for `postern trace` that could not be written; no mail is touched by it.",
            {{"reason", std::move(reason)}},
            static_cast<double>(count)
        );
    };
    lost("queue_full", counts.lost_queue_full);
    lost("disk_full", counts.lost_disk_full);
    lost("store_trouble", counts.lost_in_trouble);
}

}  // namespace gateway
