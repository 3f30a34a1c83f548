#pragma once

#include "base/async.h"
#include "base/result.h"
#include "mail/message_bytes.h"
#include "policy/facts.h"

#include <boost/asio/thread_pool.hpp>

namespace gateway {

// Of a message's text, what can be searched for when it is held.
inline constexpr std::size_t searched_text_bytes_max = 64 * 1024;

// What is larger is read through, and packed, on a worker.
inline constexpr std::uint64_t bytes_on_loop_max = 128 * 1024;

// What rules may ask of a message. A MIME structure that cannot be read is an unknown fact, not an
// error; an error means that the bytes themselves cannot be read. Large messages are looked at on
// `workers`, so that no loop waits for them.
base::Task<base::Result<policy::MessageFacts>> inspect(
    const mail::MessageBytes& bytes, boost::asio::thread_pool& workers
);

}  // namespace gateway
