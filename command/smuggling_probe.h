#pragma once

#include "base/result.h"
#include "command/smtp_talk.h"
#include "mail/address.h"

#include <chrono>
#include <string>

namespace command {

// What a mail server takes for the end of a message.
struct SmugglingAnswer {
    enum class Kind {
        safe,        // no wrong form ended the message, and it was dropped without being delivered
        vulnerable,  // one did, and the server has taken the message
        refused      // the server answered a wrong form with a refusal
    } kind = Kind::safe;
    std::string form;   // "LF . LF"; "" when safe
    std::string reply;  // the server's
};

// Asks a server behind us whether it ends a message at anything but CRLF.CRLF, without delivering
// anything to anybody when it is right: a message to `recipient` is begun, every wrong form of its
// end is sent in turn, and then the connection is closed before any true end. A server that is
// right waits, and forgets the message. One that is wrong answers, and has taken a message: it says
// in plain words where it comes from and what to do, and `recipient` has agreed to get it.
//
// The caller has opened `talk`. Waits up to `wait` after each form. Errors: unreachable, timeout;
// invalid when the server does not take mail for `recipient`.
base::Result<SmugglingAnswer> probe_smuggling(
    SmtpTalk& talk,
    const std::string& hostname,
    const mail::Address& recipient,
    std::chrono::milliseconds wait
);
// How many forms there are: the time of a probe is at most this many waits.
extern const int smuggling_forms;

}  // namespace command
