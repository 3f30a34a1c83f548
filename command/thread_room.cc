#include "command/thread_room.h"

#include <latch>
#include <system_error>
#include <thread>
#include <vector>

namespace command {

base::Result<void> prove_threads(std::size_t count) {
    std::latch end(1);
    std::vector<std::thread> threads;
    threads.reserve(count);
    base::Result<void> proved;
    try {
        while (threads.size() < count) threads.emplace_back([&end] { end.wait(); });
    } catch (const std::system_error& refused) {
        proved = base::failure(
            base::ErrorKind::limit,
            "the system gives only {} of the {} threads that are needed ({}): raise the limit on "
            "processes of this user (ulimit -u, TasksMax of the service)",
            threads.size(),
            count,
            refused.code().message()
        );
    }
    end.count_down();
    for (auto& thread : threads) thread.join();
    return proved;
}

}  // namespace command
