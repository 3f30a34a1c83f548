#pragma once

#include <span>
#include <string_view>

namespace portal {

// One file of the front end as it was built.
struct Asset {
    std::string_view path;   // "/assets/index-Bx7Q.js"
    std::string_view type;   // Content-Type
    std::string_view etag;   // with its quotes
    std::string_view bytes;  // as it is
    std::string_view gzip;   // the same, compressed
};

// What is compiled into the program. The room itself has none, so that it and its tests need no
// Node.js: cmake/web.cmake links the generated table into the program, and that one wins.
std::span<const Asset> web_assets();

}  // namespace portal
