#include "accounts/password.h"

#include "accounts/password_rules.h"

#include <argon2.h>

#include <array>

namespace accounts {

namespace {

// OWASP's recommendation for argon2id, and what protocol.md asks for; RFC 9106 §4 names larger
// ones, which a portal with many people cannot afford.
constexpr std::uint32_t memory_kib = 19'456;
constexpr std::uint32_t passes = 2;
constexpr std::uint32_t lanes = 1;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;

constexpr std::size_t password_bytes_min = 10;

}  // namespace

base::Result<std::string> hash_password(std::string_view password, base::Random& random) {
    if (password.size() < password_bytes_min)
        return base::failure(
            base::ErrorKind::invalid,
            "the password is too short: use at least {} characters",
            password_bytes_min
        );
    if (password.size() > password_bytes_max)
        return base::failure(
            base::ErrorKind::invalid,
            "the password is too long: use at most {} bytes",
            password_bytes_max
        );
    std::array<std::uint8_t, salt_bytes> salt{};
    random.fill(salt);
    std::string encoded(
        argon2_encodedlen(passes, memory_kib, lanes, salt_bytes, hash_bytes, Argon2_id), '\0'
    );
    const int outcome = argon2id_hash_encoded(
        passes,
        memory_kib,
        lanes,
        password.data(),
        password.size(),
        salt.data(),
        salt.size(),
        hash_bytes,
        encoded.data(),
        encoded.size()
    );
    if (outcome != ARGON2_OK)
        return base::failure(
            base::ErrorKind::trouble, "hashing a password: {}", argon2_error_message(outcome)
        );
    encoded.resize(encoded.find('\0'));
    return encoded;
}

bool verify_password(std::string_view password, std::string_view hash) {
    if (password.size() > password_bytes_max) return false;
    if (hash.empty()) {
        // Nobody there, or nobody with a password: the answer must take as long as a wrong one.
        const std::array<std::uint8_t, salt_bytes> salt{};
        std::array<std::uint8_t, hash_bytes> spent{};
        const int outcome = argon2id_hash_raw(
            passes,
            memory_kib,
            lanes,
            password.data(),
            password.size(),
            salt.data(),
            salt.size(),
            spent.data(),
            spent.size()
        );
        // Only memory can be missing; the answer is no either way.
        static_cast<void>(outcome);
        return false;
    }
    return argon2id_verify(std::string(hash).c_str(), password.data(), password.size()) ==
           ARGON2_OK;
}

}  // namespace accounts
