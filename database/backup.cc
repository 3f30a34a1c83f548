#include "database/backup.h"

#include "database/connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace database {
namespace {

base::Failure failure_on(const std::filesystem::path& path, std::string_view doing) {
    const int error = errno;
    return base::failure(
        error == ENOSPC || error == EDQUOT ? base::ErrorKind::disk_full
        : error == EEXIST                  ? base::ErrorKind::conflict
                                           : base::ErrorKind::trouble,
        "{} {}: {}",
        doing,
        path.string(),
        std::generic_category().message(error)
    );
}

base::Result<void> sync(const std::filesystem::path& path, int flags) {
    const int descriptor = open(path.c_str(), flags | O_CLOEXEC);
    if (descriptor < 0) return failure_on(path, "cannot open");
    base::Result<void> done;
    if (fsync(descriptor) != 0) done = failure_on(path, "cannot sync");
    close(descriptor);
    return done;
}

base::Result<void> copy_into(
    const std::filesystem::path& store_file, const std::filesystem::path& target
) {
    ConnectionSettings settings;
    settings.file = store_file;
    settings.access = Access::read_only;
    auto source = Connection::open(settings);
    if (!source) return base::failure(std::move(source.error()));
    if (auto copied = (*source)->copy_to(target); !copied) return copied;
    // SQLite has closed the copy by now: this is no second descriptor of a file in use.
    if (auto done = sync(target, O_RDONLY); !done) return done;
    const auto directory = target.parent_path();
    return sync(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
}

}  // namespace

base::Result<void> copy_store(
    const std::filesystem::path& store_file, const std::filesystem::path& target
) {
    // O_EXCL: never over an older backup, and never over the store itself.
    const int made = open(target.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0) return failure_on(target, "cannot make the backup");
    close(made);
    auto copied = copy_into(store_file, target);
    if (!copied) {
        std::error_code ignored;
        std::filesystem::remove(target, ignored);
        return base::failure(copied.error(), "backup");
    }
    return {};
}

}  // namespace database
