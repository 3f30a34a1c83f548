#include "portal/portal.h"

#include "portal/act_runner.h"
#include "portal/authentication.h"
#include "portal/call.h"
#include "portal/entity_tag.h"
#include "portal/handlers.h"
#include "portal/http.h"
#include "portal/large_bodies.h"
#include "portal/problem.h"
#include "portal/routes.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <future>
#include <thread>
#include <utility>

namespace portal {

namespace {

using base::Task;
using std::chrono::seconds;

constexpr seconds finish_timeout{10};

// Requests to routes: who may go where, before and after the body.
class Gate final : public Application {
  public:
    Gate(Services& services, std::shared_ptr<const conf::Settings> settings) : services_(services) {
        use(std::move(settings), "");
    }

    void use(std::shared_ptr<const conf::Settings> settings, std::string_view bound) {
        site_ = std::make_shared<const Site>(site_of(settings->portal, bound));
        settings_ = std::move(settings);
    }

    const std::vector<std::string>& hosts() const override { return site_->hosts; }

    Plan plan(const Request& head) override {
        const Match match = find_route(head.method, head.path);
        Plan plan = plan_for(head, match);
        if (!plan.refusal && plan.body_bytes_max > LargeBodies::bytes && head.announces_body()) {
            plan.place = large_requests_.take(client_of(*site_, head));
            if (!plan.place) {
                plan.refusal = problem_later(
                    503, "Too much is being sent at once. Try again in a moment.", seconds(5)
                );
            }
        }
        if (plan.refusal) services_.measures.count(head.method, match.route, plan.refusal->status);
        return plan;
    }

    Plan plan_for(const Request& head, const Match& match) const {
        Plan plan;
        if (match.allowed.empty()) {
            plan.refusal = no_such_page(services_.assets, head);
        } else if (!match.route) {
            plan.refusal = problem(405, "This cannot be done here.");
            plan.refusal->set("Allow", allow_text(match.allowed));
            plan.refusal->close = head.method == Method::other;
        } else if (is_state_changing(head.method) && !is_from_our_pages(*site_, head) &&
                   !is_by_token(head, *match.route)) {
            plan.refusal = problem(403, "This request does not come from a page of this portal.");
        } else {
            plan.body_bytes_max = match.route->body_bytes_max;
        }
        return plan;
    }

    Task<Response> answer(const Request& request) override {
        Match match = find_route(request.method, request.path);
        const Route* route = match.route;
        Task<Response> answering = answer_by(request, std::move(match));
        Response response = co_await std::move(answering);
        tag_answer(request, response);
        services_.measures.count(request.method, route, response.status);
        co_return response;
    }

    Task<Response> answer_by(const Request& request, Match match) {
        auto query = Query::parse(request.query);
        if (!query) co_return problem(400, query.error().text);
        std::string client = client_of(*site_, request);
        Call call{
            request,
            services_,
            settings_,
            site_,
            std::move(match.path_values),
            std::move(*query),
            std::move(client),
            {},
            {},
            {},
        };
        if (match.route->access == Access::signed_in) {
            Task<std::optional<Response>> finding = authentication_.find_person(call, *match.route);
            auto refusal = co_await std::move(finding);
            if (refusal) co_return std::move(*refusal);
        }
        Task<Response> handled = match.route->handler(call);
        Response response = co_await std::move(handled);
        bound_answer(call, response);
        co_return response;
    }

    // A large answer is in memory until its reader has taken it, at whatever pace.
    void bound_answer(const Call& call, Response& response) {
        if (response.body.size() <= LargeBodies::bytes || response.place) return;
        const std::string& who = call.person.address;
        response.place = large_answers_.take(who.empty() ? call.client : who);
        if (response.place) return;
        response = problem_later(
            503, "Too much is being read at once. Try again in a moment.", seconds(5)
        );
    }

    Response refuse(const Refusal& refusal) const override {
        services_.measures.count(Method::other, nullptr, refusal.status);
        return problem(refusal.status, refusal.why);
    }
    void complete(Response& response) const override { add_security_fields(*site_, response); }

  private:
    static bool is_state_changing(Method method) {
        return method != Method::get && method != Method::head;
    }

    // No page of another site can make a browser send this field without asking us first.
    static bool is_by_token(const Request& head, const Route& route) {
        // A page sent without a referrer posts with "Origin: null", so a link's token has to do.
        if (route.access == Access::by_link) return true;
        return route.access == Access::signed_in && bearer_token(head);
    }

