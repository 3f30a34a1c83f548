#pragma once

#include "database/store.h"

namespace digest {

// The tables of this room; command/ gives it to Store::open.
database::Schema schema();

}  // namespace digest
