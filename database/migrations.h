#pragma once

#include "base/log.h"
#include "base/result.h"
#include "database/connection.h"
#include "database/store.h"

#include <span>

namespace database {

// Brings every room's tables to the version this program knows, each step in a transaction of its
// own, forward only. Errors: newer_version, and what SQL gives.
base::Result<void> migrate(Connection& connection, std::span<const Schema> schemas, base::Log& log);

// For a guest, which changes no tables: every room has exactly the version this program knows.
// Errors: newer_version; trouble when it is older.
base::Result<void> compare_versions(Connection& connection, std::span<const Schema> schemas);

}  // namespace database
