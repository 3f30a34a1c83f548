#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portal {

// The parameters of a target's query, decoded (application/x-www-form-urlencoded: "+" is a blank).
class Query {
  public:
    static constexpr std::size_t parameters_max = 64;

    // Error invalid: too many parameters, one given twice, a NUL, or text that is not UTF-8.
    static base::Result<Query> parse(std::string_view text);

    // "" when it is missing: everywhere in the API the two mean the same.
    std::string_view get(std::string_view name) const;

  private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace portal
