#include "command/control.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace command {

namespace asio = boost::asio;
using base::ErrorKind;
using base::failure;
using base::Result;
using base::Task;
using base::use_task;
using boost::system::error_code;
using Protocol = asio::local::stream_protocol;

namespace {

constexpr const char* socket_name = "postern.control";
constexpr std::size_t question_bytes_max = 8192;
constexpr std::size_t answer_bytes_max = 1 << 20;
constexpr std::chrono::seconds question_timeout{5};

std::string said(int error) {
    return std::generic_category().message(error);
}

// The socket's address through its directory's descriptor: a path in a socket address ends after
// 107 bytes, a directory's does not.
class Place {
  public:
    explicit Place(const std::filesystem::path& directory)
        : descriptor_(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
    ~Place() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    bool is_there() const { return descriptor_ >= 0; }
    std::string path() const {
        return fmt::format("/proc/self/fd/{}/{}", descriptor_, socket_name);
    }
    void remove() const { unlinkat(descriptor_, socket_name, 0); }

  private:
    int descriptor_;
};

bool is_ours(Protocol::socket& socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    const bool known =
        getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    return known && (peer.uid == 0 || peer.uid == geteuid());
}

std::string wire_of(const Outcome& outcome) {
    std::string text = outcome.done ? "done\n" : "refused\n";
    for (const auto& line : outcome.lines) text += line + "\n";
    return text;
}

class Listening final : public Control {
  public:
    Listening(
        asio::io_context& loop, const std::filesystem::path& data_dir, Answer answer, base::Log& log
    )
        : place_(data_dir), acceptor_(loop), answer_(std::move(answer)), log_(log) {}
    ~Listening() override {
        if (acceptor_.is_open()) place_.remove();
    }

    Result<void> listen() {
        const auto failed = [](error_code error) {
            return failure(
                ErrorKind::trouble, "the socket {} in data_dir: {}", socket_name, error.message()
            );
        };
        error_code error;
        if (!place_.is_there()) return failed(error_code(errno, boost::system::system_category()));
        place_.remove();
        acceptor_.open(Protocol(), error);
        if (error) return failed(error);
        // A socket takes its mode from its descriptor, before it has a name.
        if (fchmod(acceptor_.native_handle(), 0600) != 0)
            return failed(error_code(errno, boost::system::system_category()));
        acceptor_.bind(Protocol::endpoint(place_.path()), error);
        if (error) return failed(error);
        acceptor_.listen(8, error);
        if (error) return failed(error);
        asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
        return {};
    }

  private:
    // Ends with the loop.
    Task<> accept() {
        for (;;) {
            auto [error, socket] = co_await acceptor_.async_accept(use_task);
            if (error == asio::error::operation_aborted) co_return;
            if (error) {
                log_.warning("control_failed", {{"why", error.message()}});
                asio::steady_timer timer(acceptor_.get_executor());
                timer.expires_after(std::chrono::seconds(1));
                const auto [cancelled] = co_await timer.async_wait(use_task);
                if (cancelled) co_return;
                continue;
            }
            if (is_ours(socket))
                co_await serve(std::move(socket));
            else
                log_.warning("control_refused", {{"why", "another user"}});
        }
    }

    // Cuts off who is too slow. The time may be over when the socket has gone already.
    static void limit(asio::steady_timer& timer, const std::shared_ptr<Protocol::socket>& socket) {
        timer.expires_after(question_timeout);
        timer.async_wait([weak = std::weak_ptr(socket)](error_code cancelled) {
            const auto alive = weak.lock();
            error_code ignored;  // closed is what we want
            if (!cancelled && alive) alive->close(ignored);
        });
    }

    // One after the other: a question changes what the next one is about.
    Task<> serve(Protocol::socket given) {
        const auto socket = std::make_shared<Protocol::socket>(std::move(given));
        asio::steady_timer timer(acceptor_.get_executor());
        limit(timer, socket);
        std::string question;
        auto buffer = asio::dynamic_buffer(question, question_bytes_max);
        const auto [unread, size] =
            co_await asio::async_read_until(*socket, buffer, '\n', use_task);
        if (unread) co_return;
        question.resize(size - 1);
        const std::string text = wire_of(answer_(question));
        limit(timer, socket);
        const auto bytes = asio::buffer(text);
        const auto [unsent, sent] = co_await asio::async_write(*socket, bytes, use_task);
        if (unsent) log_.warning("control_failed", {{"why", unsent.message()}});
    }

    Place place_;
    Protocol::acceptor acceptor_;
    Answer answer_;
    base::Log& log_;
};

}  // namespace

Result<std::unique_ptr<Control>> Control::listen(
    asio::io_context& loop, const std::filesystem::path& data_dir, Answer answer, base::Log& log
) {
    auto control = std::make_unique<Listening>(loop, data_dir, std::move(answer), log);
    if (auto listening = control->listen(); !listening) return failure(listening.error());
    return std::unique_ptr<Control>(std::move(control));
}

Result<Outcome> ask_server(const std::filesystem::path& data_dir, std::string_view question) {
    const Place place(data_dir);
    const auto nobody = [&](const std::string& why) {
        return failure(
            ErrorKind::not_found,
            "no running Postern has its store in {} ({}); if data_dir has just been changed in the "
            "file: that needs a restart",
            data_dir.string(),
            why
        );
    };
    if (!place.is_there()) return nobody(said(errno));
    asio::io_context loop;
    Protocol::socket socket(loop);
    error_code error;
    socket.connect(Protocol::endpoint(place.path()), error);
    if (error) return nobody(error.message());
    const std::string line = std::string(question) + "\n";
    asio::write(socket, asio::buffer(line), error);
    std::string answer;
    if (!error) asio::read(socket, asio::dynamic_buffer(answer, answer_bytes_max), error);
    if (error && error != asio::error::eof)
        return failure(ErrorKind::trouble, "asking the running Postern: {}", error.message());
    Outcome outcome;
    std::size_t start = 0;
    for (std::size_t end = 0; (end = answer.find('\n', start)) != answer.npos; start = end + 1)
        outcome.lines.push_back(answer.substr(start, end - start));
    const bool complete = start == answer.size() && !outcome.lines.empty();
    if (!complete || (outcome.lines.front() != "done" && outcome.lines.front() != "refused"))
        return failure(
            ErrorKind::trouble, "the running Postern ended before it answered; its log says more"
        );
    outcome.done = outcome.lines.front() == "done";
    outcome.lines.erase(outcome.lines.begin());
    return outcome;
}

}  // namespace command
