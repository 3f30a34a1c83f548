#pragma once

#include "base/log.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "mail/ip_address.h"
#include "policy/rule.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Every setting with its default. The keys of the file are these names, with the unit at the end
// for durations ("command_timeout_seconds"); conf/postern.toml shows them all.

namespace conf {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

enum class TlsMode { off, optional, required };

struct Endpoint {
    std::string host;  // IP address or, for a back end, a host name; without brackets
    std::uint16_t port = 0;
    std::string text() const;  // "[::1]:25"
    bool operator==(const Endpoint&) const = default;
};

struct SmtpListener {
    Endpoint address;
    std::string name;  // for rules; default: the address as written
    TlsMode tls = TlsMode::off;
    std::vector<mail::IpNetwork> proxy_protocol_from;
};

// One setting per limit and deadline of the SMTP side; units in the type or the name.
struct Smtp {
    std::uint64_t max_message_bytes = 52'428'800;
    std::uint64_t max_recipients = 100;
    std::vector<SmtpListener> listeners;

    seconds greeting_delay{0};     // for what talks too early; 0 still checks for waiting bytes
    seconds command_timeout{300};  // RFC 5321 §4.5.3.2.7
    seconds data_timeout{180};     // between two reads in DATA
    seconds data_total_timeout{3600};
    std::uint64_t data_rate_min = 500;  // bytes a second, after data_rate_grace
    seconds data_rate_grace{60};
    std::uint64_t command_line_bytes_max = 2048;
    std::uint64_t max_errors = 10;           // refused commands before 421
    std::uint64_t max_empty_commands = 100;  // NOOP, RSET, VRFY and the like before 421
    std::uint64_t max_transactions = 1000;   // per connection
    std::uint64_t max_connections = 10'000;
    std::uint64_t max_connections_per_client = 50;  // per IPv4 address or IPv6 /64
    std::uint64_t max_received_fields = 50;
    std::uint64_t spool_memory_bytes =
        131'072;  // of a message kept in memory before it goes to a file
    std::vector<mail::IpNetwork>
        normalise_line_ends_from;  // R3: clients whose bare CR and LF are mended, not refused
    std::vector<mail::IpNetwork> unlimited_connections_from;  // e.g. an own relay in front
    bool allow_routing_characters = false;  // '%', '!' and '@' in the local part of our recipients
};

struct Tls {
    std::filesystem::path certificate;  // PEM, full chain
    std::filesystem::path key;
    seconds check_every{30};  // whether the files have changed; 0: never, only at a reload
    bool is_set() const { return !certificate.empty(); }
};

struct ProtectedDomain {
    mail::Domain name;
    Endpoint backend;
    TlsMode backend_tls = TlsMode::off;
};

struct Backend {
    seconds connect_timeout{30};
    seconds command_timeout{60};
    seconds data_timeout{180};
    seconds final_reply_timeout{600};    // RFC 5321 §4.5.3.2.6
    std::uint64_t max_connections = 50;  // per back end
    std::uint64_t max_idle_connections = 20;
    seconds idle_timeout{30};
    std::uint64_t max_transactions_per_connection = 100;
    // Recipients the back end accepted, remembered to answer RCPT while it is slow or down.
    std::uint64_t recipient_cache_entries = 100'000;
    seconds recipient_cache_ttl{7200};
    milliseconds recipient_cache_after{2000};  // the back end is "slow" after this
};

struct Quarantine {
    std::uint64_t retention_days = 14;
    std::uint64_t rejected_days = 7;
    std::uint64_t disk_reserve_bytes = 268'435'456;  // free space below this: 452
    bool users_may_download_attachments = false;
};

// What became of every mail, for `postern trace`.
struct Tracking {
    std::uint64_t retention_days = 14;  // 0: nothing is recorded
    std::uint64_t max_records = 5'000'000;
};

struct Courier {
    seconds first_retry{60};
    seconds max_retry{14'400};
    hours give_up_after{120};
    std::uint64_t parallel = 8;
    seconds undo_window{10};
    // Where mail to domains that are not ours goes (a security team elsewhere); default: the first
    // domain's back end.
    std::optional<Endpoint> relay;
};

// As it stood in its file when the settings were read.
struct Logo {
    std::string type;  // "image/png" or "image/svg+xml"
    std::string bytes;
};
inline constexpr std::size_t logo_bytes_max = 262'144;

struct Portal {
    std::optional<Endpoint> address;  // none: no portal
    std::string public_url;           // scheme://host[:port], no path, no trailing slash
    hours session_idle{8};
    hours session_absolute{168};
    std::vector<std::string> extra_hosts;  // Host values besides public_url's

