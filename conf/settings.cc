#include "conf/settings.h"

#include <fmt/format.h>

namespace conf {

std::string Endpoint::text() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

const ProtectedDomain* Settings::domain_of(const mail::Domain& name) const {
    for (const ProtectedDomain& domain : domains)
        if (domain.name == name) return &domain;
    return nullptr;
}

}  // namespace conf
