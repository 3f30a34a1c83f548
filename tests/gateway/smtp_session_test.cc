// What dialogues (tests/dialogues) cannot say: how replies are grouped, what the world is asked,
// what it sees of a message.

#include "tests/at_every_split.h"
#include "tests/catch.h"
#include "tests/gateway/in_memory_server.h"

using gateway::SmtpSession;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view to_data =
    "EHLO client.example\r\n|MAIL FROM:<bob@sender.example>\r\nRCPT TO:<ann@example.test>\r\n"
    "DATA\r\n";

// Each part behind a '|' arrives in a segment of its own.
void send(InMemoryServer& server, std::string_view text) {
    while (!text.empty()) {
        const auto bar = std::min(text.find('|'), text.size());
        server.receive(text.substr(0, bar));
        text.remove_prefix(std::min(bar + 1, text.size()));
    }
}

InMemoryServer in_data(gateway::SessionSettings settings = InMemoryServer::settings()) {
    InMemoryServer server(std::move(settings));
    server.run();
    send(server, to_data);
    REQUIRE(server.sends.back().find("354 ") != std::string::npos);
    server.output.clear();
    return server;
}

// Up to the step of that kind; everything before it is performed by nobody.
template <class Wanted>
Wanted next(SmtpSession& session) {
    auto step = session.advance();
    REQUIRE(std::holds_alternative<Wanted>(step));
    return std::get<Wanted>(step);
}

}  // namespace

TEST_CASE("The replies to a pipelined group are sent together") {
    InMemoryServer server(InMemoryServer::settings());
    server.run();
    server.receive("EHLO client.example\r\n");
    REQUIRE(server.sends.size() == 2);
    server.receive(
        "MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n"
    );
    REQUIRE(server.sends.size() == 3);
    CHECK(server.sends[2].starts_with("250 2.1.0"));
    CHECK(server.sends[2].find("354 ") != std::string::npos);
    // The acknowledgement of a message waits for nothing that comes behind it.
    server.receive("x\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nNOOP\r\nRSET\r\n");
    REQUIRE(server.sends.size() == 6);
    CHECK(server.sends[3].starts_with("250 2.0.0 Message accepted"));
    CHECK(server.sends[4].starts_with("250 2.1.0"));
    CHECK(server.sends[5] == "250 2.0.0 Ok\r\n");
}

TEST_CASE("The world is asked about one recipient at a time, with those accepted before") {
    SmtpSession session(InMemoryServer::settings());
    next<SmtpSession::Send>(session);
    session.receive("HELO client.example\r\n");
    next<SmtpSession::Send>(session);
    session.receive(
        "MAIL FROM:<bob@sender.example>\r\nRCPT TO:<a@example.test>\r\nRCPT TO:<b@example.test>\r\n"
        "RCPT TO:<c@example.test>\r\n"
    );
    auto check = next<SmtpSession::CheckRecipient>(session);
    CHECK(check.envelope->sender.text() == "bob@sender.example");
    CHECK(check.envelope->recipients.empty());
    CHECK(check.recipient->address.text() == "a@example.test");
    session.recipient_answer(mail::Reply(250, mail::EnhancedCode{2, 1, 5}, "taken"));
    check = next<SmtpSession::CheckRecipient>(session);
    REQUIRE(check.envelope->recipients.size() == 1);
    CHECK(check.recipient->address.text() == "b@example.test");
    session.recipient_answer(mail::Reply(421, mail::EnhancedCode{4, 3, 2}, "back end stops"));
    check = next<SmtpSession::CheckRecipient>(session);
    CHECK(check.envelope->recipients.size() == 1);
    session.recipient_answer(mail::Reply(354, "what?"));
    const auto sent = next<SmtpSession::Send>(session);
    CHECK(
        sent.bytes ==
        "250 2.1.0 Sender accepted\r\n250 2.1.5 taken\r\n451 4.4.1 back end stops\r\n"
        "451 4.4.1 what?\r\n"
    );
}

TEST_CASE("A message arrives unstuffed and whole, at every split") {
    const std::string body = "Subject: x\r\n\r\n..\r\n.a\r\ntext\r\n.\r\n";
    at_every_split(body, [](std::string_view first, std::string_view second) {
        auto server = in_data();
        server.receive(first);
        server.receive(second);
        REQUIRE(server.messages.size() == 1);
        CHECK(server.messages[0] == "Subject: x\r\n\r\n.\r\na\r\ntext\r\n");
    });
}

