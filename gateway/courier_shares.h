#pragma once

#include "conf/settings.h"
#include "mail/address.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace gateway {

// Which mails the courier may begin now. One back end may have half of the places that the others
// leave, rounded up, so that one that falls silent never holds all of them while it is waited for.
// With a single back end there is nobody to leave a place for. A value: it is filled on the
// courier's loop and asked on the writer's thread.
class CourierShares {
  public:
    explicit CourierShares(std::shared_ptr<const conf::Settings> settings);

    // `places` are taken for the back end with that route key.
    void is_busy(const std::string& key, std::uint64_t places);
    // Mail for it is answered at once without being sent: it needs no place.
    void is_silent(const std::string& key);
    // True when a mail for the recipient may begin; it then has its place.
    bool take(const mail::Address& recipient);

  private:
    std::shared_ptr<const conf::Settings> settings_;
    bool has_one_backend_;
    std::map<std::string, std::uint64_t> busy_;
    std::set<std::string> silent_;
    std::uint64_t taken_ = 0;
};

}  // namespace gateway
