#pragma once

#include "base/log.h"
#include "base/result.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace command {

// The service manager that started us, where it listens: one datagram of NAME=VALUE lines to the
// socket that NOTIFY_SOCKET names (sd_notify(3)). Without one every word goes nowhere. What cannot
// be said is logged once; the mail goes on.
class Supervisor {
  public:
    // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. An address of a kind we do not know
    // (vsock:…) is logged and left alone.
    static Supervisor from_environment(base::Log& log);
    ~Supervisor();
    Supervisor(Supervisor&& other) noexcept;
    Supervisor& operator=(Supervisor&&) = delete;

    // `status` is what `systemctl status` shows: one line.
    void ready(std::string_view status);
    // Before a reload; ready() ends it, however it went.
    void reloading();
    // We end by ourselves within `at_most`: longer than the unit's own patience if need be.
    void stopping(std::chrono::microseconds at_most);
    void alive();

    // When the watchdog barks without alive(); none when nobody watches.
    std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  private:
    explicit Supervisor(base::Log& log) : log_(&log) {}
    base::Result<void> connect(std::string_view address);
    void say(std::string_view lines);

    base::Log* log_;
    int socket_ = -1;
    bool has_complained_ = false;
    std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace command
