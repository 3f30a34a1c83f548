#include "command/serve.h"

#include "base/async.h"
#include "command/heartbeat.h"
#include "command/supervisor.h"
#include "conf/changes.h"
#include "conf/reader.h"
#include "gateway/gateway.h"
#include "metrics/monitor.h"
#include "portal/portal.h"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <sys/resource.h>

#include <csignal>
#include <thread>

namespace command {

namespace asio = boost::asio;
using base::failure;
using base::Result;
using Settings = std::shared_ptr<const conf::Settings>;

namespace {

// What a stop may take beyond shutdown_timeout: last words, the portal, the last checkpoint.
constexpr std::chrono::seconds after_shutdown_timeout{60};

// Ten thousand connections need as many descriptors as the system lets us have.
void raise_descriptor_limit(base::Log& log) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log.warning("descriptor_limit", {{"why", std::generic_category().message(errno)}});
}

Result<std::unique_ptr<database::Store>> open_as_server(
    const conf::Settings& settings, base::Log& log, metrics::Monitor& monitor
) {
    if (auto made = make_data_dir(settings); !made) return failure(made.error());
    const auto schemas = store_schemas();
    database::StoreSettings wanted;
    wanted.file = settings.store_file();
    wanted.disk_reserve_bytes = settings.quarantine.disk_reserve_bytes;
    wanted.monitor = &monitor;
    return database::Store::open(wanted, schemas, log);
}

// What is running. Destroyed in the reverse order; the store outlives what uses it.
struct Services {
    std::unique_ptr<database::Store> store;
    std::unique_ptr<gateway::Gateway> gateway;
    std::unique_ptr<portal::Portal> portal;  // none without [portal] address

    static Result<Services> start(
        const Settings& settings, Program& program, base::Log& log, metrics::Monitor& monitor
    ) {
        Services services;
        auto store = open_as_server(*settings, log, monitor);
        if (!store) return failure(store.error());
        services.store = std::move(*store);
        auto gateway = gateway::Gateway::start(
            settings, *services.store, log, program.clock, program.random, monitor
        );
        if (!gateway) return failure(gateway.error());
        services.gateway = std::move(*gateway);
        if (settings->portal.address) {
            auto portal = portal::Portal::start(
                settings,
                *services.store,
                log,
                program.clock,
                program.random,
                monitor,
                [running = services.gateway.get()] { running->wake_courier(); }
            );
            if (!portal) return failure(portal.error());
            services.portal = std::move(*portal);
        }
        return services;
    }

    // Both at once: people must not wait for the slowest mail, nor mail for people.
    void stop() {
        std::thread people([this] {
            if (portal) portal->stop();
        });
        gateway->stop();
        people.join();
        portal.reset();
        gateway.reset();
        store->close();
    }
};

// Names of what has changed in the file but stays as it is until the next start, and puts the old
// values back so that nothing half-changed is in force.
std::vector<std::string> keep_until_restart(const conf::Settings& now, conf::Settings& next) {
    auto names = conf::needs_restart(now, next);
    if (now.log.level != next.log.level) names.emplace_back("log.level");
    if (now.quarantine.disk_reserve_bytes != next.quarantine.disk_reserve_bytes)
        names.emplace_back("quarantine.disk_reserve_bytes");
    next.data_dir = now.data_dir;
    next.threads = now.threads;
    next.smtp.listeners = now.smtp.listeners;
    next.portal.address = now.portal.address;
    next.log.level = now.log.level;
    next.quarantine.disk_reserve_bytes = now.quarantine.disk_reserve_bytes;
    return names;
}

class Server {
  public:
    Server(Program& program, base::Log& log, Settings settings)
        : program_(program), log_(log), settings_(std::move(settings)) {}

    int run() {
        auto services = Services::start(settings_, program_, log_, monitor_);
        if (!services) {
            log_.error("start_failed", {{"why", services.error().text}});
            return exit_failed;
        }
        services_ = std::move(*services);
        log_.info(
            "started",
            {{"hostname", settings_->hostname},
             {"store", settings_->store_file().string()},
             {"pid", std::to_string(getpid())}}
        );
        wait_for_signal();
        heartbeat_.start(*services_.store);
        supervisor_.ready(status());
        loop_.run();
        if (stopper_.joinable()) stopper_.join();
        log_.info("stopped", {});
        return exit_ok;
    }

