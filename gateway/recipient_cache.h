#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

namespace gateway {

// Recipients a back end has accepted lately, so that RCPT can be answered while it is slow or down.
// Positive answers only: a new mailbox is never refused from memory. Bounded in entries (least
// recently confirmed goes first) and in time. Thread-safe.
class RecipientCache {
  public:
    using Instant = std::chrono::steady_clock::time_point;

    RecipientCache(std::uint64_t entries_max, std::chrono::seconds ttl)
        : entries_max_(entries_max), ttl_(ttl) {}

    void accepted(const std::string& address_key, Instant now);
    void refused(const std::string& address_key);
    bool knows(const std::string& address_key, Instant now);

  private:
    struct Entry {
        std::string key;
        Instant confirmed;
    };
    std::mutex mutex_;
    std::uint64_t entries_max_;
    std::chrono::seconds ttl_;
    std::list<Entry> by_age_;  // most recently confirmed first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace gateway
