#pragma once

#include "base/ensure.h"
#include "base/result.h"

#include <type_traits>
#include <utility>

// The value, where a test cannot go on without it; the error ends the test program.
template <class T>
T must(base::Result<T> result) {
    base::ensure(result.has_value(), result ? "" : result.error().text);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}
