#include "command/serve.h"

#include "base/async.h"
#include "command/control.h"
#include "command/heartbeat.h"
#include "command/monitoring.h"
#include "command/supervisor.h"
#include "command/thread_room.h"
#include "conf/changes.h"
#include "conf/reader.h"
#include "digest/messenger.h"
#include "gateway/gateway.h"
#include "metrics/monitor.h"
#include "portal/portal.h"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <array>
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

// All that run when everything does; a loop has a second one while it looks up a name.
std::size_t threads_needed(const conf::Settings& settings) {
    constexpr std::size_t beside_the_loops = 13;
    const std::size_t loops = settings.threads != 0
                                  ? settings.threads
                                  : std::max(1U, std::thread::hardware_concurrency());
    return beside_the_loops + 2 * loops;
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
    std::unique_ptr<digest::Messenger> messenger;

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
        services.messenger = digest::Messenger::start(
            settings,
            *services.store,
            log,
            program.clock,
            program.random,
            monitor,
            [running = services.gateway.get()] { running->wake_courier(); }
        );
        return services;
    }

    // Both at once: people must not wait for the slowest mail, nor mail for people.
    void stop() {
        std::thread people([this] {
            messenger->stop();
            if (portal) portal->stop();
        });
        gateway->stop();
        people.join();
        messenger.reset();
        portal.reset();
        gateway.reset();
        store->close();
    }
};

std::string line_of(const conf::Change& change) {
    const char* later = change.needs_restart ? " (needs a restart)" : "";
    if (change.before.empty()) return fmt::format("{}: {}{}", change.setting, "added", later);
    if (change.after.empty()) return fmt::format("{}: {}{}", change.setting, "removed", later);
    if (change.before == "present")
        return fmt::format("{}: {}{}", change.setting, change.after, later);
    return fmt::format("{}: {} -> {}{}", change.setting, change.before, change.after, later);
}

// How reloads went, for those who watch.
struct ReloadMeasures {
    explicit ReloadMeasures(metrics::Registry& registry)
        : done(registry.counter("postern_reloads_total", help, {{"result", "done"}})),
          refused(registry.counter("postern_reloads_total", help, {{"result", "refused"}})),
          in_force(
              registry.gauge("postern_reload_last_successful", "0: the last reload was refused.")
          ) {
        in_force.set(1);
    }
    static constexpr const char* help = "Readings of the configuration after the start.";
    metrics::Counter& done;
    metrics::Counter& refused;
    metrics::Gauge& in_force;
};

class Server {
  public:
    Server(Program& program, base::Log& log, Settings settings)
        : program_(program), log_(log), settings_(std::move(settings)) {}

    int run() {
        if (auto started = start(); !started) {
            log_.error("start_failed", {{"why", started.error().text}});
            return exit_failed;
        }
        wait_for_signal();
        watch_certificate();
        if (monitoring_) monitoring_->serving(*services_.store);
        heartbeat_.start(*services_.store);
        // After all of it: who waits for this line may signal us and ask whether we are ready.
        log_.info(
            "started",
            {{"hostname", settings_->hostname},
             {"store", settings_->store_file().string()},
             {"pid", std::to_string(getpid())}}
        );
        supervisor_.ready(status());
        loop_.run();
        if (stopper_.joinable()) stopper_.join();
        log_.info("stopped", {});
        return exit_ok;
    }

  private:
    Result<void> start() {
        // First, so that a start that takes long can be watched.
        if (settings_->metrics.address) {
            auto monitoring = Monitoring::start(*settings_, monitor_, log_, program_.clock);
            if (!monitoring) return failure(monitoring.error());
            monitoring_ = std::move(*monitoring);
        }
        auto services = Services::start(settings_, program_, log_, monitor_);
        if (!services) return failure(services.error());
        services_ = std::move(*services);
        auto answer = [this](std::string_view question) { return this->answer(question); };
        auto control = Control::listen(loop_, settings_->data_dir, std::move(answer), log_);
        if (!control) {
            services_.stop();
            return failure(control.error());
        }
        control_ = std::move(*control);
        return {};
    }

