#pragma once

#include "base/async.h"
#include "base/result.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace database {

// What resumes a coroutine on its own executor from another thread: callable once. It keeps the
// executor's loop running until then. The loop may be stopped meanwhile (the coroutine is then
// destroyed with it), but not be destroyed before the store has been closed.
template <class Handler>
std::function<void(base::Result<void>)> resume_on_own_executor(Handler handler) {
    auto work = base::asio::make_work_guard(base::asio::get_associated_executor(handler));
    auto suspended = std::make_shared<Handler>(std::move(handler));
    return [suspended = std::move(suspended),
            work = std::move(work)](base::Result<void> result) mutable {
        // The loop's work ends only after post() has returned: post() still touches the loop after
        // another thread has begun to run what was posted, and that may be the loop's last.
        const auto until_posted = std::move(work);
        // Moved along, so that nothing of the coroutine is left on this thread.
        auto moved = std::move(suspended);
        base::asio::post(
            until_posted.get_executor(),
            [moved = std::move(moved), result = std::move(result)]() mutable {
                auto resumed = std::move(*moved);
                moved.reset();
                std::move(resumed)(std::move(result));
            }
        );
    };
}

// Suspends the calling coroutine until `start`'s argument has been called.
template <class Start>
base::Task<base::Result<void>> wait_for(Start start) {
    using Token = base::asio::use_awaitable_t<>;
    auto initiate = [start = std::move(start)](auto handler) mutable {
        start(resume_on_own_executor(std::move(handler)));
    };
    co_return co_await base::asio::async_initiate<const Token, void(base::Result<void>)>(
        std::move(initiate), base::asio::use_awaitable
    );
}

}  // namespace database
