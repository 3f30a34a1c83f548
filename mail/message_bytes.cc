#include "mail/message_bytes.h"

#include "base/ensure.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace mail {
namespace {

using base::ErrorKind;
using base::failure;
using base::Result;

class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

base::Failure system_failure(std::string_view doing) {
    const int error = errno;
    const bool full = error == ENOSPC || error == EDQUOT;
    return failure(
        full ? ErrorKind::disk_full : ErrorKind::trouble, "{}: {}", doing, std::strerror(error)
    );
}

// A file without a name, so that it is gone when this process is.
Result<Descriptor> open_nameless(const std::filesystem::path& directory) {
    Descriptor file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file.is_open()) return file;
    // Some file systems have no O_TMPFILE; older kernels report it as EISDIR.
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
        return system_failure("opening a temporary file in " + directory.string());
    std::string name = directory / "postern-XXXXXX";
    Descriptor named(::mkostemp(name.data(), O_CLOEXEC));
    if (!named.is_open())
        return system_failure("opening a temporary file in " + directory.string());
    if (::unlink(name.c_str()) != 0) return system_failure("unlinking " + name);
    return named;
}

}  // namespace

// The file holds the first `in_file` bytes, `memory` those behind them.
struct MessageBytes::State {
    SpoolSettings settings;
    std::string memory;
    Descriptor file;
    std::uint64_t in_file = 0;
    base::Sha256 hash;
    base::Digest digest{};
    bool is_finished = false;

    std::uint64_t size() const { return in_file + memory.size(); }

    Result<void> write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto written =
                ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(in_file));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return system_failure("writing a message to its temporary file");
            in_file += static_cast<std::uint64_t>(written);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    Result<void> flush() {
        if (!file.is_open()) {
            auto opened = open_nameless(settings.directory);
            if (!opened) return failure(std::move(opened.error()));
            file = std::move(*opened);
        }
        if (auto written = write(memory); !written) return written;
        memory.clear();
        return {};
    }

    Result<std::size_t> read(std::uint64_t position, std::span<char> into) const {
        std::size_t done = 0;
        while (done < into.size() && position + done < in_file) {
            const std::uint64_t at = position + done;
            const auto wanted = std::min<std::uint64_t>(into.size() - done, in_file - at);
            const auto got = ::pread(
                file.get(),
                into.data() + done,
                static_cast<std::size_t>(wanted),
                static_cast<off_t>(at)
            );
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return system_failure("reading a message from its temporary file");
            if (got == 0)
                return failure(ErrorKind::trouble, "a message's temporary file became shorter");
            done += static_cast<std::size_t>(got);
        }
        const std::uint64_t at = position + done;
        if (done < into.size() && at >= in_file && at < size()) {
            const auto part = std::string_view(memory).substr(
                static_cast<std::size_t>(at - in_file), into.size() - done
            );
            std::copy(part.begin(), part.end(), into.begin() + static_cast<std::ptrdiff_t>(done));
            done += part.size();
        }
        return done;
    }
};

MessageBytes::MessageBytes(std::unique_ptr<State> state) : state_(std::move(state)) {}
MessageBytes::MessageBytes(MessageBytes&&) noexcept = default;
MessageBytes& MessageBytes::operator=(MessageBytes&&) noexcept = default;
MessageBytes::~MessageBytes() = default;

Result<MessageBytes> MessageBytes::create(const SpoolSettings& settings) {
    auto state = std::make_unique<State>();
    state->settings = settings;
    return MessageBytes(std::move(state));
}

MessageBytes MessageBytes::of(std::string_view bytes) {
    auto state = std::make_unique<State>();
    state->settings.memory_bytes_max = std::numeric_limits<std::size_t>::max();
    state->memory = bytes;
    state->hash.update(bytes);
    state->digest = state->hash.finish();
    state->is_finished = true;
    return MessageBytes(std::move(state));
}

Result<void> MessageBytes::append(std::string_view bytes) {
    base::ensure(!state_->is_finished, "a finished message does not grow");
    state_->hash.update(bytes);
    const std::size_t bound = state_->settings.memory_bytes_max;
    if (bytes.size() <= bound && state_->memory.size() <= bound - bytes.size()) {
        state_->memory += bytes;
        return {};
    }
    if (auto flushed = state_->flush(); !flushed) return flushed;
    if (bytes.size() > bound) return state_->write(bytes);
    state_->memory += bytes;
    return {};
}

Result<void> MessageBytes::finish() {
    if (state_->is_finished) return {};
    if (state_->file.is_open()) {
        if (auto flushed = state_->flush(); !flushed) return flushed;
        state_->memory = std::string();  // gives the memory back
    }
    state_->digest = state_->hash.finish();
    state_->is_finished = true;
    return {};
}

std::uint64_t MessageBytes::size() const {
    return state_->size();
}

const base::Digest& MessageBytes::sha256() const {
    base::ensure(state_->is_finished, "the digest is known only after finish()");
    return state_->digest;
}

Result<std::size_t> MessageBytes::Reader::read(std::span<char> into) {
    auto got = message_->state_->read(position_, into);
    if (got) position_ += *got;
    return got;
}

Result<void> MessageBytes::Reader::seek(std::uint64_t position) {
    if (position > message_->size())
        return failure(ErrorKind::invalid, "position {} is behind the message", position);
    position_ = position;
    return {};
}

Result<std::string> MessageBytes::prefix(std::size_t bytes_max) const {
    std::string result(static_cast<std::size_t>(std::min<std::uint64_t>(bytes_max, size())), '\0');
    Reader from_start = reader();
    const auto got = from_start.read(result);
    if (!got) return failure(got.error());
    result.resize(*got);
    return result;
}

}  // namespace mail