TEST_CASE("The back end's 421 to a message closes its connection and not ours") {
    SmtpSession session(InMemoryServer::settings());
    next<SmtpSession::Send>(session);
    session.receive("HELO client.example\r\n");
    next<SmtpSession::Send>(session);
    session.receive("MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nDATA\r\n");
    next<SmtpSession::CheckRecipient>(session);
    session.recipient_answer(gateway::replies::recipient_accepted());
    next<SmtpSession::BeginMessage>(session);
    next<SmtpSession::Send>(session);
    session.receive(".\r\n");
    next<SmtpSession::EndMessage>(session);
    session.message_answer(mail::Reply(421, mail::EnhancedCode{4, 3, 2}, "back end stops"));
    CHECK(next<SmtpSession::Send>(session).bytes == "451 4.4.1 back end stops\r\n");
    next<SmtpSession::ReadMore>(session);
}

TEST_CASE("A refusal before 354 is the answer to DATA") {
    SmtpSession session(InMemoryServer::settings());
    next<SmtpSession::Send>(session);
    session.receive("HELO client.example\r\n");
    next<SmtpSession::Send>(session);
    session.receive("MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nDATA\r\n");
    next<SmtpSession::CheckRecipient>(session);
    session.recipient_answer(gateway::replies::recipient_accepted());
    next<SmtpSession::BeginMessage>(session);
    session.refuse_message(gateway::replies::disk_full());
    CHECK(next<SmtpSession::MessageRefused>(session).reply->code() == 452);
    CHECK(next<SmtpSession::Send>(session).bytes.find("\r\n452 4.3.1") != std::string::npos);
    next<SmtpSession::ReadMore>(session);
    session.receive("DATA\r\n");
    CHECK(next<SmtpSession::Send>(session).bytes.starts_with("503 5.5.1"));
}

TEST_CASE("A refusal while the message comes is given at its end, and no more parts are") {
    SmtpSession session(InMemoryServer::settings());
    next<SmtpSession::Send>(session);
    session.receive("HELO client.example\r\n");
    next<SmtpSession::Send>(session);
    session.receive("MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nDATA\r\n");
    next<SmtpSession::CheckRecipient>(session);
    session.recipient_answer(gateway::replies::recipient_accepted());
    next<SmtpSession::BeginMessage>(session);
    next<SmtpSession::Send>(session);
    session.receive("one\r\n");
    CHECK(next<SmtpSession::MessagePart>(session).bytes == "one\r\n");
    session.refuse_message(gateway::replies::own_trouble());
    CHECK(next<SmtpSession::ReadMore>(session).waiting_for == SmtpSession::Waiting::message);
    session.receive("two\r\n");
    next<SmtpSession::ReadMore>(session);
    CHECK(session.message_bytes_seen() == 10);
    session.receive("three\r\n.\r\nNOOP\r\n");
    CHECK(next<SmtpSession::MessageRefused>(session).reply->code() == 451);
    CHECK(
        next<SmtpSession::Send>(session).bytes ==
        "451 4.3.0 Trouble on our side; try again later\r\n"
    );
    CHECK(next<SmtpSession::Send>(session).bytes == "250 2.0.0 Ok\r\n");
}

TEST_CASE("A bare line end spoils the message: the world is told to drop it") {
    auto server = in_data();
    server.receive("good\r\nbad\n.\r\nMAIL FROM:<>\r\n\r\n.\r\nQUIT\r\n");
    CHECK(server.messages.empty());
    REQUIRE(server.refused.size() == 1);
    CHECK(server.refused[0].starts_with("550 5.5.2 "));
    CHECK(server.output.starts_with("550 5.5.2 "));
    CHECK(server.output.find("221") == std::string::npos);
    CHECK(server.is_closed);
}

TEST_CASE("Normalised line ends are mended before anybody sees the message") {
    auto settings = InMemoryServer::settings();
    settings.line_ends = gateway::LineEnds::normalise;
    at_every_split(
        "a\nb\rc\n.\nd\n.\r\n\r\n.\r\n",
        [&](std::string_view first, std::string_view second) {
            auto server = in_data(settings);
            server.receive(first);
            server.receive(second);
            REQUIRE(server.messages.size() == 1);
            CHECK(server.messages[0] == "a\r\nb\r\nc\r\n.\r\nd\r\n.\r\n\r\n");
        }
    );
}

