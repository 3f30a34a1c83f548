#pragma once

#include "base/random.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace accounts {

// argon2id, 19 MiB, t=2, p=1 (RFC 9106; OWASP). Takes tens of milliseconds: run it on a worker,
// never on a loop. Error invalid: shorter than 10 or longer than 1024 bytes, with a text for the
// person.
base::Result<std::string> hash_password(std::string_view password, base::Random& random);

// The same work for an empty (unknown) hash, then false.
bool verify_password(std::string_view password, std::string_view hash);

}  // namespace accounts
