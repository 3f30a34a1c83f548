#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "mail/hold_kind.h"
#include "mail/message_bytes.h"
#include "policy/managed_senders.h"

#include <string>
#include <string_view>
#include <vector>

// What another product holds for people, in our words. A reader (mailcow.h, pmg.h, amavis.h) finds
// it in that product's export; the importer makes it ours. Everything in an export is a stranger's
// text: nothing of it is ever a path or a command, and every piece of it has a bound.

namespace imports {

// A mail that waits for somebody's decision there.
struct FoundMail {
    std::string key;     // what the product calls it: the same in every export of it
    std::string sender;  // envelope sender as found; "" for the null sender
    std::vector<std::string> recipients;  // as found
    base::Time received_at;
    std::string reason;  // what the product said, for people: "reject, score 15.20"
    mail::HoldKind kind = mail::HoldKind::user;
    std::string client;  // IP address, or ""
    std::string helo;
};

// An entry of somebody's list there.
struct FoundSender {
    std::string owner;  // an address; or a domain, which has no lists here
    std::string entry;  // as found
    policy::SenderList list = policy::SenderList::blocked;
};

// Takes what a reader finds. An error ends the import; what is wrong with one mail or entry does
// not.
class Finds {
  public:
    virtual ~Finds() = default;
    // Whether mails are wanted at all: reading them costs time.
    virtual bool wants_mails() const = 0;
    virtual bool wants_senders() const = 0;
    // `bytes` is finished and has CRLF line ends.
    virtual base::Result<void> mail(const FoundMail& found, const mail::MessageBytes& bytes) = 0;
    virtual base::Result<void> sender(const FoundSender& found) = 0;
    // Something that is there but cannot be taken over, and why.
    virtual void left_out(std::string_view what, std::string_view why) = 0;
};

}  // namespace imports
