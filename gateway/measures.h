#pragma once

#include "gateway/command.h"
#include "mail/reply.h"
#include "metrics/registry.h"
#include "policy/rule.h"
#include "tracking/recorder.h"

#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace gateway {

// What a session counts of its dialogue.
struct DialogueMeasures {
    explicit DialogueMeasures(metrics::Registry& registry);

    void command(Verb verb) { commands[static_cast<std::size_t>(verb)]->add(); }
    void reply(const mail::Reply& reply);

    std::array<metrics::Counter*, 17> commands;  // by Verb
    std::array<metrics::Counter*, 4> replies;    // 2xx to 5xx
};

// What is known of one back end. Connections and waiters are of all loops.
struct BackendMeasures {
    BackendMeasures(metrics::Registry& registry, const std::string& backend);

    void answered() { up.set(1); }
    void failed() {
        failures.add();
        up.set(0);
    }

    metrics::Gauge& connections;
    metrics::Gauge& waiting;
    metrics::Gauge& up;  // what the last exchange came to
    metrics::Counter& opened;
    metrics::Counter& failures;
};

// The counters of one reading of the rules, found by the rule's place and not by its name: what a
// person's list decided is counted under one fixed name, so that no address becomes a label.
class VerdictMeasures {
  public:
    VerdictMeasures(metrics::Registry& registry, const policy::Rules& rules);
    void count(const policy::Verdict& verdict) const;

  private:
    struct OfRule {
        metrics::Counter* decided;
        metrics::Counter* temporary;
    };
    std::vector<OfRule> of_rules_;
    metrics::Counter& personal_block_;
    metrics::Counter& nothing_;
};

// What became of the records of mail, at the moment it is asked for.
void write_figures(metrics::Text& text, const tracking::Recorder::Counts& counts);

// Everything the gateway counts, one for all loops.
struct Measures {
    explicit Measures(metrics::Registry& registry);

    BackendMeasures& backend(const std::string& endpoint);
    // The answer to a message whose data came in full; who gave a 250 has counted it already.
    void message(const mail::Reply& reply, std::chrono::steady_clock::duration took);
    // The answer to one that was not taken in full.
    void message_refused(const mail::Reply& reply);

    metrics::Registry& registry;
    DialogueMeasures dialogue;

    metrics::Counter& sessions;
    metrics::Counter& refused_too_many;
    metrics::Counter& refused_too_many_from_client;
    metrics::Counter& refused_proxy_header;
    metrics::Counter& bytes_received;
    metrics::Counter& bytes_sent;

    metrics::Counter& recipients_accepted;
    metrics::Counter& recipients_not_ours;
    metrics::Counter& recipients_routing;
    metrics::Counter& recipients_by_policy;
    metrics::Counter& recipients_by_backend;
    metrics::Counter& recipients_trouble;

    metrics::Counter& messages_relayed;
    metrics::Counter& messages_stored;
    metrics::Counter& messages_dropped;
    metrics::Counter& messages_refused;
    metrics::Counter& messages_deferred;
    metrics::Counter& messages_broken_off;
    metrics::Histogram& message_seconds;

    metrics::Counter& tls_clients;
    metrics::Counter& tls_clients_failed;
    metrics::Counter& tls_backends;
    metrics::Counter& tls_backends_failed;
    metrics::Gauge& certificate_expires;  // seconds since 1970; 0 without a certificate
    metrics::Counter& certificate_reloads;
    metrics::Counter& certificate_reloads_failed;

    metrics::Counter& courier_delivered;
    metrics::Counter& courier_retried;
    metrics::Counter& courier_failed;

  private:
    std::mutex mutex_;
    std::map<std::string, BackendMeasures> backends_;
};

}  // namespace gateway
