#pragma once

#include "base/ensure.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A service manager: a datagram socket with a name, and the environment that tells of it.
class ServiceManager {
  public:
    enum class Kind { file, abstract };

    explicit ServiceManager(Kind kind) {
        const auto name = "supervisor-test-" + std::to_string(getpid());
        address_ = kind == Kind::file ? "/tmp/" + name : "@" + name;
        sockaddr_un bound{};
        bound.sun_family = AF_UNIX;
        std::memcpy(bound.sun_path, address_.data(), address_.size());
        if (kind == Kind::abstract) bound.sun_path[0] = '\0';
        const auto length = offsetof(sockaddr_un, sun_path) + address_.size();
        socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        base::ensure(
            bind(socket_, reinterpret_cast<sockaddr*>(&bound), static_cast<socklen_t>(length)) == 0,
            "binding the service manager's socket"
        );
        setenv("NOTIFY_SOCKET", address_.c_str(), 1);
    }
    ~ServiceManager() {
        for (const auto* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
        close(socket_);
        if (address_.front() == '/') unlink(address_.c_str());
    }
    ServiceManager(const ServiceManager&) = delete;
    ServiceManager& operator=(const ServiceManager&) = delete;

    // Waits for the next datagram.
    std::string hear() const {
        const auto heard = receive(0);
        base::ensure(heard.has_value(), "hearing");
        return *heard;
    }
    // Waits for the next datagram that has that in it.
    std::string hear(std::string_view part) const {
        for (;;) {
            auto heard = hear();
            if (heard.find(part) != std::string::npos) return heard;
        }
    }
    // What has come until now.
    std::vector<std::string> heard() const {
        std::vector<std::string> all;
        while (auto one = receive(MSG_DONTWAIT)) all.push_back(*one);
        return all;
    }

  private:
    std::optional<std::string> receive(int flags) const {
        std::array<char, 4096> bytes{};
        const auto size = recv(socket_, bytes.data(), bytes.size(), flags);
        if (size < 0) return std::nullopt;
        return std::string(bytes.data(), static_cast<std::size_t>(size));
    }

    std::string address_;
    int socket_;
};
