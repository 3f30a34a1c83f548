#include "accounts/audit.h"
#include "command/doctor_checks.h"
#include "quarantine/hold_store.h"
#include "quarantine/outbox_hold_back.h"

#include <sys/stat.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

namespace command {

namespace fs = std::filesystem;
using base::ErrorKind;
using database::Snapshot;

namespace {

// Reading more would keep a person waiting.
constexpr std::uint64_t quickly_checked_bytes_max = 2ULL * 1024 * 1024 * 1024;
constexpr std::chrono::minutes clock_slack{2};

// The process that has the lock file locked: 0 none, no value when the system does not say. Only
// looked up: taking the lock for a moment could turn away a `serve` that starts in that moment.
std::optional<long> lock_owner(const fs::path& file) {
    struct stat lock{};
    if (stat(file.c_str(), &lock) != 0) return 0;
    std::ifstream locks("/proc/locks");
    if (!locks) return std::nullopt;
    // "1: FLOCK  ADVISORY  WRITE 1234 fd:01:98765 0 EOF" (proc_locks(5))
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::string number;
        std::string kind;
        std::string manner;
        std::string access;
        std::string place;
        long pid = 0;
        if (!(words >> number >> kind >> manner >> access >> pid >> place)) continue;
        if (kind == "FLOCK" && place.ends_with(fmt::format(":{}", lock.st_ino))) return pid;
    }
    return 0;
}

void check_lock(const Examined& examined, Findings& findings) {
    const auto file = examined.settings.store_file();
    const auto owner = lock_owner(fs::path(file).concat(".lock"));
    if (!owner)
        return findings.unknown("serve", "the system does not say who holds locks", "mount /proc");
    if (*owner == 0)
        return findings.warning(
            "serve", "it is not running: no mail is taken", "start it (systemctl start postern)"
        );
    findings.ok("serve", fmt::format("running, process {}", *owner));
}

void check_integrity(const Examined& examined, database::Store& store, Findings& findings) {
    std::error_code error;
    const auto bytes = fs::file_size(examined.settings.store_file(), error);
    if (!examined.whole_store && (error || bytes > quickly_checked_bytes_max))
        return findings.unknown(
            "store integrity",
            fmt::format("not looked at: reading {} MiB takes long", bytes / 1024 / 1024),
            "postern doctor --whole-store, or check a backup on another machine"
        );
    const auto whole = examined.whole_store ? store.check_integrity() : store.check_quickly();
    if (!whole)
        return findings.problem(
            "store integrity",
            whole.error().text,
            "stop serve, keep the file, restore the last backup (postern restore)"
        );
    findings.ok(
        "store integrity",
        fmt::format(
            "{} MiB, {}", bytes / 1024 / 1024, examined.whole_store ? "all of it" : "quick check"
        )
    );
}

void check_audit(database::Store& store, Findings& findings) {
    const auto rows = store.read_and_wait([](Snapshot& s) { return accounts::verify_audit(s); });
    if (rows) return findings.ok("audit trail", fmt::format("whole, {} entries", *rows));
    if (rows.error().kind == ErrorKind::corrupt)
        return findings.problem(
            "audit trail",
            rows.error().text,
            "somebody changed the file: compare with the last backup (postern audit verify)"
        );
    findings.unknown("audit trail", rows.error().text, "postern audit verify");
}

base::Result<std::optional<base::Time>> newest_act(Snapshot& snapshot) {
    auto latest = accounts::latest_audit(snapshot, 1);
    if (!latest) return base::failure(latest.error());
    if (latest->empty()) return std::optional<base::Time>();
    return std::optional(latest->front().at);
}

void check_clock_against(const Examined& examined, database::Store& store, Findings& findings) {
    const auto newest = store.read_and_wait(newest_act);
    if (!newest) return findings.unknown("clock and store", newest.error().text, "see above");
    if (!*newest) return;
    const auto now = examined.program.clock.now();
    if (**newest > now + clock_slack)
        return findings.problem(
            "clock and store",
            fmt::format(
                "the store has seen {}, now it is {}",
                base::to_rfc3339(**newest),
                base::to_rfc3339(now)
            ),
            "one of the two clocks was wrong: set this one right; retries wait until then"
        );
    findings.ok("clock and store", "in order");
}

void check_outbox(database::Store& store, Findings& findings) {
    const auto waiting =
        store.read_and_wait([](Snapshot& s) { return quarantine::count_outbox(s); });
    if (!waiting) return findings.unknown("outbox", waiting.error().text, "see above");
    findings.ok("outbox", fmt::format("{} mails wait to be sent", waiting->all()));
}

}  // namespace

void check_store(const Examined& examined, Findings& findings) {
    check_lock(examined, findings);
    const auto file = examined.settings.store_file();
    std::error_code error;
    if (!fs::exists(file, error))
        return findings.warning(
            "store", fmt::format("{} is not there yet", file.string()), "start `postern serve` once"
        );
    struct stat found{};
    if (stat(file.c_str(), &found) == 0 && (found.st_mode & 0077U) != 0)
        findings.problem(
            "store file",
            fmt::format(
                "others may read everybody's held mail (mode {:04o})", found.st_mode & 07777U
            ),
            fmt::format("chmod 0600 {}", file.string())
        );
    auto store = open_store(examined.settings, Missing::refuse, examined.log);
    if (!store)
        return findings.problem(
            "store",
            store.error().text,
            store.error().kind == ErrorKind::newer_version
                ? "install the newer version again"
                : "what is said there; a backup can be put back with postern restore"
        );
    // Opening compared the versions of all tables.
    findings.ok("store", "opens, its tables are of this version");
    check_integrity(examined, **store, findings);
    check_audit(**store, findings);
    check_clock_against(examined, **store, findings);
    check_outbox(**store, findings);
}

}  // namespace command