    static std::string allow_text(const std::vector<Method>& allowed) {
        std::string text;
        for (Method method : allowed) {
            if (!text.empty()) text += ", ";
            text += name_of(method);
        }
        return text;
    }

    Services& services_;
    std::shared_ptr<const conf::Settings> settings_;
    std::shared_ptr<const Site> site_;
    LargeBodies large_requests_;        // taken before anybody has signed in: by machine
    LargeBodies large_answers_{16, 4};  // by person
    Authentication authentication_{services_};
};

class RunningPortal final : public Portal {
  public:
    RunningPortal(
        std::shared_ptr<const conf::Settings> settings,
        database::Store& store,
        base::Log& log,
        base::Clock& clock,
        base::Random& random,
        metrics::Monitor& monitor,
        std::function<void()> wake_courier,
        std::span<const Asset> assets
    )
        : pulse_(monitor.liveness.add("portal loop")),
          services_(store, log, clock, random, monitor.registry, std::move(wake_courier), assets),
          acts_(loop_, store, log, clock, random, services_.reading, services_.wake_courier),
          gate_(services_, settings),
          settings_(std::move(settings)) {
        services_.acts = &acts_;
        acts_.use(settings_);
    }

    ~RunningPortal() override { stop(); }

    base::Result<void> listen() {
        const conf::Endpoint& address = *settings_->portal.address;
        auto server = HttpServer::listen(
            loop_, address.host, address.port, gate_, HttpLimits(), services_.log, services_.clock
        );
        if (!server) return base::failure(server.error());
        server_ = std::move(*server);
        gate_.use(settings_, server_->address());
        services_.log.info("listening", {{"room", "portal"}, {"address", server_->address()}});
        beat();
        acts_.start();
        thread_ = std::thread([this] {
            loop_.run();
            pulse_.rest();
        });
        return {};
    }

    std::string address() const override { return server_->address(); }

    base::Result<void> reload(std::shared_ptr<const conf::Settings> settings) override {
        if (!thread_.joinable()) {
            return base::failure(base::ErrorKind::trouble, "the portal has been stopped");
        }
        std::promise<void> used;
        boost::asio::post(loop_, [&] {
            acts_.use(settings);
            gate_.use(std::move(settings), server_->address());
            used.set_value();
        });
        used.get_future().wait();
        return {};
    }

    void stop() override {
        if (!thread_.joinable()) return;
        boost::asio::post(loop_, [this] {
            services_.stopping = true;
            acts_.stop();
            beat_timer_.cancel();
            cut_off_.expires_after(finish_timeout);
            cut_off_.async_wait([this](boost::system::error_code cancelled) {
                if (!cancelled) server_->abort();
            });
            server_->close([this] { cut_off_.cancel(); });
        });
        // The loop ends by itself when the last connection has: what waits for the store must not
        // be left hanging.
        thread_.join();
        services_.hashing.join();
        services_.reading.join();
    }

  private:
    // Until the stop: a sign of life every second.
    void beat() {
        pulse_.beat();
        beat_timer_.expires_after(seconds(1));
        beat_timer_.async_wait([this](boost::system::error_code cancelled) {
            if (!cancelled && !services_.stopping) beat();
        });
    }

    metrics::Pulse& pulse_;
    boost::asio::io_context loop_{1};
    boost::asio::steady_timer cut_off_{loop_};
    boost::asio::steady_timer beat_timer_{loop_};
    Services services_;
    ActRunner acts_;
    Gate gate_;
    std::shared_ptr<const conf::Settings> settings_;
    std::unique_ptr<HttpServer> server_;
    std::thread thread_;
};

}  // namespace

base::Result<std::unique_ptr<Portal>> Portal::start(
    std::shared_ptr<const conf::Settings> settings,
    database::Store& store,
    base::Log& log,
    base::Clock& clock,
    base::Random& random,
    metrics::Monitor& monitor,
    std::function<void()> wake_courier,
    std::span<const Asset> assets
) {
    if (!settings->portal.address) {
        return base::failure(base::ErrorKind::invalid, "no portal address is set");
    }
    auto portal = std::make_unique<RunningPortal>(
        std::move(settings), store, log, clock, random, monitor, std::move(wake_courier), assets
    );
    if (auto listening = portal->listen(); !listening) return base::failure(listening.error());
    return std::unique_ptr<Portal>(std::move(portal));
}

}  // namespace portal