TEST_CASE("The Received field's protocol is what was spoken") {
    const auto protocol_of = [](std::string_view hello, std::string_view parameters, bool tls) {
        auto settings = InMemoryServer::settings();
        if (tls) settings.tls = gateway::SessionSettings::Tls::active_from_start;
        InMemoryServer server(settings);
        server.run();
        server.receive(hello);
        server.receive("MAIL FROM:<>" + std::string(parameters) + "\r\n");
        server.receive("RCPT TO:<a@example.test>\r\nDATA\r\n");
        server.receive(".\r\n");
        REQUIRE(server.protocols.size() == 1);
        return server.protocols[0];
    };
    CHECK(protocol_of("HELO a\r\n", "", false) == "SMTP");
    CHECK(protocol_of("EHLO a\r\n", "", false) == "ESMTP");
    CHECK(protocol_of("EHLO a\r\n", "", true) == "ESMTPS");
    CHECK(protocol_of("EHLO a\r\n", " SMTPUTF8", false) == "UTF8SMTP");
    CHECK(protocol_of("EHLO a\r\n", " SMTPUTF8", true) == "UTF8SMTPS");
}

TEST_CASE("Nothing of the plain phase survives the handshake") {
    auto settings = InMemoryServer::settings();
    settings.tls = gateway::SessionSettings::Tls::offered;
    InMemoryServer server(settings);
    server.run();
    send(server, "EHLO plain.example\r\n|MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\nSTARTTLS\r\n");
    REQUIRE(server.wants_tls);
    CHECK(server.session.helo() == "plain.example");
    CHECK_FALSE(server.session.is_tls());
    server.start_tls();
    CHECK(server.session.helo().empty());
    CHECK(server.session.is_tls());
    server.output.clear();
    server.receive("RCPT TO:<b@example.test>\r\nMAIL FROM:<>\r\n");
    CHECK(server.output.starts_with("503 5.5.1"));
    CHECK(server.envelopes.empty());
}

TEST_CASE("Bytes that came with STARTTLS's reply under way are not handed to TLS") {
    auto settings = InMemoryServer::settings();
    settings.tls = gateway::SessionSettings::Tls::offered;
    SmtpSession session(settings);
    next<SmtpSession::Send>(session);
    session.receive("STARTTLS\r\n");
    CHECK(next<SmtpSession::Send>(session).bytes.starts_with("220 2.0.0"));
    session.receive("MAIL FROM:<>\r\n");
    next<SmtpSession::Close>(session);
}

TEST_CASE("Errors slow the client down before they end the session") {
    auto settings = InMemoryServer::settings();
    settings.errors_max = 4;
    settings.error_delay = 500ms;
    InMemoryServer server(settings);
    server.run();
    server.receive("FOO\r\n");
    server.receive("FOO\r\n");
    CHECK(server.delay == 0ms);
    server.receive("FOO\r\n");
    CHECK(server.delay == 500ms);
    server.receive("FOO\r\nNOOP\r\n");
    CHECK(server.is_closed);
    CHECK(server.sends.back().starts_with("421 4.7.0"));
}

TEST_CASE("Guessing recipients ends in 421, temporary refusals do not") {
    auto settings = InMemoryServer::settings();
    settings.refused_recipients_max = 3;
    InMemoryServer server(settings);
    server.run();
    server.receive("HELO a\r\n");
    server.receive("MAIL FROM:<>\r\n");
    for (int i = 0; i < 10; ++i) server.receive("RCPT TO:<slow@example.test>\r\n");
    CHECK_FALSE(server.is_closed);
    for (int i = 0; i < 3; ++i) server.receive("RCPT TO:<unknown@example.test>\r\n");
    CHECK(server.is_closed);
    CHECK(server.sends.back().starts_with("421 4.7.0"));
}

TEST_CASE("An end from outside is said once and closes, whatever goes on") {
    const auto stop = gateway::replies::shutting_down("mx.example.test");
    {
        SmtpSession session(InMemoryServer::settings());
        session.end(stop);
        CHECK(next<SmtpSession::Send>(session).bytes.starts_with("421 4.3.2"));
        next<SmtpSession::Close>(session);
        next<SmtpSession::Close>(session);
    }
    auto server = in_data();
    server.receive("half a message");
    server.session.end(stop);
    server.session.end(stop);
    server.run();
    CHECK(server.output == stop.to_wire());
    CHECK(server.is_closed);
    CHECK(server.messages.empty());
}

TEST_CASE("A huge message passes in pieces no larger than the buffer") {
    auto server = in_data();
    const std::string line(998, 'x');
    std::size_t bytes = 0;
    while (bytes < 1'000'000) {
        server.receive(line + "\r\n");
        bytes += line.size() + 2;
    }
    server.receive(".\r\n");
    REQUIRE(server.messages.size() == 1);
    CHECK(server.messages[0].size() == bytes);
}
