#pragma once

#include "base/result.h"
#include "mail/message_bytes.h"

#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace quarantine {

inline constexpr std::size_t chunk_bytes = std::size_t{128} * 1024;

// Gives the bytes of a finished message as they are stored: pieces of 128 KiB, each compressed by
// itself (zstd), so that neither storing nor loading needs more memory than one piece.
base::Result<void> compress(
    const mail::MessageBytes& bytes,
    const std::function<base::Result<void>(std::string_view piece)>& give
);

// All pieces of a message, made before the writer's turn: compressing takes longer than writing,
// and everybody waits for the writer.
class Packed {
  public:
    // Of a finished message. In memory as far as `spool` says, then in a file without a name.
    // Errors: disk_full, trouble.
    static base::Result<Packed> pack(
        const mail::MessageBytes& bytes, const mail::SpoolSettings& spool
    );

    // bytes() is one piece behind the other.
    const std::vector<std::size_t>& piece_sizes() const { return piece_sizes_; }
    const mail::MessageBytes& bytes() const { return bytes_; }

  private:
    explicit Packed(mail::MessageBytes bytes) : bytes_(std::move(bytes)) {}

    mail::MessageBytes bytes_;
    std::vector<std::size_t> piece_sizes_;
};

}  // namespace quarantine
