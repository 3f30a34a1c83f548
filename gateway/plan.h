#pragma once

#include "conf/settings.h"
#include "mail/envelope.h"
#include "mail/reply.h"
#include "policy/verdict.h"

#include <vector>

namespace gateway {

// One recipient's copy of a received message and what is to happen to it.
struct Copy {
    mail::Recipient recipient;
    conf::Endpoint backend;
    policy::Verdict verdict;
    conf::TlsMode backend_tls = conf::TlsMode::off;
};

// What the verdicts of all copies mean for the one message and its one reply.
struct Plan {
    enum class Kind {
        refuse,  // our reply says no; nothing is ours
        relay,   // every copy is delivered, to one back end, the same bytes: its answer is our
                 // answer
        store,   // a hold, or copies that differ: one transaction makes all of it ours
        drop     // nothing is delivered and nothing refused: recorded, then 250
    };
    Kind kind;
    mail::Reply reply;  // for refuse
};

// Pure. An unknown fact of one copy makes the whole message temporary, because there is one reply
// for all.
Plan plan(const std::vector<Copy>& copies);

}  // namespace gateway
