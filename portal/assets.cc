#include "portal/assets.h"

namespace portal {

// Weak, and alone in its file: the program's own table takes its place.
__attribute__((weak)) std::span<const Asset> web_assets() {
    return {};
}

}  // namespace portal
