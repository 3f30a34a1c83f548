#pragma once

#include "gateway/incoming.h"
#include "mail/reply.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace gateway {

// Receives the bytes of one message into incoming.bytes, within time and disk. A value is a
// refusal.
class Intake {
  public:
    explicit Intake(Incoming& incoming);

    std::optional<mail::Reply> begin();
    // Not called again after a refusal: the bytes are gone then.
    std::optional<mail::Reply> add(std::string_view bytes);

    // Of data_total_timeout.
    Timeout time_left() const;
    // Under data_rate_min bytes a second, once data_rate_grace is over. `bytes_seen` as they came.
    bool is_too_slow(std::uint64_t bytes_seen) const;

  private:
    mail::Reply refusal(const base::Error& error) const;
    Incoming& incoming_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace gateway
