#include "command/monitoring.h"

#include "base/ascii.h"
#include "command/version.h"
#include "metrics/process.h"
#include "portal/http.h"
#include "quarantine/figures.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <openssl/crypto.h>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace command {

namespace {

using base::Result;
using base::Task;
using metrics::Kind;
using portal::Method;
using portal::Plan;
using portal::Refusal;
using portal::Request;
using portal::Response;

// Counting a million holds takes a reader a moment: not for every question.
constexpr std::chrono::seconds figures_kept{10};
constexpr std::chrono::seconds finish_timeout{2};
constexpr std::size_t connections_max = 32;

Response plain(int status, std::string text) {
    Response response;
    response.status = status;
    response.set("Content-Type", "text/plain; charset=utf-8");
    response.body = std::move(text) + "\n";
    return response;
}

// "a, b and c" would be nicer; one line for each is easier to read by programs.
std::string lines_of(const std::vector<std::string>& problems) {
    std::string text;
    for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + problem;
    return text;
}

// What is answered, whoever asks.
class Pages final : public portal::Application {
  public:
    Pages(metrics::Monitor& monitor, base::Log& log, base::Clock& clock)
        : monitor_(monitor), log_(log), clock_(clock) {}

    void use(std::vector<std::string> hosts) { hosts_ = std::move(hosts); }
    void serving(database::Store& store) {
        store_ = &store;
        phase_ = Phase::serving;
    }
    void stopping() { phase_ = Phase::stopping; }

    const std::vector<std::string>& hosts() const override { return hosts_; }

    Plan plan(const Request& head) override {
        Plan plan;
        const bool known =
            head.path == "/metrics" || head.path == "/healthz" || head.path == "/readyz";
        if (!known) {
            plan.refusal = plain(404, "There are /metrics, /healthz and /readyz.");
        } else if (head.method != Method::get && head.method != Method::head) {
            plan.refusal = plain(405, "Only GET and HEAD.");
            plan.refusal->set("Allow", "GET, HEAD");
        }
        return plan;
    }

    Task<Response> answer(const Request& request) override {
        if (request.path == "/healthz") co_return judge(unhealthy(), "ok");
        if (request.path == "/readyz") co_return judge(unready(), "ready");
        co_await look_at_store();
        co_return metrics_page();
    }

    Response refuse(const Refusal& refusal) const override {
        return plain(refusal.status, std::string(refusal.why));
    }
    void complete(Response& response) const override {
        response.set("Cache-Control", "no-store");
        response.set("X-Content-Type-Options", "nosniff");
    }

  private:
    enum class Phase { starting, serving, stopping };

    static Response judge(const std::vector<std::string>& problems, std::string good) {
        return problems.empty() ? plain(200, std::move(good)) : plain(503, lines_of(problems));
    }

    std::vector<std::string> unhealthy() const {
        std::vector<std::string> problems;
        for (const auto& name : monitor_.liveness.silent())
            problems.push_back(name + " does not answer");
        return problems;
    }

    std::vector<std::string> unready() const {
        switch (phase_.load()) {
            case Phase::starting:
                return {"Postern is starting"};
            case Phase::stopping:
                return {"Postern is stopping"};
            case Phase::serving:
                break;
        }
        auto problems = unhealthy();
        database::Store& store = *store_;
        if (!store.accepts_writes()) problems.emplace_back("the store cannot be written");
        if (!store.has_room_for(0))
            problems.emplace_back("less is free on the disk than quarantine.disk_reserve_bytes");
        return problems;
    }

    Task<> look_at_store() {
        const auto now = std::chrono::steady_clock::now();
        if (phase_ != Phase::serving || (looked_at_ && now - *looked_at_ < figures_kept)) co_return;
        looked_at_ = now;
        database::Store& store = *store_;
        auto look = [](database::Snapshot& snapshot) { return quarantine::figures(snapshot); };
        const auto found = co_await store.read(std::move(look));
        if (found) {
            figures_ = *found;
        } else {
            figures_.reset();  // old figures would look like new ones
            log_.warning("metrics_trouble", {{"error", found.error().text}});
        }
    }

    Response metrics_page() const {
        metrics::Text text;
        monitor_.registry.write(text);
        metrics::write_process(text);
        write_figures(text);
        const auto gauge = [&](std::string_view name, std::string_view help, bool value) {
            text.value(Kind::gauge, name, help, {}, value ? 1 : 0);
        };
        gauge("postern_healthy", "What /healthz says.", unhealthy().empty());
        gauge("postern_ready", "What /readyz says.", unready().empty());
        text.value(
            Kind::gauge,
            "postern_build_info",
            "Always 1; the labels say what runs.",
            {{"version", std::string(version())},
             {"compiler", __VERSION__},
             {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)}},
            1
        );
        Response response;
        response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        response.body = text.to_string();
        return response;
    }

