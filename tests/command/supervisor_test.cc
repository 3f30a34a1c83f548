#include "command/supervisor.h"

#include "tests/catch.h"
#include "tests/command/service_manager.h"

namespace {

struct Lines {
    std::string text;
    std::shared_ptr<base::Log> log = base::Log::to_sink(
        base::LogLevel::debug, [this](std::string_view line) { text += std::string(line) + '\n'; }
    );
};

}  // namespace

TEST_CASE("The service manager hears each state in sd_notify's words") {
    for (const auto kind : {ServiceManager::Kind::file, ServiceManager::Kind::abstract}) {
        const ServiceManager manager(kind);
        const Lines lines;
        auto supervisor = command::Supervisor::from_environment(*lines.log);
        supervisor.ready("Taking mail");
        CHECK(manager.hear() == "READY=1\nSTATUS=Taking mail");
        supervisor.reloading();
        CHECK(manager.hear().starts_with("RELOADING=1\nMONOTONIC_USEC="));
        supervisor.alive();
        CHECK(manager.hear() == "WATCHDOG=1");
        supervisor.stopping(std::chrono::seconds(90));
        const auto last = manager.hear();
        CHECK(last.starts_with("STOPPING=1\n"));
        CHECK(last.ends_with("\nEXTEND_TIMEOUT_USEC=90000000"));
        CHECK(lines.text.empty());
    }
}

TEST_CASE("A watchdog is ours when it names our process or nobody's") {
    const ServiceManager manager(ServiceManager::Kind::abstract);
    const Lines lines;
    const auto interval = [&] {
        return command::Supervisor::from_environment(*lines.log).watchdog();
    };
    CHECK_FALSE(interval());
    setenv("WATCHDOG_USEC", "30000000", 1);
    CHECK(interval() == std::chrono::seconds(30));
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
    CHECK(interval() == std::chrono::seconds(30));
    setenv("WATCHDOG_PID", "1", 1);
    CHECK_FALSE(interval());
    unsetenv("WATCHDOG_PID");
    for (const auto* wrong : {"", "0", "-5", "soon", "30s"}) {
        setenv("WATCHDOG_USEC", wrong, 1);
        CHECK_FALSE(interval());
    }
}

TEST_CASE("Without a service manager every word goes nowhere, and what cannot be said is logged") {
    const Lines lines;
    command::Supervisor::from_environment(*lines.log).ready("Taking mail");
    CHECK(lines.text.empty());
    for (const auto* address : {"vsock:2:1234", "relative", "/nowhere/at/all"}) {
        const Lines said;
        setenv("NOTIFY_SOCKET", address, 1);
        command::Supervisor::from_environment(*said.log).ready("Taking mail");
        unsetenv("NOTIFY_SOCKET");
        CHECK(said.text.find("event=supervisor_unheard") != std::string::npos);
        CHECK(said.text.find(address) != std::string::npos);
    }
}
