#pragma once

#include "metrics/registry.h"

namespace metrics {

// What the kernel says of this process, under the names that Prometheus' own libraries use
// (process_resident_memory_bytes and the like). What /proc does not tell is left out.
void write_process(Text& text);

}  // namespace metrics
