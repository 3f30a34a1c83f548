#include "base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace base {

void ensure_failed(std::string_view reason, std::source_location where) {
    std::fprintf(
        stderr,
        "postern: bug: %.*s (%s:%u)\n",
        static_cast<int>(reason.size()),
        reason.data(),
        where.file_name(),
        static_cast<unsigned>(where.line())
    );
    std::abort();
}

}  // namespace base
