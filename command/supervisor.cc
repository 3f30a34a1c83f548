#include "command/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

namespace command {

using base::ErrorKind;
using base::failure;
using base::Result;
using std::chrono::microseconds;

namespace {

std::string_view environment(const char* name) {
    // Before any thread of ours runs.
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<long long> number(std::string_view text) {
    long long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
    return value;
}

std::string reason() {
    return std::generic_category().message(errno);
}

}  // namespace

Supervisor Supervisor::from_environment(base::Log& log) {
    Supervisor supervisor(log);
    const auto address = environment("NOTIFY_SOCKET");
    if (address.empty()) return supervisor;
    if (auto connected = supervisor.connect(address); !connected) {
        log.warning("supervisor_unheard", {{"why", connected.error().text}});
        return supervisor;
    }
    // WATCHDOG_PID says whom it means: the variables are inherited by everybody's children.
    const auto whom = environment("WATCHDOG_PID");
    if (!whom.empty() && number(whom) != getpid()) return supervisor;
    if (const auto interval = number(environment("WATCHDOG_USEC")))
        supervisor.watchdog_ = microseconds(*interval);
    return supervisor;
}

Supervisor::~Supervisor() {
    if (socket_ >= 0) close(socket_);
}

Supervisor::Supervisor(Supervisor&& other) noexcept
    : log_(other.log_),
      socket_(std::exchange(other.socket_, -1)),
      has_complained_(other.has_complained_),
      watchdog_(other.watchdog_) {}

Result<void> Supervisor::connect(std::string_view address) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const bool is_known = address.front() == '/' || address.front() == '@';
    if (!is_known || address.size() >= sizeof name.sun_path)
        return failure(ErrorKind::invalid, "NOTIFY_SOCKET {} is no local socket", address);
    std::memcpy(name.sun_path, address.data(), address.size());
    // An abstract socket: no file has its name, and its length counts.
    if (address.front() == '@') name.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());

    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return failure(ErrorKind::trouble, "making a socket: {}", reason());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the call takes addresses.
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&name), length) == 0) return {};
    auto failed = failure(ErrorKind::trouble, "NOTIFY_SOCKET {}: {}", address, reason());
    close(std::exchange(socket_, -1));
    return failed;
}

void Supervisor::say(std::string_view lines) {
    if (socket_ < 0) return;
    // Not waiting: a service manager that does not read must not hold up the loop that says it.
    const auto sent = send(socket_, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0 || std::exchange(has_complained_, true)) return;
    log_->warning("supervisor_unheard", {{"why", reason()}});
}

void Supervisor::ready(std::string_view status) {
    say(fmt::format("READY=1\nSTATUS={}", status));
}

void Supervisor::reloading() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const auto moment = std::chrono::duration_cast<microseconds>(
        std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec)
    );
    // Type=notify-reload tells this reload from an earlier one by its time.
    say(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", moment.count()));
}

void Supervisor::stopping(microseconds at_most) {
    say(fmt::format(
        "STOPPING=1\nSTATUS=Finishing what is under way\nEXTEND_TIMEOUT_USEC={}", at_most.count()
    ));
}

void Supervisor::alive() {
    say("WATCHDOG=1");
}

}  // namespace command
