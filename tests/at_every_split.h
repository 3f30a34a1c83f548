#pragma once

#include <cstddef>
#include <string_view>

// Calls test(first, second) for every way to cut the bytes in two, one of them empty included:
// a network may cut anywhere.
template <class Test>
void at_every_split(std::string_view bytes, Test&& test) {
    for (std::size_t at = 0; at <= bytes.size(); ++at) test(bytes.substr(0, at), bytes.substr(at));
}
