#include "base/sha256.h"

#include "base/ensure.h"

#include <openssl/evp.h>

namespace base {

struct Sha256::Context {
    EVP_MD_CTX* evp = EVP_MD_CTX_new();
    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { EVP_MD_CTX_free(evp); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
    ensure(
        context_->evp != nullptr && EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr) == 1,
        "SHA-256 is not available"
    );
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
    ensure(
        EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1, "SHA-256 update failed"
    );
}

Digest Sha256::finish() {
    Digest digest{};
    unsigned length = 0;
    ensure(
        EVP_DigestFinal_ex(context_->evp, digest.data(), &length) == 1 && length == digest.size(),
        "SHA-256 finish failed"
    );
    return digest;
}

Digest sha256(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::string to_hex(const Digest& digest) {
    return to_hex(as_bytes(digest));
}

std::string_view as_bytes(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace base
