#pragma once

#include "portal/acts.h"
#include "portal/call.h"

#include <boost/json/object.hpp>

namespace portal {

// A hold as lists show it, with what this person may do to it.
boost::json::object hold_json(const Call& call, const quarantine::Hold& hold);

// The filter of a list or of a bulk act; `get(name)` gives "" for what is not filtered. Answers 400
// for values that do not exist, 403 for a scope that is not the person's.
struct FilterText {
    std::string scope, state, q, subject, from, to, reason, owner, sort;
};
Answer<quarantine::HoldFilter> filter_of(const Call& call, const FilterText& text);

// "limit" of the query, 1 to `most`; `usual` when it is missing. Answers 400.
Answer<int> limit_of(const Call& call, int usual, int most);

}  // namespace portal
