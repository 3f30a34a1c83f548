#pragma once

#include "conf/settings.h"
#include "gateway/command.h"
#include "gateway/smtp_client.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace gateway {

// What each back end said in its last EHLO, so that we offer only what can be carried on.
// Thread-safe.
class BackendFacts {
  public:
    // `key`: the back end's endpoint as text.
    void learned(const std::string& key, const Extensions& extensions);

    // What to offer in EHLO: what every protected domain's back end can carry. One that has not
    // been reached yet is expected to carry everything: a refusal for good must not come from what
    // we do not know. Should it lack what a message needs, that message is refused when the back
    // end has said so.
    Offer offer(const conf::Settings& settings) const;

  private:
    mutable std::mutex mutex_;
    std::map<std::string, Extensions> known_;
};

}  // namespace gateway
