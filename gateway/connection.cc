#include "gateway/connection.h"

#include "gateway/disposal.h"
#include "gateway/intake.h"
#include "gateway/proxy_header.h"
#include "gateway/recipient_check.h"
#include "gateway/smtp_replies.h"
#include "gateway/track.h"

#include <boost/asio/steady_timer.hpp>

namespace gateway {

using base::ErrorKind;
using base::Result;
using base::Task;
using base::use_task;
using std::chrono::steady_clock;

namespace {

constexpr Timeout proxy_header_timeout{10'000};
constexpr Timeout tls_handshake_timeout{60'000};

SessionSettings session_settings(
    const Current& current,
    Services& services,
    const conf::SmtpListener& listener,
    const mail::IpAddress& client
) {
    const auto& settings = *current.settings;
    SessionSettings session;
    session.hostname = settings.hostname;
    session.offer = services.backends.offer(settings);
    session.measures = &services.measures.dialogue;
    // A listener keeps its own settings until a restart; without a certificate it has nothing to
    // offer.
    switch (current.server_tls ? listener.tls : conf::TlsMode::off) {
        case conf::TlsMode::off:
            session.tls = SessionSettings::Tls::none;
            break;
        case conf::TlsMode::optional:
            session.tls = SessionSettings::Tls::offered;
            break;
        case conf::TlsMode::required:
            session.tls = SessionSettings::Tls::required;
            break;
    }
    for (const auto& network : settings.smtp.normalise_line_ends_from)
        if (network.contains(client)) session.line_ends = LineEnds::normalise;
    if (!settings.domains.empty()) session.postmaster_domain = settings.domains.front().name;
    session.recipients_max = settings.smtp.max_recipients;
    session.errors_max = settings.smtp.max_errors;
    session.empty_commands_max = settings.smtp.max_empty_commands;
    session.transactions_max = settings.smtp.max_transactions;
    session.command_line_bytes_max = settings.smtp.command_line_bytes_max;
    return session;
}

// The client a balancer speaks for, or none when there is no valid header. Bytes behind the header
// are left in the socket.
Task<std::optional<mail::IpAddress>> read_proxy_header(
    Transport& transport, base::Log& log, mail::IpAddress balancer
) {
    const auto deadline = steady_clock::now() + proxy_header_timeout;
    ProxyHeader header;
    std::array<char, 1> byte{};
    while (header.state() == ProxyHeader::State::incomplete) {
        // One byte at a time: what follows belongs to the session, and a header is short.
        const Result<std::size_t> size = co_await transport.read(byte, left_of(deadline));
        if (!size || *size == 0) co_return std::nullopt;
        header.feed(std::string_view(byte.data(), 1));
    }
    if (header.state() == ProxyHeader::State::invalid) {
        log.warning(
            "proxy_header_refused", {{"peer", balancer.text()}, {"problem", header.problem()}}
        );
        co_return std::nullopt;
    }
    if (header.client()) co_return header.client()->address;
    co_return balancer;
}

// Lets what a client says before the greeting be seen by the session (R7).
Task<> hear_early_talker(Transport& transport, SmtpSession& session, Timeout delay) {
    if (delay.count() == 0 && !transport.has_waiting()) co_return;
    // Silence is what is hoped for, and a client that has gone shows at the next read.
    const Result<std::size_t> heard =
        co_await transport.read(session.input(), std::max(delay, Timeout(1)));
    (void)heard;
}

class Dialogue {
  public:
    Dialogue(
        OpenConnection& connection,
        Loop& loop,
        std::shared_ptr<const Current> current,
        const conf::SmtpListener& listener,
        Client client
    )
        : connection_(connection),
          transport_(connection.transport),
          loop_(loop),
          measures_(loop.services().measures),
          current_(std::move(current)),
          tls_(current_->server_tls),
          client_(std::move(client)),
          session_(session_settings(*current_, loop.services(), listener, client_.address)) {}

    Task<> run() {
        const Timeout delay = current_->settings->smtp.greeting_delay;
        co_await hear_early_talker(transport_, session_, delay);
        bool open = true;
        while (open) {
            if (loop_.is_stopping() && connection_.is_idle)
                session_.end(replies::shutting_down(current_->settings->hostname));
            auto step = session_.advance();
            open = co_await perform(step);
        }
    }

  private:
    // False when the connection is over.
    Task<bool> perform(SmtpSession::Step& step) {
        if (std::holds_alternative<SmtpSession::ReadMore>(step)) co_return co_await read_more();
        command_deadline_.reset();
        if (auto* send = std::get_if<SmtpSession::Send>(&step)) co_return co_await say(*send);
        if (std::holds_alternative<SmtpSession::StartTls>(step)) co_return co_await start_tls();
        if (std::holds_alternative<SmtpSession::Close>(step)) {
            co_await transport_.finish();
            co_return false;
        }
        if (auto* check = std::get_if<SmtpSession::CheckRecipient>(&step)) {
            auto& incoming = message_under_way();
            mail::Reply reply =
                co_await check_recipient(incoming, *check->envelope, *check->recipient);
            session_.recipient_answer(std::move(reply));
        } else if (auto* begin = std::get_if<SmtpSession::BeginMessage>(&step)) {
            receiving_ = begin->envelope;
            intake_.emplace(message_under_way());
            if (auto refusal = intake_->begin()) session_.refuse_message(*refusal);
        } else if (auto* part = std::get_if<SmtpSession::MessagePart>(&step)) {
            if (auto refusal = intake_->add(part->bytes)) session_.refuse_message(*refusal);
        } else if (auto* end = std::get_if<SmtpSession::EndMessage>(&step)) {
            auto& incoming = message_under_way();
            const auto complete = steady_clock::now();
            mail::Reply reply = co_await dispose(incoming, *end->envelope);
            measures_.message(reply, steady_clock::now() - complete);
            forget_message();
            session_.message_answer(std::move(reply));
        } else if (auto* refused = std::get_if<SmtpSession::MessageRefused>(&step)) {
            measures_.message_refused(*refused->reply);
            loop_.services().log.info(
                "message_refused",
                {{"id", message_under_way().id},
                 {"client", client_.address.text()},
                 {"sender", refused->envelope->sender.text()},
                 {"reply", refused->reply->one_line()}}
            );
            track_unjudged(message_under_way(), *refused->envelope, nullptr, refused->reply);
            forget_message();
        }
        co_return true;
    }

    // What stands for the session's transaction on this side; made anew when the session has begun
    // another.
    Incoming& message_under_way() {
        if (incoming_ && transaction_ == session_.transactions()) return *incoming_;
        forget_message();
        transaction_ = session_.transactions();
        current_ = loop_.services().current();
        connection_.is_idle = false;
        incoming_.emplace(Incoming{
            loop_,
            connection_,
            client_,
            session_,
            base::random_id(loop_.services().random),
            current_,
            std::nullopt,
            std::nullopt
        });
        return *incoming_;
    }

    void forget_message() {
        intake_.reset();
        incoming_.reset();
        connection_.backends.clear();
        connection_.is_idle = true;
    }

    Task<bool> read_more() {
        const auto& smtp = current_->settings->smtp;
        const bool in_message = intake_.has_value();
        if (!command_deadline_) command_deadline_ = steady_clock::now() + smtp.command_timeout;
        // A command has one deadline, in however many pieces it comes; a message has its rate.
        const Timeout timeout = in_message
                                    ? std::min<Timeout>(smtp.data_timeout, intake_->time_left())
                                    : left_of(*command_deadline_);
        const Result<std::size_t> size = co_await transport_.read(session_.input(), timeout);
        if (size && *size > 0) {
            measures_.bytes_received.add(*size);
            if (in_message && intake_->is_too_slow(session_.message_bytes_seen()))
                give_up(replies::command_timeout(current_->settings->hostname));
            co_return true;
        }
        if (size || size.error().kind == ErrorKind::unreachable) {
            if (in_message) measures_.messages_broken_off.add();
            if (incoming_)
                loop_.services().log.info(
                    "client_gone",
                    {{"id", incoming_->id},
                     {"client", client_.address.text()},
                     {"during", in_message ? "message" : "envelope"}}
                );
            if (incoming_ && in_message) track_unjudged(*incoming_, *receiving_, nullptr, nullptr);
            co_return false;
        }
        const auto& host = current_->settings->hostname;
        give_up(
            size.error().kind == ErrorKind::conflict ? replies::shutting_down(host)
                                                     : replies::command_timeout(host)
        );
        co_return true;
    }

    // Ends the dialogue from our side, in the middle of whatever it is.
    void give_up(const mail::Reply& reply) {
        if (incoming_ && intake_) track_unjudged(*incoming_, *receiving_, nullptr, &reply);
        session_.end(reply);
    }

    Task<bool> say(const SmtpSession::Send& send) {
        if (send.delay.count() > 0) {
            boost::asio::steady_timer timer(loop_.context());
            timer.expires_after(send.delay);
            co_await timer.async_wait(use_task);
        }
        const Result<void> sent =
            co_await transport_.write(send.bytes, current_->settings->smtp.command_timeout);
        if (sent) measures_.bytes_sent.add(send.bytes.size());
        co_return sent.has_value();
    }

    Task<bool> start_tls() {
        const Result<void> shaken = co_await transport_.accept_tls(*tls_, tls_handshake_timeout);
        (shaken ? measures_.tls_clients : measures_.tls_clients_failed).add();
        if (!shaken) {
            loop_.services().log.info(
                "tls_failed", {{"client", client_.address.text()}, {"error", shaken.error().text}}
            );
            co_return false;
        }
        forget_message();
        session_.tls_started();
        co_return true;
    }

    OpenConnection& connection_;
    Transport& transport_;
    Loop& loop_;
    Measures& measures_;
    std::shared_ptr<const Current> current_;  // of the message under way; replaced with the next
    std::shared_ptr<TlsContext> tls_;         // what this connection was promised in EHLO
    Client client_;
    SmtpSession session_;
    std::uint64_t transaction_ = 0;
    std::optional<steady_clock::time_point> command_deadline_;  // of what is read now
    std::optional<Incoming> incoming_;
    std::optional<Intake> intake_;
    const mail::Envelope* receiving_ = nullptr;  // of what intake_ takes in; the session's
};

}  // namespace

mail::IpAddress address_of(const Tcp::endpoint& endpoint) {
    // A peer that is already gone has no address; 0.0.0.0 then stands in the log.
    std::string text = endpoint.address().to_string();
    text.erase(std::min(text.find('%'), text.size()));  // a zone ("%eth0") is of this host only
    const auto parsed = mail::IpAddress::parse(text);
    return parsed ? *parsed : mail::IpAddress();
}

Task<> serve(
    Tcp::socket socket,
    Loop& loop,
    std::shared_ptr<const Current> current,
    conf::SmtpListener listener,
    mail::IpAddress peer,
    bool proxied
) {
    auto& services = loop.services();
    Transport transport(std::move(socket));
    OpenConnection connection(loop, transport);
    Client client;
    client.address = peer;
    client.listener = listener.name;
    if (proxied) {
        const auto found = co_await read_proxy_header(transport, services.log, peer);
        if (!found) {
            services.measures.refused_proxy_header.add();
            co_return;
        }
        client.address = *found;
    }
    const auto& smtp = current->settings->smtp;
    std::uint64_t per_client = smtp.max_connections_per_client;
    for (const auto& network : smtp.unlimited_connections_from)
        if (network.contains(client.address)) per_client = 0;
    ConnectionCounts::Refusal refusal{};
    const auto place =
        services.counts.take(client.address, smtp.max_connections, per_client, refusal);
    services.measures.sessions.add();
    if (!place) {
        auto& measures = services.measures;
        const bool in_all = refusal == ConnectionCounts::Refusal::too_many;
        (in_all ? measures.refused_too_many : measures.refused_too_many_from_client).add();
        const std::string reply = replies::too_many_connections().to_wire();
        const Result<void> told = co_await transport.write(reply, proxy_header_timeout);
        services.log.warning(
            "too_many_connections",
            {{"client", client.address.text()}, {"told", told ? "yes" : told.error().text}}
        );
        co_return;
    }
    Dialogue dialogue(connection, loop, std::move(current), listener, std::move(client));
    co_await dialogue.run();
}

}  // namespace gateway
