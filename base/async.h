#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace base {

namespace asio = boost::asio;

// A coroutine. A statement that contains co_await contains no brace-initialised temporary and no
// capturing lambda: GCC 12 destroys those twice (docs/decisions).
template <class T = void>
using Task = asio::awaitable<T>;

// Asynchronous operations give a tuple (error_code, ...) and do not throw.
inline constexpr auto use_task = asio::as_tuple(asio::use_awaitable);

}  // namespace base
