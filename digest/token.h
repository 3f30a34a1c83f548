#pragma once

#include "base/random.h"
#include "base/sha256.h"

#include <string>
#include <string_view>

namespace digest {

// 256 random bits as 52 characters of a-z2-7: what stands in the link of a digest. Whoever has it
// may decide about the holds that this digest lists, so it is kept nowhere but in the mail.
std::string new_token(base::Random& random);
// Shaped like one: everything else is refused without looking.
bool is_token(std::string_view text);
// What the store keeps. A look-up by it takes the same time whatever was guessed.
base::Digest hash_of(std::string_view token);

}  // namespace digest
