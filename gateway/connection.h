#pragma once

#include "gateway/connection_counts.h"
#include "gateway/incoming.h"

namespace gateway {

// One client's connection from greeting to close: reads bytes, lets the session advance, performs
// its steps. The coroutine's frame owns the transport, the session and the message. `proxied`: a
// PROXY header comes first.
base::Task<> serve(
    Tcp::socket socket,
    Loop& loop,
    std::shared_ptr<const Current> current,
    conf::SmtpListener listener,
    mail::IpAddress peer,
    bool proxied
);

// As an address of ours; IPv4-mapped ones become IPv4.
mail::IpAddress address_of(const Tcp::endpoint& endpoint);

}  // namespace gateway
