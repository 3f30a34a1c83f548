// A source of mail for measuring, in addition to Postfix's smtp-source: it speaks TLS, sends
// messages that do not compress, says how long each took, and can hold connections open.
//
//   smtp_load send HOST:PORT [--sessions N] [--messages N] [--per-connection N] [--bytes N]
//                            [--from ADDRESS] [--to ADDRESS] [--tls] [--plain-text]
//   smtp_load idle HOST:PORT [--connections N] [--tls]
//
// `send` prints "messages N seconds S median_ms M p99_ms P"; a message takes from its MAIL to the
// reply to its end of data. `idle` prints "ready" when every connection has said EHLO, and ends
// when its standard input does. One thread.

#include "base/ensure.h"
#include "gateway/backend_connection.h"
#include "gateway/tls.h"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <random>
#include <vector>

namespace {

using std::chrono::steady_clock;

struct Options {
    std::string server;
    std::uint64_t sessions = 1;
    std::uint64_t messages = 100;
    std::uint64_t per_connection = 1;
    std::uint64_t bytes = 4096;
    std::uint64_t connections = 1;
    std::string from = "source@sender.example";
    std::string to = "ada@example.test";
    bool tls = false;
    bool plain_text = false;
};

template <class T>
T must(base::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().text);
    return std::move(*result);
}
void must(const base::Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().text);
}

class Load {
  public:
    explicit Load(const Options& options) : options_(options) {
        auto current = std::make_shared<gateway::Current>();
        auto settings = std::make_shared<conf::Settings>();
        settings->hostname = "load.example";
        current->settings = settings;
        current->backend_tls = must(gateway::client_context(gateway::PeerCheck::none));
        current_ = current;
        const auto colon = options.server.rfind(':');
        base::ensure(colon != std::string::npos, "the server is HOST:PORT");
        route_.endpoint.host = options.server.substr(0, colon);
        route_.endpoint.port =
            static_cast<std::uint16_t>(std::stoul(options.server.substr(colon + 1)));
        route_.tls = options.tls ? conf::TlsMode::optional : conf::TlsMode::off;
        envelope_.sender = mail::Sender(must(mail::Address::parse(options.from)));
        envelope_.recipients.push_back({must(mail::Address::parse(options.to)), "", ""});
        make_body();
    }

    void send() {
        const auto begun = steady_clock::now();
        for (std::uint64_t i = 0; i < options_.sessions; ++i) spawn(send_some());
        context_.run();
        const double seconds = since(begun) / 1000;
        std::sort(took_.begin(), took_.end());
        fmt::print(
            "messages {} seconds {:.4f} median_ms {:.4f} p99_ms {:.4f}\n",
            took_.size(),
            seconds,
            took_.at(took_.size() / 2),
            took_.at(took_.size() * 99 / 100)
        );
    }

    // A hundred at a time, or the server's queue of new connections overflows.
    void idle() {
        constexpr std::uint64_t at_a_time = 100;
        for (std::uint64_t i = 0; i < at_a_time; ++i) spawn(open_some());
        context_.run();
        fmt::print("ready\n");
        std::fflush(stdout);
        std::string line;
        while (std::getline(std::cin, line)) continue;
    }

  private:
    static double since(steady_clock::time_point begun) {
        return std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count();
    }

    // The loop ends with the last of them, not with the timers of connections that stay.
    void spawn(base::Task<> task) {
        ++running_;
        boost::asio::co_spawn(context_, std::move(task), [this](std::exception_ptr bug) {
            if (bug) std::rethrow_exception(bug);
            if (--running_ == 0) context_.stop();
        });
    }

    // Letters that say nothing, 76 a line: 6 of 8 bits stay after compression.
    void make_body() {
        constexpr std::string_view letters =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        std::mt19937_64 random(1);
        while (body_.size() < options_.bytes) {
            std::string line(76, 'X');
            if (!options_.plain_text)
                for (char& letter : line) letter = letters[random() % letters.size()];
            body_ += line + "\r\n";
        }
    }

    std::string message() {
        return fmt::format(
            "From: <{}>\r\nTo: <{}>\r\nSubject: load\r\nMessage-ID: <{}.{}@load.example>\r\n\r\n{}",
            options_.from,
            options_.to,
            getpid(),
            ++numbered_,
            body_
        );
    }

    base::Task<std::unique_ptr<gateway::BackendConnection>> connect() {
        auto connection =
            gateway::BackendConnection::create(context_.get_executor(), route_, current_);
        must(co_await connection->open(gateway::no_limit));
        if (options_.tls && !connection->dialogue().is_tls())
            throw std::runtime_error("the server does not offer STARTTLS");
        co_return connection;
    }

    base::Task<> send_one(gateway::BackendConnection& connection) {
        const auto bytes = mail::MessageBytes::of(message());
        const auto begun = steady_clock::now();
        auto& dialogue = connection.dialogue();
        dialogue.mail(envelope_, bytes.size());
        dialogue.recipients(envelope_.recipients);
        must(co_await connection.perform(gateway::no_limit));
        accept(dialogue.answer(), dialogue.answer().is_positive());
        dialogue.data();
        must(co_await connection.perform(gateway::no_limit));
        accept(dialogue.answer(), dialogue.answer().is_intermediate());
        must(co_await connection.send_message("", bytes));
        accept(dialogue.answer(), dialogue.answer().is_positive());
        took_.push_back(since(begun));
    }

    static void accept(const mail::Reply& reply, bool good) {
        if (!good) throw std::runtime_error("refused: " + reply.one_line());
    }

    base::Task<> send_some() {
        while (begun_ < options_.messages) {
            auto connection = co_await connect();
            for (std::uint64_t i = 0; i < options_.per_connection; ++i) {
                if (begun_ >= options_.messages) break;
                ++begun_;
                co_await send_one(*connection);
            }
            connection->dialogue().quit();
            must(co_await connection->perform(gateway::no_limit));
        }
    }

    base::Task<> open_some() {
        while (begun_ < options_.connections) {
            ++begun_;
            auto connection = co_await connect();
            open_.push_back(std::move(connection));
        }
    }

    Options options_;
    boost::asio::io_context context_{1};
    std::shared_ptr<const gateway::Current> current_;
    gateway::Route route_;
    mail::Envelope envelope_;
    std::string body_;
    int running_ = 0;
    std::uint64_t begun_ = 0;
    std::uint64_t numbered_ = 0;
    std::vector<double> took_;
    std::vector<std::unique_ptr<gateway::BackendConnection>> open_;
};

}  // namespace

int main(int count, char** arguments) {
    Options options;
    CLI::App app("A source of mail for measuring");
    app.require_subcommand(1);
    auto* send = app.add_subcommand("send");
    auto* idle = app.add_subcommand("idle");
    for (auto* command : {send, idle}) {
        command->add_option("server", options.server)->required();
        command->add_flag("--tls", options.tls);
    }
    send->add_option("--sessions", options.sessions);
    send->add_option("--messages", options.messages);
    send->add_option("--per-connection", options.per_connection);
    send->add_option("--bytes", options.bytes);
    send->add_option("--from", options.from);
    send->add_option("--to", options.to);
    send->add_flag("--plain-text", options.plain_text);
    idle->add_option("--connections", options.connections);
    CLI11_PARSE(app, count, arguments);
    try {
        Load load(options);
        if (*send)
            load.send();
        else
            load.idle();
    } catch (const std::exception& error) {
        std::cerr << "smtp_load: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
