#include "gateway/backend_connection.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace gateway {

using base::ErrorKind;
using base::failure;
using base::Result;
using base::Task;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t body_buffer_bytes = 64 * 1024;

ClientSettings client_settings(const Route& route, const conf::Settings& settings) {
    ClientSettings result;
    result.hostname = settings.hostname;
    switch (route.tls) {
        case conf::TlsMode::off:
            result.tls = ClientSettings::Tls::off;
            break;
        case conf::TlsMode::optional:
            result.tls = ClientSettings::Tls::optional;
            break;
        case conf::TlsMode::required:
            result.tls = ClientSettings::Tls::required;
            break;
    }
    return result;
}

}  // namespace

std::string Route::key() const {
    return fmt::format("{}/{}", endpoint.text(), static_cast<int>(tls));
}

BackendConnection::BackendConnection(
    Transport transport, Route route, std::shared_ptr<const Current> current, Measures* measures
)
    : transport_(std::move(transport)),
      route_(std::move(route)),
      current_(std::move(current)),
      client_(client_settings(route_, *current_->settings)),
      tls_(
          route_.tls == conf::TlsMode::required ? current_->backend_tls_checked.get()
                                                : current_->backend_tls.get()
      ),
      measures_(measures) {
    if (measures_ == nullptr) return;
    counted_in_ = &measures_->backend(route_.endpoint.text()).connections;
    counted_in_->add(1);
}

BackendConnection::~BackendConnection() {
    if (counted_in_ != nullptr) counted_in_->add(-1);
}

std::unique_ptr<BackendConnection> BackendConnection::create(
    const boost::asio::any_io_executor& executor,
    Route route,
    std::shared_ptr<const Current> current,
    Measures* measures
) {
    Tcp::socket socket(executor);
    Transport transport(std::move(socket));
    return std::unique_ptr<BackendConnection>(
        new BackendConnection(std::move(transport), std::move(route), std::move(current), measures)
    );
}

Task<Result<void>> BackendConnection::open(Timeout limit) {
    const auto deadline = steady_clock::now() + limit;
    const Timeout connect_limit =
        std::min<Timeout>(current_->settings->backend.connect_timeout, limit);
    const Result<void> connected = co_await transport_.connect(route_.endpoint, connect_limit);
    if (!connected) {
        client_.failed();
        co_return failure(connected.error());
    }
    client_.open();
    const Result<void> opened = co_await perform(left_of(deadline));
    if (!opened) co_return failure(opened.error());
    const auto& answer = client_.answer();
    if (!answer.is_positive())
        co_return failure(
            ErrorKind::unreachable,
            "{} does not want us: {}",
            route_.endpoint.text(),
            answer.one_line()
        );
    co_return Result<void>();
}

Timeout BackendConnection::timeout_of(SmtpClient::Waiting waiting) const {
    const auto& backend = current_->settings->backend;
    switch (waiting) {
        case SmtpClient::Waiting::greeting:
        case SmtpClient::Waiting::command:
            return backend.command_timeout;
        case SmtpClient::Waiting::data_start:
            return backend.data_timeout;
        case SmtpClient::Waiting::final_reply:
            return backend.final_reply_timeout;
    }
    return backend.command_timeout;
}

Task<Result<void>> BackendConnection::perform(Timeout limit) {
    const auto deadline = steady_clock::now() + limit;
    // A reply has one deadline, in however many pieces it comes.
    std::optional<steady_clock::time_point> reply_deadline;
    auto replies = client_.replies_taken();
    while (true) {
        auto step = client_.advance();
        if (std::exchange(replies, client_.replies_taken()) != client_.replies_taken())
            reply_deadline.reset();
        if (std::holds_alternative<SmtpClient::Done>(step)) co_return Result<void>();
        if (const auto* broken = std::get_if<SmtpClient::Broken>(&step))
            co_return failure(ErrorKind::unreachable, "{}: {}", route_.endpoint.host, broken->why);
        Result<void> done;
        if (const auto* send = std::get_if<SmtpClient::Send>(&step)) {
            const Timeout timeout = std::min(timeout_of(send->waiting_for), left_of(deadline));
            done = co_await transport_.write(send->bytes, timeout);
        } else if (const auto* read = std::get_if<SmtpClient::ReadMore>(&step)) {
            if (!reply_deadline)
                reply_deadline = steady_clock::now() + timeout_of(read->waiting_for);
            const Timeout timeout = left_of(std::min(*reply_deadline, deadline));
            const Result<std::size_t> size = co_await transport_.read(client_.input(), timeout);
            if (!size)
                done = failure(size.error());
            else if (*size == 0)
                done = failure(ErrorKind::unreachable, "the back end closed the connection");
        } else {
            const Timeout timeout =
                std::min(timeout_of(SmtpClient::Waiting::command), left_of(deadline));
            done = co_await transport_.connect_tls(*tls_, route_.endpoint.host, timeout);
            if (done) client_.tls_started();
            if (measures_ != nullptr)
                (done ? measures_->tls_backends : measures_->tls_backends_failed).add();
        }
        if (!done) {
            client_.failed();
            co_return failure(done.error(), route_.endpoint.host);
        }
    }
}

Task<Result<void>> BackendConnection::send_piece(std::string_view piece, std::span<char> buffer) {
    while (!piece.empty()) {
        const auto progress = client_.body(piece, buffer.subspan(buffered_));
        piece.remove_prefix(progress.read);
        buffered_ += progress.written;
        // The writer wants room for two bytes at least.
        if (buffer.size() - buffered_ > 1) continue;
        const std::string_view full(buffer.data(), buffered_);
        const Result<void> sent =
            co_await transport_.write(full, current_->settings->backend.data_timeout);
        if (!sent) co_return failure(sent.error());
        buffered_ = 0;
    }
    co_return Result<void>();
}

Task<Result<void>> BackendConnection::send_message(
    std::string_view fields, const mail::MessageBytes& bytes
) {
    const auto expected = bytes.size() + fields.size() + 1024;
    std::vector<char> piece(std::min<std::uint64_t>(bytes.size() + 1, body_buffer_bytes));
    std::vector<char> buffer(std::min<std::uint64_t>(expected, body_buffer_bytes));
    buffered_ = 0;
    Result<void> sent = co_await send_piece(fields, buffer);
    auto reader = bytes.reader();
    while (sent) {
        const Result<std::size_t> size = reader.read(piece);
        if (!size) {
            // Half a message must not look whole: the connection is closed before its end of data.
            client_.failed();
            co_return failure(size.error(), "reading the message");
        }
        if (*size == 0) break;
        const std::string_view read(piece.data(), *size);
        sent = co_await send_piece(read, buffer);
    }
    if (!sent) {
        client_.failed();
        co_return failure(sent.error(), route_.endpoint.host);
    }
    // In one piece: a small message costs one packet, and the back end wakes up once.
    client_.end_body(std::string_view(buffer.data(), buffered_));
    co_return co_await perform(no_limit);
}

}  // namespace gateway
