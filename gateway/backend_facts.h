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

    // What to offer in EHLO: what every protected domain's back end can carry. Of one that has not
    // been reached yet 8BITMIME is expected (every server in use has it) and nothing else.
    Offer offer(const conf::Settings& settings) const;

  private:
    mutable std::mutex mutex_;
    std::map<std::string, Extensions> known_;
};

}  // namespace gateway
