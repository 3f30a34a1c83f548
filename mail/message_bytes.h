#pragma once

#include "base/result.h"
#include "base/sha256.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mail {

struct SpoolSettings {
    std::filesystem::path directory;            // where the unlinked temporary file goes
    std::size_t memory_bytes_max = 128 * 1024;  // up to here the message stays in memory
};

// The bytes of one message, exactly as received after dot-unstuffing, CRLF line ends. In memory up
// to a bound, then in a temporary file that has no name from the start (O_TMPFILE), so that a crash
// leaves nothing behind. It is a working copy, not the store: nothing is promised on its account.
class MessageBytes {
  public:
    static base::Result<MessageBytes> create(const SpoolSettings& settings);
    // A whole message at once, in memory: for composed notices and tests.
    static MessageBytes of(std::string_view bytes);

    MessageBytes(MessageBytes&&) noexcept;
    MessageBytes& operator=(MessageBytes&&) noexcept;
    ~MessageBytes();

    // Errors: disk_full, trouble. After an error only destruction is allowed.
    base::Result<void> append(std::string_view bytes);
    // Ends writing; size and digest are final. Calling it again does nothing.
    base::Result<void> finish();

    std::uint64_t size() const;
    const base::Digest& sha256() const;  // only after finish()

    // An independent position in the bytes; several may be in use at once. Must not outlive the
    // message.
    class Reader {
      public:
        // Fills as much of `into` as there is; 0 at the end.
        base::Result<std::size_t> read(std::span<char> into);
        base::Result<void> seek(std::uint64_t position);

      private:
        friend class MessageBytes;
        explicit Reader(const MessageBytes& message) : message_(&message) {}
        const MessageBytes* message_;
        std::uint64_t position_ = 0;
    };
    Reader reader() const { return Reader(*this); }

    // The first `bytes_max` bytes, e.g. for the header section.
    base::Result<std::string> prefix(std::size_t bytes_max) const;

  private:
    struct State;
    explicit MessageBytes(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mail
