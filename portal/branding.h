#pragma once

#include "conf/settings.h"

#include <boost/json/object.hpp>

#include <string_view>

namespace portal {

inline constexpr std::string_view logo_path = "/branding/logo";

// What the site calls the portal and how it looks: `product` of the API.
boost::json::object product_json(const conf::Portal& settings);

}  // namespace portal
