#include "quarantine/packed.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <new>

namespace quarantine {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

// Level 1: mail that is already compressed gains nothing from more.
constexpr int compression_level = 1;

}  // namespace

Result<void> compress(
    const mail::MessageBytes& bytes, const std::function<Result<void>(std::string_view piece)>& give
) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(
        ZSTD_createCCtx(), &ZSTD_freeCCtx
    );
    if (!context) throw std::bad_alloc();
    const auto piece_bytes = static_cast<std::size_t>(
        std::min<std::uint64_t>(chunk_bytes, std::max<std::uint64_t>(bytes.size(), 1))
    );
    std::vector<char> piece(piece_bytes);
    std::vector<char> packed(ZSTD_compressBound(piece_bytes));
    auto reader = bytes.reader();
    for (;;) {
        auto got = reader.read(piece);
        if (!got) return failure(std::move(got.error()));
        if (*got == 0) return {};
        const std::size_t size = ZSTD_compressCCtx(
            context.get(), packed.data(), packed.size(), piece.data(), *got, compression_level
        );
        if (ZSTD_isError(size) != 0)
            return failure(ErrorKind::trouble, "zstd: {}", ZSTD_getErrorName(size));
        if (auto given = give({packed.data(), size}); !given) return given;
    }
}

Result<Packed> Packed::pack(const mail::MessageBytes& bytes, const mail::SpoolSettings& spool) {
    auto spooled = mail::MessageBytes::create(spool);
    if (!spooled) return failure(std::move(spooled.error()));
    Packed packed(std::move(*spooled));
    const auto keep = [&](std::string_view piece) {
        packed.piece_sizes_.push_back(piece.size());
        return packed.bytes_.append(piece);
    };
    if (auto done = compress(bytes, keep); !done) return failure(std::move(done.error()));
    if (auto done = packed.bytes_.finish(); !done) return failure(std::move(done.error()));
    return packed;
}

}  // namespace quarantine
