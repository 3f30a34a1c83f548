#pragma once

#include "base/log.h"
#include "conf/settings.h"
#include "mail/ip_address.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

struct Range {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};

// Goes through the plain settings of one table, key by key: a reader fills them, a printer writes
// them. So one list (keys.cc) names every key, with its bounds.
class Fields {
  public:
    virtual ~Fields() = default;
    virtual void count(std::string_view key, std::uint64_t& value, Range range) = 0;
    virtual void flag(std::string_view key, bool& value) = 0;
    virtual void text(std::string_view key, std::string& value) = 0;
    virtual void path(std::string_view key, std::filesystem::path& value) = 0;
    virtual void networks(std::string_view key, std::vector<mail::IpNetwork>& value) = 0;
    virtual void tls_mode(std::string_view key, TlsMode& value) = 0;
    virtual void log_level(std::string_view key, base::LogLevel& value) = 0;
    virtual void log_format(std::string_view key, base::LogFormat& value) = 0;
    virtual void texts(std::string_view key, std::vector<std::string>& value) = 0;
    virtual void digest_mode(std::string_view key, DigestMode& value) = 0;

    template <class Duration>
    void duration(std::string_view key, Duration& value, Range range) {
        auto number = static_cast<std::uint64_t>(value.count());
        count(key, number, range);
        value = Duration(static_cast<typename Duration::rep>(number));
    }
};

void list_top(Fields& fields, Settings& settings);  // what stands before the first table
void list(Fields& fields, Smtp& smtp);
void list(Fields& fields, SmtpListener& listener);
void list(Fields& fields, Tls& tls);
void list(Fields& fields, ProtectedDomain& domain);
void list(Fields& fields, Backend& backend);
void list(Fields& fields, Quarantine& quarantine);
void list(Fields& fields, Tracking& tracking);
void list(Fields& fields, Courier& courier);
void list(Fields& fields, Portal& portal);
void list(Fields& fields, Digest& digest);
void list(Fields& fields, Metrics& metrics);
void list(Fields& fields, Logging& log);
void list_policy(Fields& fields, Settings& settings);

}  // namespace conf
