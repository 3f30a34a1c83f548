#include "imports/quarantine_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

namespace imports {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

// Products have one or two levels of folders.
constexpr int levels_max = 8;

base::Failure file_failure(const fs::path& path) {
    const int error = errno;
    return failure(
        error == ENOENT || error == ELOOP ? ErrorKind::not_found : ErrorKind::trouble,
        "{}: {}",
        path.string(),
        std::generic_category().message(error)
    );
}

class OpenFile {
  public:
    // Not through a link, not waiting for a pipe, not becoming a terminal's.
    explicit OpenFile(const fs::path& path)
        : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)) {}
    ~OpenFile() {
        if (number_ >= 0) close(number_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    int number() const { return number_; }

  private:
    int number_;
};

// gzip, unfolded piece by piece, so that a small file cannot become a big one.
class Unfolding {
  public:
    explicit Unfolding(std::uint64_t bytes_max) : bytes_max_(bytes_max) {
        // 16: a gzip header and nothing else (zlib.h, inflateInit2).
        is_ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;
    }
    ~Unfolding() {
        if (is_ready_) inflateEnd(&stream_);
    }
    Unfolding(const Unfolding&) = delete;
    Unfolding& operator=(const Unfolding&) = delete;

    Result<std::string> unfold(std::string& packed) {
        std::string text;
        std::array<char, 65'536> piece{};
        stream_.next_in = reinterpret_cast<Bytef*>(packed.data());
        stream_.avail_in = static_cast<uInt>(packed.size());
        int state = is_ready_ ? Z_OK : Z_MEM_ERROR;
        while (state == Z_OK) {
            stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
            stream_.avail_out = piece.size();
            state = inflate(&stream_, Z_NO_FLUSH);
            text.append(piece.data(), piece.size() - stream_.avail_out);
            if (text.size() > bytes_max_)
                return failure(ErrorKind::limit, "it unfolds to more than {} bytes", bytes_max_);
        }
        if (state != Z_STREAM_END)
            return failure(ErrorKind::corrupt, "its gzip compression is not whole");
        return text;
    }

  private:
    z_stream stream_{};
    std::uint64_t bytes_max_;
    bool is_ready_ = false;
};

Result<std::string> read_whole(const fs::path& path, std::uint64_t bytes_max) {
    const OpenFile file(path);
    struct stat found{};
    if (file.number() < 0 || fstat(file.number(), &found) != 0) return file_failure(path);
    if (!S_ISREG(found.st_mode)) return failure(ErrorKind::invalid, "it is no plain file");
    std::string text;
    std::array<char, 65'536> piece{};
    for (;;) {
        const ssize_t got = read(file.number(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_failure(path);
        if (got == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > bytes_max)
            return failure(ErrorKind::limit, "it is larger than {} bytes", bytes_max);
    }
}

Result<void> walk(
    const fs::path& folder,
    const fs::path& below,
    int level,
    const std::function<Result<void>(const QuarantineFile&)>& each
) {
    std::error_code error;
    std::vector<fs::path> names;
    for (fs::directory_iterator entry(folder / below, error), end; !error && entry != end;
         entry.increment(error))
        names.push_back(below / entry->path().filename());
    if (error)
        return failure(ErrorKind::not_found, "{}: {}", (folder / below).string(), error.message());
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
        struct stat found{};
        if (lstat((folder / name).c_str(), &found) != 0) continue;  // gone meanwhile
        Result<void> done;
        if (S_ISDIR(found.st_mode) && level < levels_max)
            done = walk(folder, name, level + 1, each);
        else if (S_ISREG(found.st_mode))
            done = each({name, base::Time(std::chrono::seconds(found.st_mtim.tv_sec))});
        if (!done) return done;
    }
    return {};
}

}  // namespace

Result<void> each_file(
    const fs::path& folder, const std::function<Result<void>(const QuarantineFile&)>& each
) {
    return walk(folder, "", 0, each);
}

Result<std::string> read_quarantine_file(
    const fs::path& folder, const QuarantineFile& file, std::uint64_t bytes_max
) {
    auto text = read_whole(folder / file.relative, bytes_max);
    if (!text) return text;
    // RFC 1952 §2.3.1: how gzip begins. No mail begins so.
    if (!text->starts_with("\x1f\x8b")) return text;
    return Unfolding(bytes_max).unfold(*text);
}

}  // namespace imports
