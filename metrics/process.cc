#include "metrics/process.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace metrics {

namespace {

namespace fs = std::filesystem;

// The fields of /proc/self/stat behind the command, which may hold blanks and brackets: proc(5)
// counts from 1 and the first of these is number 3.
class Stat {
  public:
    Stat() {
        std::ifstream file("/proc/self/stat");
        std::string line;
        std::getline(file, line);
        const auto end = line.rfind(')');
        if (end == std::string::npos) return;
        std::istringstream rest(line.substr(end + 1));
        for (std::string field; rest >> field;) fields_.push_back(field);
    }
    std::optional<double> field(std::size_t number) const {
        if (number - 3 >= fields_.size()) return std::nullopt;
        return std::stod(fields_[number - 3]);
    }

  private:
    std::vector<std::string> fields_;
};

double seconds_now(clockid_t clock) {
    timespec now{};
    if (clock_gettime(clock, &now) != 0) return 0;
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Seconds since 1970. Field 22 counts from the system's start, and that is not asked of /proc/stat:
// a unit with ProcSubset=pid does not show it.
std::optional<double> start_time(const Stat& stat, double tick) {
    const auto started = stat.field(22);
    if (!started) return std::nullopt;
    return seconds_now(CLOCK_REALTIME) - (seconds_now(CLOCK_BOOTTIME) - *started * tick);
}

std::optional<double> open_descriptors() {
    std::error_code error;
    double count = -1;  // the one that reads the directory
    for (fs::directory_iterator entry("/proc/self/fd", error), end; entry != end;
         entry.increment(error)) {
        if (error) return std::nullopt;
        ++count;
    }
    return count < 0 ? std::nullopt : std::optional(count);
}

}  // namespace

void write_process(Text& text) {
    const auto add =
        [&](Kind kind, std::string_view name, std::string_view help, std::optional<double> value) {
            if (value) text.value(kind, name, help, {}, *value);
        };
    const auto times = [](std::optional<double> value, double factor) {
        return value ? std::optional(*value * factor) : std::nullopt;
    };
    const Stat stat;
    const auto tick = 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    const auto user = stat.field(14);
    const auto system = stat.field(15);
    if (user && system)
        add(Kind::counter,
            "process_cpu_seconds_total",
            "User and system time.",
            (*user + *system) * tick);
    add(Kind::gauge, "process_threads", "Threads.", stat.field(20));
    add(Kind::gauge, "process_virtual_memory_bytes", "Virtual memory.", stat.field(23));
    add(Kind::gauge,
        "process_resident_memory_bytes",
        "Resident memory.",
        times(stat.field(24), page));
    // Worked out once: it must not look like a restart when the clock is set.
    static const std::optional<double> started = start_time(stat, tick);
    add(Kind::gauge, "process_start_time_seconds", "Start, in seconds since 1970.", started);
    add(Kind::gauge, "process_open_fds", "Open descriptors.", open_descriptors());
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        add(Kind::gauge,
            "process_max_fds",
            "Descriptors that may be open.",
            static_cast<double>(limit.rlim_cur));
}

}  // namespace metrics
