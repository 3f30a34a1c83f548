#pragma once

#include "mail/ip_address.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace gateway {

// How many connections are open, in all and per client (IPv4 address or IPv6 /64). A place is taken
// by its owner's life. Thread-safe.
class ConnectionCounts {
  public:
    enum class Refusal { too_many, too_many_from_client };

    class Place {
      public:
        Place(Place&& other) noexcept : counts_(other.counts_), client_(other.client_) {
            other.counts_ = nullptr;
        }
        Place& operator=(Place&&) = delete;
        ~Place() {
            if (counts_ != nullptr) counts_->give_back(client_);
        }

      private:
        friend class ConnectionCounts;
        Place(ConnectionCounts* counts, const mail::IpAddress& client)
            : counts_(counts), client_(client) {}
        ConnectionCounts* counts_;
        mail::IpAddress client_;
    };

    // `per_client_max` 0: not limited for this client. No value: refused, with the reason in
    // `refusal`.
    std::optional<Place> take(
        const mail::IpAddress& client,
        std::uint64_t max,
        std::uint64_t per_client_max,
        Refusal& refusal
    );
    std::uint64_t open() const;

  private:
    void give_back(const mail::IpAddress& client);
    mutable std::mutex mutex_;
    std::uint64_t open_ = 0;
    std::map<mail::IpAddress, std::uint64_t> per_client_;
};

}  // namespace gateway
