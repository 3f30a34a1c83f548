#include "command/doctor_checks.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace command {

namespace fs = std::filesystem;

namespace {

constexpr mode_t others_may_write = 0002;
constexpr mode_t group_may_write = 0020;
constexpr mode_t group_may_anything = 0070;
constexpr mode_t others_may_anything = 0007;

// Fewer than this many reserves free, and it is time to look at the disk.
constexpr std::uint64_t reserves_comfortable = 4;
constexpr std::chrono::milliseconds slow_sync{1000};

// Nothing of this program was there earlier.
constexpr base::Time earliest_plausible{std::chrono::milliseconds(1'767'225'600'000)};  // 2026

std::string last_error() {
    return std::generic_category().message(errno);
}

std::string user_name(uid_t uid) {
    std::array<char, 4096> buffer{};
    struct passwd entry{};
    struct passwd* found = nullptr;
    if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return found->pw_name;
    return fmt::format("uid {}", uid);
}

std::string mode_text(mode_t mode) {
    return fmt::format("{:04o}", mode & 07777U);
}

void check_configuration_file(const Examined& examined, Findings& findings) {
    const auto& file = examined.settings.file;
    struct stat found{};
    if (stat(file.c_str(), &found) != 0)
        return findings.problem("configuration", last_error(), "make it readable for this user");
    if ((found.st_mode & (others_may_write | group_may_write)) != 0)
        return findings.problem(
            "configuration",
            fmt::format(
                "{} may be changed by others (mode {})", file.string(), mode_text(found.st_mode)
            ),
            fmt::format("chmod go-w {}", file.string())
        );
    findings.ok("configuration", file.string() + " is good");
}

void check_key_file(const Examined& examined, Findings& findings) {
    const auto& tls = examined.settings.tls;
    if (!tls.is_set()) return;
    struct stat found{};
    if (stat(tls.key.c_str(), &found) != 0)
        return findings.problem(
            "tls key", tls.key.string() + ": " + last_error(), "look at [tls] key"
        );
    if ((found.st_mode & others_may_anything) != 0)
        return findings.problem(
            "tls key",
            fmt::format(
                "{} is open to everybody (mode {})", tls.key.string(), mode_text(found.st_mode)
            ),
            fmt::format("chmod o= {}; if others may have read it, get a new key", tls.key.string())
        );
    findings.ok(
        "tls key",
        fmt::format("mode {}, owned by {}", mode_text(found.st_mode), user_name(found.st_uid))
    );
}

// What a file system is, when it cannot carry the store; "" for a local one.
std::string_view not_local(long type) {
    switch (static_cast<unsigned long>(type)) {
        case NFS_SUPER_MAGIC:
            return "NFS";
        case SMB_SUPER_MAGIC:
        case SMB2_SUPER_MAGIC:
        case CIFS_SUPER_MAGIC:
            return "SMB";
        case AFS_SUPER_MAGIC:
        case AFS_FS_MAGIC:
            return "AFS";
        case CEPH_SUPER_MAGIC:
            return "CephFS";
        case CODA_SUPER_MAGIC:
            return "Coda";
        case V9FS_MAGIC:
            return "9p";
        case OCFS2_SUPER_MAGIC:
            return "OCFS2";
        case FUSE_SUPER_MAGIC:
            return "FUSE";
        default:
            return "";
    }
}

void check_file_system(const fs::path& directory, Findings& findings) {
    struct statfs found{};
    if (statfs(directory.c_str(), &found) != 0)
        return findings.unknown("file system", last_error(), "look at the mount of data_dir");
    const auto name = not_local(found.f_type);
    if (!name.empty())
        return findings.problem(
            "file system",
            fmt::format(
                "{} is on {}, where the store's locks and its log do not work",
                directory.string(),
                name
            ),
            "put data_dir on a disk of this machine"
        );
    if (found.f_type == TMPFS_MAGIC || found.f_type == RAMFS_MAGIC)
        return findings.problem(
            "file system",
            fmt::format(
                "{} is in memory: all held mail is gone after a restart", directory.string()
            ),
            "put data_dir on a disk of this machine"
        );
    findings.ok("file system", "local");
}

// On a file without a name, so that nothing is left behind.
void check_sync(const fs::path& directory, Findings& findings) {
    const int file = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) {
        if (errno == EOPNOTSUPP || errno == EISDIR)
            return findings.unknown(
                "sync", "the file system has no unnamed files to try it with", "try another one"
            );
        return findings.problem(
            "sync",
            fmt::format("cannot write in {}: {}", directory.string(), last_error()),
            "look at the owner and the mode of data_dir, and whether it is mounted read-only"
        );
    }
    const auto begin = std::chrono::steady_clock::now();
    const std::array<char, 4096> page{};
    const bool written = write(file, page.data(), page.size()) == static_cast<ssize_t>(page.size());
    const bool synced = written && fsync(file) == 0;
    const auto why = last_error();
    close(file);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin
    );
    if (!synced)
        return findings.problem(
            "sync",
            fmt::format("a {} fails: {}", written ? "sync" : "write", why),
            "look at the disk"
        );
    const auto text = fmt::format("4 KiB written and synced in {} ms", took.count());
    if (took >= slow_sync)
        return findings.warning(
            "sync", text, "every mail waits for this: look at the disk and what else writes to it"
        );
    findings.ok("sync", text);
}

}  // namespace

