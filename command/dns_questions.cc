#include "command/dns_questions.h"

#include "base/ascii.h"
#include "conf/endpoint.h"
#include "mail/domain.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace command {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

constexpr std::size_t answer_bytes_max = 65'535;  // RFC 1035 §4.2.2: what TCP can carry
constexpr int records_max = 100;
constexpr int seconds_to_wait = 3;
constexpr int rounds = 2;

std::string host_name(std::string_view text) {
    while (text.ends_with('.')) text.remove_suffix(1);
    return base::lower(text);
}

}  // namespace

struct DnsQuestions::State {
    struct __res_state resolver{};
    std::vector<unsigned char> answer = std::vector<unsigned char>(answer_bytes_max);

    State() = default;
    ~State() { res_nclose(&resolver); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // The records of that type in the answer. Records of aliases on the way are of another type.
    Result<std::vector<ns_rr>> ask(const std::string& name, ns_type type, ns_msg& message);
    // A name inside a record; none when it is not a host name.
    std::optional<std::string> name_at(const ns_msg& message, const unsigned char* place);
};

Result<std::vector<ns_rr>> DnsQuestions::State::ask(
    const std::string& name, ns_type type, ns_msg& message
) {
    const int size = res_nquery(
        &resolver, name.c_str(), ns_c_in, type, answer.data(), static_cast<int>(answer.size())
    );
    if (size < 0) {
        const int error = resolver.res_h_errno;
        if (error == HOST_NOT_FOUND || error == NO_DATA) return std::vector<ns_rr>();
        return failure(
            error == TRY_AGAIN ? ErrorKind::timeout : ErrorKind::trouble,
            "{}",
            error == TRY_AGAIN ? "no name server gave an answer" : "the name servers failed"
        );
    }
    const auto length = std::min(static_cast<std::size_t>(size), answer.size());
    if (ns_initparse(answer.data(), static_cast<int>(length), &message) != 0)
        return failure(ErrorKind::trouble, "the answer cannot be read");
    std::vector<ns_rr> records;
    const int count = std::min<int>(ns_msg_count(message, ns_s_an), records_max);
    for (int i = 0; i < count; ++i) {
        ns_rr record;
        if (ns_parserr(&message, ns_s_an, i, &record) != 0)
            return failure(ErrorKind::trouble, "the answer cannot be read");
        if (ns_rr_type(record) == type && ns_rr_class(record) == ns_c_in) records.push_back(record);
    }
    return records;
}

std::optional<std::string> DnsQuestions::State::name_at(
    const ns_msg& message, const unsigned char* place
) {
    std::array<char, NS_MAXDNAME> text{};
    const int used = ns_name_uncompress(
        ns_msg_base(message), ns_msg_end(message), place, text.data(), text.size()
    );
    if (used < 0) return std::nullopt;
    auto name = host_name(text.data());
    // "." says that there is none.
    if (!name.empty() && !mail::Domain::parse(name)) return std::nullopt;
    return name;
}

DnsQuestions::DnsQuestions(std::unique_ptr<State> state) : state_(std::move(state)) {}
DnsQuestions::~DnsQuestions() = default;
DnsQuestions::DnsQuestions(DnsQuestions&&) noexcept = default;
DnsQuestions& DnsQuestions::operator=(DnsQuestions&&) noexcept = default;

Result<DnsQuestions> DnsQuestions::create(std::string_view server) {
    auto state = std::make_unique<State>();
    auto& resolver = state->resolver;
    if (res_ninit(&resolver) != 0)
        return failure(ErrorKind::trouble, "the system's resolver cannot be set up");
    resolver.retrans = seconds_to_wait;
    resolver.retry = rounds;
    // The name as it stands: no search list, or a missing name would be found elsewhere.
    resolver.options &= ~static_cast<unsigned long>(RES_DNSRCH | RES_DEFNAMES);
    if (!server.empty()) {
        const auto endpoint = conf::parse_destination(server);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        if (!endpoint || inet_pton(AF_INET, endpoint->host.c_str(), &address.sin_addr) != 1)
            return failure(
                ErrorKind::invalid, "{} is not an IPv4 address with a port (192.0.2.53:53)", server
            );
        address.sin_port = htons(endpoint->port);
        resolver.nscount = 1;
        resolver.nsaddr_list[0] = address;
    }
    return DnsQuestions(std::move(state));
}

Result<std::vector<DnsQuestions::Exchange>> DnsQuestions::mail_exchanges(const std::string& domain
) {
    ns_msg message;
    auto records = state_->ask(domain, ns_t_mx, message);
    if (!records) return failure(records.error());
    std::vector<Exchange> exchanges;
    for (const auto& record : *records) {
        if (ns_rr_rdlen(record) < 3) continue;
        const auto* data = ns_rr_rdata(record);
        auto host = state_->name_at(message, data + 2);
        if (host) exchanges.push_back({static_cast<int>(ns_get16(data)), std::move(*host)});
    }
    std::sort(exchanges.begin(), exchanges.end(), [](const Exchange& a, const Exchange& b) {
        return a.preference != b.preference ? a.preference < b.preference : a.host < b.host;
    });
    return exchanges;
}

Result<std::vector<mail::IpAddress>> DnsQuestions::addresses(const std::string& host) {
    std::vector<mail::IpAddress> found;
    std::optional<base::Error> first_error;
    for (const auto type : {ns_t_a, ns_t_aaaa}) {
        ns_msg message;
        auto records = state_->ask(host, type, message);
        if (!records) {
            if (!first_error) first_error = records.error();
            continue;
        }
        for (const auto& record : *records) {
            const bool is_v4 = type == ns_t_a;
            if (ns_rr_rdlen(record) != (is_v4 ? NS_INADDRSZ : NS_IN6ADDRSZ)) continue;
            std::array<char, INET6_ADDRSTRLEN> text{};
            inet_ntop(is_v4 ? AF_INET : AF_INET6, ns_rr_rdata(record), text.data(), text.size());
            if (auto address = mail::IpAddress::parse(text.data())) found.push_back(*address);
        }
    }
    // One kind is enough for an answer; with neither, "none" would be a guess.
    if (found.empty() && first_error) return failure(*first_error);
    return found;
}

Result<std::vector<std::string>> DnsQuestions::names_of(const mail::IpAddress& address) {
    const auto bytes = address.bytes();
    std::string name;
    // RFC 1035 §3.5 and RFC 3596 §2.5: the address backwards.
    if (address.is_v4()) {
        for (std::size_t i = bytes.size(); i-- > 0;)
            name += fmt::format("{}.", static_cast<unsigned char>(bytes[i]));
        name += "in-addr.arpa";
    } else {
        for (std::size_t i = bytes.size(); i-- > 0;) {
            const auto byte = static_cast<unsigned char>(bytes[i]);
            name += fmt::format("{:x}.{:x}.", byte & 0xfU, byte >> 4U);
        }
        name += "ip6.arpa";
    }
    ns_msg message;
    auto records = state_->ask(name, ns_t_ptr, message);
    if (!records) return failure(records.error());
    std::vector<std::string> names;
    for (const auto& record : *records) {
        auto host = state_->name_at(message, ns_rr_rdata(record));
        if (host && !host->empty()) names.push_back(std::move(*host));
    }
    return names;
}

}  // namespace command
