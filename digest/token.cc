#include "digest/token.h"

#include <algorithm>

namespace digest {

namespace {

constexpr std::size_t token_length = 52;

}  // namespace

std::string new_token(base::Random& random) {
    return base::random_id(random) + base::random_id(random);
}

bool is_token(std::string_view text) {
    return text.size() == token_length && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
           });
}

base::Digest hash_of(std::string_view token) {
    return base::sha256(token);
}

}  // namespace digest