void check_files(const Examined& examined, Findings& findings) {
    check_configuration_file(examined, findings);
    check_key_file(examined, findings);
    const auto& directory = examined.settings.data_dir;
    struct stat found{};
    if (stat(directory.c_str(), &found) != 0)
        return findings.problem(
            "data_dir",
            fmt::format("{}: {}", directory.string(), last_error()),
            "make it, owned by the user that runs `postern serve`, mode 0700"
        );
    if (!S_ISDIR(found.st_mode))
        return findings.problem(
            "data_dir", directory.string() + " is no directory", "set data_dir to a directory"
        );
    if (const auto me = geteuid(); me != 0 && me != found.st_uid)
        findings.problem(
            "data_dir",
            fmt::format(
                "{} belongs to {}, this is {}",
                directory.string(),
                user_name(found.st_uid),
                user_name(me)
            ),
            "run doctor as the user that runs `postern serve`"
        );
    else if ((found.st_mode & (group_may_anything | others_may_anything)) != 0)
        findings.problem(
            "data_dir",
            fmt::format(
                "others may look into {} (mode {})", directory.string(), mode_text(found.st_mode)
            ),
            fmt::format("chmod 0700 {}", directory.string())
        );
    else
        findings.ok(
            "data_dir",
            fmt::format(
                "{}, owned by {}, mode {}",
                directory.string(),
                user_name(found.st_uid),
                mode_text(found.st_mode)
            )
        );
    check_file_system(directory, findings);
    check_sync(directory, findings);
}

void check_disk(const Examined& examined, Findings& findings) {
    struct statvfs found{};
    if (statvfs(examined.settings.data_dir.c_str(), &found) != 0)
        return findings.unknown("disk", last_error(), "look at data_dir");
    constexpr std::uint64_t mib = std::uint64_t{1024} * 1024;
    const auto free = std::uint64_t{found.f_bavail} * found.f_frsize;
    const auto reserve = examined.settings.quarantine.disk_reserve_bytes;
    const auto text =
        fmt::format("{} MiB free, {} MiB are kept in reserve", free / mib, reserve / mib);
    if (free < reserve)
        return findings.problem(
            "disk",
            text + ": new mail gets 452 now",
            "free some space, or lower quarantine.disk_reserve_bytes"
        );
    if (free < reserves_comfortable * reserve)
        return findings.warning("disk", text, "free some space before new mail gets 452");
    if (found.f_files != 0 && found.f_favail == 0)
        return findings.problem("disk", "no inodes are free", "remove files from that file system");
    findings.ok("disk", text);
}

void check_clock(const Examined& examined, Findings& findings) {
    const auto now = examined.program.clock.now();
    if (now < earliest_plausible)
        return findings.problem(
            "clock",
            fmt::format("it says {}", base::to_rfc3339(now)),
            "set the clock and run an NTP client: dates of mails, expiry and TLS depend on it"
        );
    struct timex state{};
    const int answer = adjtimex(&state);
    if (answer == -1)
        return findings.unknown("clock", last_error(), "ask your NTP client whether it is in step");
    if (answer == TIME_ERROR || (static_cast<unsigned>(state.status) & STA_UNSYNC) != 0U)
        return findings.warning(
            "clock",
            "no NTP client has said that it is right",
            "run one (systemd-timesyncd, chrony): codes of authenticator apps, expiry and TLS need "
            "the right time"
        );
    findings.ok("clock", "synchronised, " + base::to_rfc3339(now));
}

}  // namespace command
