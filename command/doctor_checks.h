#pragma once

#include "command/dns_questions.h"
#include "command/doctor_findings.h"
#include "command/options.h"
#include "conf/settings.h"
#include "mail/address.h"

#include <chrono>
#include <optional>

namespace command {

// What the checks of `postern doctor` have at hand. Each adds what it found; none changes anything,
// but for the smuggling probe, which is only made when asked for.
struct Examined {
    Program& program;
    const conf::Settings& settings;
    base::Log& log;
    DnsQuestions& dns;
    bool whole_store = false;
    std::optional<mail::Address> smuggling_address;
    std::chrono::milliseconds smuggling_wait{5000};
    std::chrono::milliseconds dialogue_limit{15'000};  // with one mail server, all of it
};

// Files, directory, disk and clock of this machine.
void check_files(const Examined& examined, Findings& findings);
void check_disk(const Examined& examined, Findings& findings);
void check_clock(const Examined& examined, Findings& findings);
// Lock, schema version, integrity, audit trail; and the clock against what the store has seen.
void check_store(const Examined& examined, Findings& findings);
// Own name, its reverse name, and the MX of each domain.
void check_dns(const Examined& examined, Findings& findings);
void check_tls(const Examined& examined, Findings& findings);
// What answers on our own addresses.
void check_listeners(const Examined& examined, Findings& findings);
// The mail servers behind: reachable, extensions, unknown recipients, smuggling.
void check_backends(const Examined& examined, Findings& findings);

}  // namespace command
