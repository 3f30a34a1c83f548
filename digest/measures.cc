#include "digest/measures.h"

#include <string>
#include <utility>

namespace digest {

namespace {

metrics::Counter& mails(metrics::Registry& registry, Kind kind, std::string result) {
    return registry.counter(
        "postern_digest_mails_total",
        "Mails that tell people of their holds: put into the outbox, or failed before that.",
        {{"kind", std::string(name_of(kind))}, {"result", std::move(result)}}
    );
}

}  // namespace

Measures::Measures(metrics::Registry& registry)
    : digests(mails(registry, Kind::digest, "sent")),
      notices(mails(registry, Kind::notice, "sent")),
      digests_failed(mails(registry, Kind::digest, "failed")),
      notices_failed(mails(registry, Kind::notice, "failed")),
      listed(registry.counter(
          "postern_digest_holds_total", "Holds that digests and notices have told of."
      )),
      last_round(registry.gauge(
          "postern_digest_last_round_timestamp_seconds",
          "When everybody whose digest was due had got it, in seconds since 1970; 0: not since the "
          "start."
      )),
      under_way(registry.gauge(
          "postern_digest_round_under_way", "1: people are being sent digests that are due."
      )) {}

}  // namespace digest