    // Renewed certificates are taken up without anybody's doing.
    void watch_certificate() {
        certificate_timer_.cancel();
        if (settings_->tls.check_every.count() == 0) return;
        certificate_timer_.expires_after(settings_->tls.check_every);
        certificate_timer_.async_wait([this](boost::system::error_code cancelled) {
            if (cancelled || stopper_.joinable()) return;
            services_.gateway->check_certificate();
            watch_certificate();
        });
    }

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
        if (monitoring_) monitoring_->stopping();
        stopper_ = std::thread([this] {
            services_.stop();
            asio::post(loop_, [this] { loop_.stop(); });
        });
    }

    void answer_hangup() {
        if (!stopper_.joinable()) static_cast<void>(reload());  // it has been logged
    }

    // What a sub-command asks.
    Outcome answer(std::string_view question) {
        constexpr std::string_view reload_of = "reload ";
        if (!question.starts_with(reload_of)) return {false, {"this version cannot do that"}};
        if (stopper_.joinable()) return {false, {"refused: Postern is stopping"}};
        const std::filesystem::path file = question.substr(reload_of.size());
        std::error_code error;
        if (!std::filesystem::equivalent(file, program_.config, error))
            return {
                false,
                {fmt::format("refused: the running Postern reads {}", program_.config.string())}
            };
        return reload();
    }

    std::string status() const { return "Taking mail as " + settings_->hostname; }

    Outcome reload() {
        supervisor_.reloading();
        Outcome outcome = read_again();
        (outcome.done ? reloads_.done : reloads_.refused).add();
        reloads_.in_force.set(outcome.done ? 1 : 0);
        supervisor_.ready(
            outcome.done ? status() : status() + " (a reload was refused: see the log)"
        );
        return outcome;
    }

    // When it is refused the old settings stay in force, whole.
    Outcome read_again() {
        Outcome outcome;
        const auto refused = [&](std::string name, std::string value) {
            log_.error("reload_refused", {{name, value}});
            outcome.lines.push_back(
                fmt::format("refused ({}: {}); the old settings stay", name, value)
            );
            return outcome;
        };
        auto reading = conf::read_file(program_.config);
        for (const auto& problem : reading.problems) {
            outcome.lines.push_back(problem.to_text());
            log_.error("reload_problem", {{"problem", outcome.lines.back()}});
        }
        if (!reading.ok()) return refused("problems", std::to_string(reading.problems.size()));
        const auto changes = conf::changes(*settings_, reading.settings);
        conf::keep_until_restart(*settings_, reading.settings);
        auto next = std::make_shared<const conf::Settings>(std::move(reading.settings));
        if (auto done = put_in_force(next); !done) return refused("why", done.error().text);
        settings_ = std::move(next);
        log_.adjust(settings_->log.level, settings_->log.format);
        if (monitoring_) monitoring_->reload(*settings_);
        watch_certificate();
        outcome.done = true;
        outcome.lines.push_back(fmt::format(
            "reloaded {}{}",
            program_.config.string(),
            changes.empty() ? ": nothing has changed" : ""
        ));
        for (const auto& change : changes) {
            outcome.lines.push_back(line_of(change));
            const auto level =
                change.needs_restart ? base::LogLevel::warning : base::LogLevel::info;
            log_.write(
                level,
                change.needs_restart ? "reload_needs_restart" : "reload_changed",
                {{"setting", change.setting}, {"before", change.before}, {"after", change.after}}
            );
        }
        log_.info(
            "reloaded",
            {{"file", program_.config.string()}, {"changes", std::to_string(changes.size())}}
        );
        return outcome;
    }

    // All or nothing.
    Result<void> put_in_force(const Settings& next) {
        if (auto done = services_.gateway->reload(next); !done) return done;
        auto done = services_.portal ? services_.portal->reload(next) : Result<void>();
        if (done) {
            services_.messenger->reload(next);
            return done;
        }
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
    ReloadMeasures reloads_{monitor_.registry};
    asio::steady_timer certificate_timer_{loop_};
    Services services_;
    std::unique_ptr<Control> control_;
    std::unique_ptr<Monitoring> monitoring_;  // none without [metrics] address
    std::thread stopper_;
};

int serve(Program& program) {
    auto settings = read_settings(program);
    if (!settings) return exit_failed;
    const auto log = program.make_log(settings->log.level);
    log->adjust(settings->log.level, settings->log.format);
    // A peer that has gone is an error code where it is written to.
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit(*log);
    if (auto proved = prove_threads(threads_needed(*settings)); !proved) {
        log->error("start_failed", {{"why", proved.error().text}});
        return exit_failed;
    }
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
