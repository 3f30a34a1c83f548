#include "base/ascii.h"
#include "command/doctor_checks.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace command {

using mail::IpAddress;

namespace {

constexpr std::string_view ask_again =
    "look at /etc/resolv.conf and the name servers, then run doctor again";

std::string texts(const std::vector<IpAddress>& addresses) {
    std::string all;
    for (const auto& address : addresses) all += (all.empty() ? "" : ", ") + address.text();
    return all;
}

bool contains(const std::vector<IpAddress>& all, const IpAddress& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

std::vector<IpAddress> interface_addresses() {
    std::vector<IpAddress> found;
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0) return found;
    for (const auto* one = all; one != nullptr; one = one->ifa_next) {
        // Nobody's MX is found by way of the loopback.
        if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_LOOPBACK) != 0U) continue;
        const auto family = one->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        const auto size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        std::array<char, NI_MAXHOST> text{};
        const int failed = getnameinfo(
            one->ifa_addr,
            static_cast<socklen_t>(size),
            text.data(),
            text.size(),
            nullptr,
            0,
            NI_NUMERICHOST
        );
        if (failed != 0) continue;
        // A link-local address comes with its interface ("fe80::1%eth0") and is nobody's MX.
        if (auto address = IpAddress::parse(text.data())) found.push_back(*address);
    }
    freeifaddrs(all);
    return found;
}

void check_reverse(const Examined& examined, const IpAddress& address, Findings& findings) {
    const auto check = "reverse name " + address.text();
    const auto names = examined.dns.names_of(address);
    if (!names) return findings.unknown(check, names.error().text, std::string(ask_again));
    if (names->empty())
        return findings.warning(
            check,
            "there is none",
            "have whoever gave you the address set its PTR to " + examined.settings.hostname
        );
    for (const auto& name : *names) {
        const auto forward = examined.dns.addresses(name);
        if (!forward)
            return findings.unknown(
                check, name + ": " + forward.error().text, std::string(ask_again)
            );
        if (contains(*forward, address)) return findings.ok(check, name + ", which leads back");
    }
    findings.warning(
        check,
        names->front() + " does not lead back to it",
        "let the PTR and the address record name each other"
    );
}

// The addresses of our own name; none when there are none or it could not be asked.
std::vector<IpAddress> check_own_name(const Examined& examined, Findings& findings) {
    const auto& hostname = examined.settings.hostname;
    const auto addresses = examined.dns.addresses(hostname);
    if (!addresses) {
        findings.unknown(
            "hostname", hostname + ": " + addresses.error().text, std::string(ask_again)
        );
        return {};
    }
    if (addresses->empty()) {
        findings.problem(
            "hostname",
            hostname + " has no address in the DNS",
            "add an A or AAAA record, or set hostname to this machine's name"
        );
        return {};
    }
    findings.ok("hostname", hostname + " is " + texts(*addresses));
    for (const auto& address : *addresses) check_reverse(examined, address, findings);
    return *addresses;
}

enum class Whose { ours, others, unknown };

Whose whose_is(
    const Examined& examined, const std::string& host, const std::vector<IpAddress>& ours
) {
    if (base::equals_ignoring_case(host, examined.settings.hostname)) return Whose::ours;
    const auto addresses = examined.dns.addresses(host);
    if (!addresses) return Whose::unknown;
    const bool all_ours =
        !addresses->empty() &&
        std::all_of(addresses->begin(), addresses->end(), [&](const IpAddress& address) {
            return contains(ours, address);
        });
    return all_ours ? Whose::ours : Whose::others;
}

void check_mx(
    const Examined& examined,
    const std::string& domain,
    const std::vector<IpAddress>& ours,
    Findings& findings
) {
    const auto check = "mx " + domain;
    const auto exchanges = examined.dns.mail_exchanges(domain);
    if (!exchanges) return findings.unknown(check, exchanges.error().text, std::string(ask_again));
    const auto wanted =
        fmt::format("add the record: {}. MX 10 {}.", domain, examined.settings.hostname);
    if (exchanges->empty()) return findings.problem(check, "there is no MX record", wanted);
    std::vector<std::string> own;
    std::vector<std::string> foreign;
    for (const auto& exchange : *exchanges) {
        if (exchange.host.empty())
            // RFC 7505 §3: "MX 0 ." says that the domain takes no mail.
            return findings.problem(check, "it says that the domain takes no mail", wanted);
        switch (whose_is(examined, exchange.host, ours)) {
            case Whose::ours:
                own.push_back(exchange.host);
                break;
            case Whose::others:
                foreign.push_back(exchange.host);
                break;
            case Whose::unknown:
                return findings.unknown(
                    check,
                    "the address of " + exchange.host + " could not be asked",
                    std::string(ask_again)
                );
        }
    }
    if (own.empty())
        return findings.problem(
            check, fmt::format("it is {}, not this gateway", foreign.front()), wanted
        );
    if (!foreign.empty())
        return findings.warning(
            check,
            fmt::format("{}, and also {}, which is not this gateway", own.front(), foreign.front()),
            "senders of spam choose the other one: take it out, or put a gateway there too"
        );
    findings.ok(check, own.front());
}

}  // namespace

void check_dns(const Examined& examined, Findings& findings) {
    auto ours = check_own_name(examined, findings);
    for (const auto& address : interface_addresses()) ours.push_back(address);
    for (const auto& domain : examined.settings.domains) {
        if (domain.name.is_literal()) continue;
        check_mx(examined, domain.name.text(), ours, findings);
    }
}

}  // namespace command
