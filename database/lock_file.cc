#include "database/lock_file.h"

#include "base/ascii.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace database {
namespace {

std::string owner_written_in(int descriptor) {
    std::array<char, 32> text{};
    const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
    if (got <= 0) return "unknown";
    return std::string(base::trim(std::string_view(text.data(), static_cast<std::size_t>(got))));
}

}  // namespace

base::Result<LockFile> LockFile::take(const std::filesystem::path& file) {
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return base::failure(
            base::ErrorKind::trouble,
            "cannot open {}: {}",
            file.string(),
            std::generic_category().message(errno)
        );
    LockFile lock(descriptor);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return base::failure(
                base::ErrorKind::in_use,
                "the store is in use by process {} ({}); stop that one first",
                owner_written_in(descriptor),
                file.string()
            );
        return base::failure(
            base::ErrorKind::trouble,
            "cannot lock {}: {}",
            file.string(),
            std::generic_category().message(errno)
        );
    }
    // Only for the text above; on a full disk the lock counts all the same.
    const std::string pid = std::to_string(getpid()) + "\n";
    if (ftruncate(descriptor, 0) == 0) (void)!pwrite(descriptor, pid.data(), pid.size(), 0);
    return lock;
}

LockFile::LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

LockFile::~LockFile() {
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace database
