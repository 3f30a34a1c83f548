#pragma once

#include "base/async.h"
#include "gateway/incoming.h"
#include "mail/envelope.h"
#include "mail/reply.h"

namespace gateway {

// Everything after the end of data: facts, one verdict per recipient, and the one switch on the
// plan they make. The reply is the whole truth: 2xx only after the back end's 2xx or after the
// commit that made the message ours (promises P1, P2).
base::Task<mail::Reply> dispose(Incoming& incoming, const mail::Envelope& envelope);

}  // namespace gateway
