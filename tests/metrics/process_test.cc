#include "metrics/process.h"

#include "tests/catch.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>

namespace {

double value_of(std::string_view name) {
    metrics::Text text;
    metrics::write_process(text);
    const std::string all = "\n" + text.to_string();
    const auto at = all.find("\n" + std::string(name) + " ");
    REQUIRE(at != std::string::npos);
    return std::stod(all.substr(at + name.size() + 2));
}

}  // namespace

TEST_CASE("The process knows its descriptors, its memory and its start") {
    const double before = value_of("process_open_fds");
    const int opened = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(value_of("process_open_fds") == before + 1);
    close(opened);
    CHECK(value_of("process_open_fds") == before);
    CHECK(value_of("process_max_fds") >= before);
    CHECK(value_of("process_threads") >= 1);
    CHECK(value_of("process_resident_memory_bytes") > 1 << 20);
    CHECK(value_of("process_virtual_memory_bytes") >= value_of("process_resident_memory_bytes"));
    CHECK(value_of("process_cpu_seconds_total") >= 0);
    const auto now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
    CHECK(value_of("process_start_time_seconds") == value_of("process_start_time_seconds"));
    CHECK(value_of("process_start_time_seconds") <= now.count() + 2);
    CHECK(value_of("process_start_time_seconds") > now.count() - 24 * 3600);
}