    // How the portal and the mails that lead to it look.
    std::string product_name = "Postern";    // one line, never empty
    std::filesystem::path logo;              // absolute; empty: none
    std::shared_ptr<const Logo> logo_image;  // null: none
    std::string accent;                      // "#rrggbb" on a light page; "": the portal's own
    std::string accent_dark;                 // the same on a dark page
    std::string support_text;                // one line for who needs help; "": none
    std::string support_url;                 // https: or mailto:; "": none
};

struct Report {
    std::optional<mail::Address> security_team;
};

// How people hear of what is held for them.
enum class DigestMode {
    digest,  // one mail at set times
    notice,  // one mail within a minute
    none
};
std::string_view name_of(DigestMode mode);  // as in the file

// The mail that lists new holds. Mode, times, days, time zone and language are for those who have
// chosen nothing themselves.
struct Digest {
    bool enabled = true;  // see Settings::sends_digests()
    DigestMode mode = DigestMode::digest;
    std::vector<std::string> times = {"08:00"};  // "HH:MM", ascending, each once, at least one
    unsigned days = 0b111'1111;                  // bit 0: Monday … bit 6: Sunday; not 0
    std::string time_zone = "UTC";               // a name of the IANA time zone database
    std::string language = "en";
    std::optional<mail::Address> from;  // none: postern@hostname
    std::uint64_t max_listed = 200;     // in one mail; its page lists all
    // Rules whose holds nobody is told of at once; the digest lists them all the same.
    std::vector<std::string> no_notice_for_rules;
};

inline constexpr std::size_t digest_times_max = 24;
// "08:00" as minutes since midnight; none when it is not a time of day.
std::optional<int> minutes_of_day(std::string_view text);
// The names of the days in `days` as the file writes them: "mon"…"sun".
std::vector<std::string> names_of_days(unsigned days);
// The bit of a day's name; none when it is not one.
std::optional<unsigned> day_named(std::string_view name);

// What Prometheus and a load balancer ask for, on an address of its own.
struct Metrics {
    std::optional<Endpoint> address;       // none: nobody is told
    std::vector<std::string> extra_hosts;  // Host values besides the address and `hostname`
};

struct Logging {
    base::LogLevel level = base::LogLevel::info;
    base::LogFormat format = base::LogFormat::text;
};

struct Settings {
    std::filesystem::path file;  // where it was read from
    std::string hostname;
    std::filesystem::path data_dir;  // absolute
    std::uint64_t threads = 0;       // SMTP loops; 0: one per core
    seconds shutdown_timeout{30};
    Smtp smtp;
    Tls tls;
    std::vector<ProtectedDomain> domains;
    Backend backend;
    Quarantine quarantine;
    Tracking tracking;
    Courier courier;
    Portal portal;
    Report report;
    Digest digest;
    Metrics metrics;
    Logging log;
    bool default_rules = true;  // [policy]: the rules of policy/built_in_rules.h behind the file's
    policy::Rules rules;        // in the order of the file, then the built-in ones
    std::vector<std::string> rules_written;  // the file's, each in one fixed form, for comparing

    std::filesystem::path store_file() const { return data_dir / "postern.db"; }
    // The protected domain that is exactly `name`; subdomains are domains of their own.
    const ProtectedDomain* domain_of(const mail::Domain& name) const;
    // Links in mails need a portal that people know the address of: without one nothing is sent.
    bool sends_digests() const { return digest.enabled && !portal.public_url.empty(); }
};

}  // namespace conf
