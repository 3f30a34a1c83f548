#pragma once

#include "mail/ip_address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

// The PROXY protocol header, versions 1 and 2, that a load balancer sends before anything else. It
// must stand there complete: who may send one is decided before, and from such a peer a connection
// without the header is refused. TLVs of version 2 are read over.
class ProxyHeader {
  public:
    enum class State { incomplete, complete, invalid };

    // Reads from `in`; returns how many bytes belong to the header, never more: what is behind is
    // the client's. Keeps at most 16 + 2048 bytes.
    std::size_t feed(std::string_view in);

    State state() const { return state_; }
    const std::string& problem() const { return problem_; }  // why it is invalid, for the log

    struct Peer {
        mail::IpAddress address;
        std::uint16_t port = 0;
    };
    // The client the balancer speaks for. None for LOCAL and UNKNOWN: the connection is the
    // balancer's own, as in a health check.
    const std::optional<Peer>& client() const { return client_; }

  private:
    void step();
    void read_v1();
    void read_v2();
    void refuse(std::string problem);

    std::string bytes_;
    State state_ = State::incomplete;
    std::string problem_;
    std::optional<Peer> client_;
};

}  // namespace gateway
