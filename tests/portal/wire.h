#pragma once

#include "base/ascii.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Raw HTTP over a loopback socket, for what no client library would send. Blocking.

namespace wire {

class Socket {
  public:
    explicit Socket(const std::string& address);  // "127.0.0.1:8080"
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    void send(std::string_view bytes);  // as far as the other side takes them
    void finish();                      // ends our half
    // Everything until the other side closes. Throws after ten seconds of silence.
    std::string read_all();
    // Until `mark` has come; what came behind it is kept for the next call.
    std::string read_until(std::string_view mark);
    // One response with Content-Length (or without body).
    std::string read_response(bool has_body = true);

  private:
    bool read_more();
    int descriptor_;
    std::string pending_;
};

// Connects, sends, reads until the server closes.
std::string talk(const std::string& address, std::string_view bytes);
// The statuses of all responses in the bytes, in order.
std::vector<int> statuses(std::string_view bytes);
int status_of(std::string_view response);
// Value of a response's field, "" when it is missing.
std::string field_of(std::string_view response, std::string_view name);
std::string body_of(std::string_view response);

inline Socket::Socket(const std::string& address) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const std::size_t colon = address.rfind(':');
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &peer.sin_addr);
    const timeval patience{10, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&peer), sizeof peer) != 0) {
        throw std::runtime_error("cannot connect to " + address);
    }
}

inline Socket::~Socket() {
    ::close(descriptor_);
}

inline void Socket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return;  // It has closed; what it said can still be read.
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

inline void Socket::finish() {
    ::shutdown(descriptor_, SHUT_WR);
}

inline bool Socket::read_more() {
    char buffer[16384];
    ssize_t count = 0;
    do {  // A fuzzer's alarm clock interrupts.
        count = ::recv(descriptor_, buffer, sizeof buffer, 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        throw std::runtime_error("the server says nothing; so far: " + pending_);
    }
    if (count <= 0) return false;
    pending_.append(buffer, static_cast<std::size_t>(count));
    return true;
}

inline std::string Socket::read_all() {
    while (read_more()) {
    }
    return std::exchange(pending_, "");
}

inline std::string Socket::read_until(std::string_view mark) {
    for (;;) {
        const std::size_t at = pending_.find(mark);
        if (at != pending_.npos) {
            std::string found = pending_.substr(0, at + mark.size());
            pending_.erase(0, found.size());
            return found;
        }
        if (!read_more()) throw std::runtime_error("closed early; so far: " + pending_);
    }
}

inline std::string Socket::read_response(bool has_body) {
    std::string response = read_until("\r\n\r\n");
    const std::string length = field_of(response, "Content-Length");
    const std::size_t bytes = has_body && !length.empty() ? std::stoul(length) : 0;
    while (pending_.size() < bytes) {
        if (!read_more()) throw std::runtime_error("body ends early: " + response + pending_);
    }
    response += pending_.substr(0, bytes);
    pending_.erase(0, bytes);
    return response;
}

inline std::string talk(const std::string& address, std::string_view bytes) {
    Socket socket(address);
    socket.send(bytes);
    return socket.read_all();
}

inline std::vector<int> statuses(std::string_view bytes) {
    std::vector<int> found;
    for (std::size_t at = bytes.find("HTTP/1.1 "); at != bytes.npos;
         at = bytes.find("HTTP/1.1 ", at + 1)) {
        found.push_back(std::atoi(std::string(bytes.substr(at + 9, 3)).c_str()));
    }
    return found;
}

inline int status_of(std::string_view response) {
    const auto all = statuses(response);
    return all.empty() ? 0 : all.front();
}

inline std::string field_of(std::string_view response, std::string_view name) {
    std::string_view head = response.substr(0, response.find("\r\n\r\n"));
    while (!head.empty()) {
        const std::size_t end = std::min(head.find("\r\n"), head.size());
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(std::min(end + 2, head.size()));
        const std::size_t colon = line.find(':');
        if (colon == line.npos) continue;
        if (base::equals_ignoring_case(line.substr(0, colon), name)) {
            return std::string(base::trim(line.substr(colon + 1)));
        }
    }
    return "";
}

inline std::string body_of(std::string_view response) {
    const std::size_t end = response.find("\r\n\r\n");
    return end == response.npos ? "" : std::string(response.substr(end + 4));
}

}  // namespace wire
