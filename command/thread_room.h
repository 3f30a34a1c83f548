#pragma once

#include "base/result.h"

#include <cstddef>

namespace command {

// Proves that the system gives us that many threads more, by starting them all and ending them. A
// program that is half started when the last one is refused cannot be ended in order. Error limit,
// in words an operator understands.
base::Result<void> prove_threads(std::size_t count);

}  // namespace command
