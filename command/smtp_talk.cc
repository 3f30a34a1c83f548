#include "command/smtp_talk.h"

#include "base/async.h"
#include "gateway/tls.h"
#include "gateway/transport.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <exception>
#include <utility>

namespace command {

using base::ErrorKind;
using base::failure;
using base::Result;
using base::Task;
using gateway::SmtpClient;
using gateway::Timeout;
using gateway::Transport;
using std::chrono::steady_clock;
namespace asio = base::asio;

namespace {

constexpr std::size_t line_bytes_max = 4096;

gateway::ClientSettings settings_of(conf::TlsMode tls, const std::string& hostname) {
    gateway::ClientSettings settings;
    settings.hostname = hostname;
    switch (tls) {
        case conf::TlsMode::off:
            settings.tls = gateway::ClientSettings::Tls::off;
            break;
        case conf::TlsMode::optional:
            settings.tls = gateway::ClientSettings::Tls::optional;
            break;
        case conf::TlsMode::required:
            settings.tls = gateway::ClientSettings::Tls::required;
            break;
    }
    return settings;
}

// Runs one coroutine to its end.
template <class T>
Result<T> run(asio::io_context& loop, Task<Result<T>> task) {
    std::optional<Result<T>> result;
    std::exception_ptr bug;
    asio::co_spawn(loop, std::move(task), [&](std::exception_ptr thrown, Result<T> got) {
        bug = std::move(thrown);
        result.emplace(std::move(got));
    });
    loop.restart();
    while (!result && loop.run_one() != 0) {
    }
    if (bug) std::rethrow_exception(bug);
    return std::move(*result);
}

Task<Result<std::string>> read_line(
    Transport& transport, conf::Endpoint endpoint, std::string said_first, Timeout limit
) {
    const auto deadline = steady_clock::now() + limit;
    const Result<void> connected = co_await transport.connect(endpoint, limit);
    if (!connected) co_return failure(connected.error());
    if (!said_first.empty()) {
        const Result<void> said = co_await transport.write(said_first, gateway::left_of(deadline));
        if (!said) co_return failure(said.error());
    }
    std::string line;
    std::array<char, 512> piece{};
    while (line.find('\n') == std::string::npos && line.size() < line_bytes_max) {
        const Result<std::size_t> size = co_await transport.read(piece, gateway::left_of(deadline));
        if (!size) co_return failure(size.error());
        if (*size == 0) break;
        line.append(piece.data(), *size);
    }
    line.resize(std::min(line.find_first_of("\r\n"), line.size()));
    co_return line;
}

}  // namespace

struct SmtpTalk::State {
    asio::io_context loop{1};
    conf::Endpoint endpoint;
    std::shared_ptr<gateway::TlsContext> tls;
    SmtpClient client;
    Transport transport;
    steady_clock::time_point deadline;

    State(
        const Other& other,
        std::shared_ptr<gateway::TlsContext> context,
        const std::string& hostname,
        Timeout limit
    )
        : endpoint(other.endpoint),
          tls(std::move(context)),
          client(settings_of(other.tls, hostname)),
          transport(gateway::Tcp::socket(loop)),
          deadline(steady_clock::now() + limit) {}

    Timeout left() const { return gateway::left_of(deadline); }
    Task<Result<void>> connect();
    Task<Result<void>> exchange();
    Task<Result<void>> write(std::string_view bytes);
    Task<Result<std::string>> read(Timeout wait);
};

Task<Result<void>> SmtpTalk::State::connect() {
    const Result<void> connected = co_await transport.connect(endpoint, left());
    if (!connected) co_return failure(connected.error());
    client.open();
    const Result<void> opened = co_await exchange();
    if (!opened) co_return failure(opened.error());
    if (!client.answer().is_positive())
        co_return failure(
            ErrorKind::unreachable, "it does not want us: {}", client.answer().one_line()
        );
    co_return Result<void>();
}

Task<Result<void>> SmtpTalk::State::exchange() {
    while (true) {
        auto step = client.advance();
        if (std::holds_alternative<SmtpClient::Done>(step)) co_return Result<void>();
        if (const auto* broken = std::get_if<SmtpClient::Broken>(&step))
            co_return failure(ErrorKind::unreachable, broken->why);
        Result<void> done;
        if (const auto* send = std::get_if<SmtpClient::Send>(&step)) {
            done = co_await transport.write(send->bytes, left());
        } else if (std::holds_alternative<SmtpClient::ReadMore>(step)) {
            const Result<std::size_t> size = co_await transport.read(client.input(), left());
            if (!size)
                done = failure(size.error());
            else if (*size == 0)
                done = failure(ErrorKind::unreachable, "it closed the connection");
        } else {
            done = co_await transport.connect_tls(*tls, endpoint.host, left());
            if (done) client.tls_started();
        }
        if (!done) {
            client.failed();
            co_return failure(done.error());
        }
    }
}

Task<Result<void>> SmtpTalk::State::write(std::string_view bytes) {
    co_return co_await transport.write(bytes, left());
}

Task<Result<std::string>> SmtpTalk::State::read(Timeout wait) {
    std::array<char, line_bytes_max> piece{};
    const Result<std::size_t> size = co_await transport.read(piece, wait);
    if (!size) co_return failure(size.error());
    co_return std::string(piece.data(), *size);
}

SmtpTalk::SmtpTalk(std::unique_ptr<State> state) : state_(std::move(state)) {}
SmtpTalk::~SmtpTalk() = default;

Result<std::unique_ptr<SmtpTalk>> SmtpTalk::create(
    const Other& other, const std::string& hostname, std::chrono::milliseconds limit
) {
    const auto check = other.tls == conf::TlsMode::required ? gateway::PeerCheck::system_authorities
                                                            : gateway::PeerCheck::none;
    auto context = gateway::client_context(check);
    if (!context) return failure(context.error());
    auto state = std::make_unique<State>(other, std::move(*context), hostname, limit);
    return std::unique_ptr<SmtpTalk>(new SmtpTalk(std::move(state)));
}

Result<void> SmtpTalk::open() {
    return run(state_->loop, state_->connect());
}

Result<void> SmtpTalk::perform() {
    return run(state_->loop, state_->exchange());
}

SmtpClient& SmtpTalk::client() {
    return state_->client;
}

Result<void> SmtpTalk::send_raw(std::string_view bytes) {
    return run(state_->loop, state_->write(bytes));
}

Result<std::optional<std::string>> SmtpTalk::hear(std::chrono::milliseconds wait) {
    auto heard = run(state_->loop, state_->read(std::min(wait, state_->left())));
    if (!heard) {
        if (heard.error().kind == ErrorKind::timeout) return std::optional<std::string>();
        return failure(heard.error());
    }
    if (heard->empty()) return failure(ErrorKind::unreachable, "it closed the connection");
    return std::optional(std::move(*heard));
}

Result<std::string> first_line_of(
    const conf::Endpoint& endpoint, std::string_view said_first, std::chrono::milliseconds limit
) {
    asio::io_context loop(1);
    gateway::Tcp::socket socket(loop);
    Transport transport(std::move(socket));
    return run(loop, read_line(transport, endpoint, std::string(said_first), limit));
}

}  // namespace command