    void write_figures(metrics::Text& text) const {
        if (!figures_) return;
        using enum mail::HoldKind;
        for (const auto kind : {user, moderator, administrator}) {
            const auto add = [&](std::string_view state, const auto& counts) {
                const auto found = counts.find(kind);
                const auto count = found == counts.end() ? 0 : found->second;
                text.value(
                    Kind::gauge,
                    "postern_holds",
                    "Holds that wait for a decision, and those that could not be delivered, by "
                    "who may decide.",
                    {{"audience", std::string(name_of(kind))}, {"state", std::string(state)}},
                    static_cast<double>(count)
                );
            };
            add("held", figures_->held);
            add("failed", figures_->failed);
        }
        text.value(
            Kind::gauge,
            "postern_outbox_messages",
            "Recipients that wait to be sent to: released mail, copies, notices.",
            {},
            static_cast<double>(figures_->outbox)
        );
        const auto age =
            figures_->outbox_oldest
                ? std::chrono::duration<double>(clock_.now() - *figures_->outbox_oldest)
                : std::chrono::duration<double>(0);
        text.value(
            Kind::gauge,
            "postern_outbox_oldest_seconds",
            "Age of the oldest of them.",
            {},
            std::max(0.0, age.count())
        );
    }

    metrics::Monitor& monitor_;
    base::Log& log_;
    base::Clock& clock_;
    std::vector<std::string> hosts_;
    std::atomic<database::Store*> store_ = nullptr;
    std::atomic<Phase> phase_ = Phase::starting;
    std::optional<std::chrono::steady_clock::time_point> looked_at_;
    std::optional<quarantine::Figures> figures_;
};

class RunningMonitoring final : public Monitoring {
  public:
    RunningMonitoring(metrics::Monitor& monitor, base::Log& log, base::Clock& clock)
        : log_(log), clock_(clock), pages_(monitor, log, clock) {}

    // What is being answered goes on for a moment, then is cut off.
    ~RunningMonitoring() override {
        if (!thread_.joinable()) return;
        boost::asio::post(loop_, [this] {
            cut_off_.expires_after(finish_timeout);
            cut_off_.async_wait([this](boost::system::error_code cancelled) {
                if (!cancelled) server_->abort();
            });
            server_->close([this] { cut_off_.cancel(); });
        });
        thread_.join();
    }

    Result<void> listen(const conf::Settings& settings) {
        portal::HttpLimits limits;
        limits.connections_max = connections_max;
        const auto& address = *settings.metrics.address;
        auto server = portal::HttpServer::listen(
            loop_, address.host, address.port, pages_, limits, log_, clock_
        );
        if (!server) return base::failure(server.error(), "[metrics] address");
        server_ = std::move(*server);
        pages_.use(hosts_of(settings));
        log_.info("listening", {{"room", "metrics"}, {"address", server_->address()}});
        thread_ = std::thread([this] { loop_.run(); });
        return {};
    }

    std::string address() const override { return server_->address(); }
    void serving(database::Store& store) override { pages_.serving(store); }
    void stopping() override { pages_.stopping(); }
    void reload(const conf::Settings& settings) override {
        boost::asio::post(loop_, [this, hosts = hosts_of(settings)] { pages_.use(hosts); });
    }

  private:
    // A page on the web must not read this through a name of its own (DNS rebinding): only names
    // that are known are answered.
    std::vector<std::string> hosts_of(const conf::Settings& settings) const {
        const std::string address = server_->address();
        const std::string port = address.substr(address.rfind(':'));
        std::vector<std::string> hosts = {address, "localhost" + port, settings.hostname + port};
        for (const auto& host : settings.metrics.extra_hosts) hosts.push_back(base::lower(host));
        return hosts;
    }

    base::Log& log_;
    base::Clock& clock_;
    boost::asio::io_context loop_{1};
    boost::asio::steady_timer cut_off_{loop_};
    Pages pages_;
    std::unique_ptr<portal::HttpServer> server_;
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Monitoring>> Monitoring::start(
    const conf::Settings& settings, metrics::Monitor& monitor, base::Log& log, base::Clock& clock
) {
    auto monitoring = std::make_unique<RunningMonitoring>(monitor, log, clock);
    if (auto listening = monitoring->listen(settings); !listening)
        return base::failure(listening.error());
    return std::unique_ptr<Monitoring>(std::move(monitoring));
}

}  // namespace command