  private:
    void wait_for_signal() {
        signals_.async_wait([this](boost::system::error_code error, int signal) {
            if (error) return;
            if (signal == SIGHUP)
                answer_hangup();
            else
                stop(signal);
            wait_for_signal();
        });
    }

    void stop(int signal) {
        if (stopper_.joinable()) {
            // Asked twice: the store survives this as it survives a power cut.
            log_.warning("stopping_at_once", {{"signal", std::to_string(signal)}});
            std::signal(signal, SIG_DFL);
            std::raise(signal);
            return;
        }
        log_.info("stopping", {{"signal", std::to_string(signal)}});
        supervisor_.stopping(settings_->shutdown_timeout + after_shutdown_timeout);
        heartbeat_.stopping();
        stopper_ = std::thread([this] {
            services_.stop();
            asio::post(loop_, [this] { loop_.stop(); });
        });
    }

    void answer_hangup() {
        if (stopper_.joinable()) return;
        supervisor_.reloading();
        const bool done = reload();
        supervisor_.ready(done ? status() : status() + " (a reload was refused: see the log)");
    }

    std::string status() const { return "Taking mail as " + settings_->hostname; }

    // False when the old settings stay in force; why is in the log.
    bool reload() {
        auto reading = conf::read_file(program_.config);
        for (const auto& problem : reading.problems)
            log_.error("reload_problem", {{"problem", problem.to_text()}});
        if (!reading.ok()) {
            log_.error("reload_refused", {{"problems", std::to_string(reading.problems.size())}});
            return false;
        }
        const auto kept = command::keep_until_restart(*settings_, reading.settings);
        auto next = std::make_shared<const conf::Settings>(std::move(reading.settings));
        if (auto done = put_in_force(next); !done) {
            log_.error("reload_refused", {{"why", done.error().text}});
            return false;
        }
        settings_ = std::move(next);
        for (const auto& name : kept) log_.warning("reload_needs_restart", {{"setting", name}});
        log_.info("reloaded", {{"file", program_.config.string()}});
        return true;
    }

    // All or nothing.
    Result<void> put_in_force(const Settings& next) {
        if (auto done = services_.gateway->reload(next); !done) return done;
        if (!services_.portal) return {};
        auto done = services_.portal->reload(next);
        if (done) return done;
        if (auto back = services_.gateway->reload(settings_); !back)
            log_.error("reload_not_undone", {{"why", back.error().text}});
        return done;
    }

    Program& program_;
    base::Log& log_;
    metrics::Monitor monitor_;  // monitor_.liveness.silent(…) says which thread does not answer
    Settings settings_;
    asio::io_context loop_{1};
    // Before anything starts, so that a signal in that time is waited for and not fatal.
    asio::signal_set signals_{loop_, SIGHUP, SIGTERM, SIGINT};
    Supervisor supervisor_ = Supervisor::from_environment(log_);
    Heartbeat heartbeat_{loop_, supervisor_, monitor_.liveness, log_};
    Services services_;
    std::thread stopper_;
};

int serve(Program& program) {
    auto settings = read_settings(program);
    if (!settings) return exit_failed;
    const auto log = program.make_log(settings->log.level);
    // A peer that has gone is an error code where it is written to.
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit(*log);
    Server server(program, *log, std::make_shared<const conf::Settings>(std::move(*settings)));
    return server.run();
}

}  // namespace

void add_serve(CLI::App& app, Program& program, Chosen& chosen) {
    auto* sub = app.add_subcommand("serve", "Run gateway, portal and courier in the foreground");
    add_config_option(*sub, program);
    sub->footer(
        "Logs to standard error. SIGTERM or SIGINT: takes no new connections, finishes what is\n"
        "under way within shutdown_timeout, exit 0; a second one ends it at once, and nothing "
        "that\n"
        "was acknowledged is lost. SIGHUP: reads the file again; a file with problems is refused\n"
        "and the old settings stay; what needs a restart is said."
    );
    sub->callback([&program, &chosen] { chosen = [&program] { return serve(program); }; });
}

}  // namespace command
