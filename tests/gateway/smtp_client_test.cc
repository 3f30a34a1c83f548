#include "gateway/smtp_client.h"

#include "tests/at_every_split.h"
#include "tests/catch.h"

#include <functional>
#include <map>

using gateway::ClientSettings;
using gateway::SmtpClient;

namespace {

using Tls = ClientSettings::Tls;

constexpr std::string_view full_ehlo =
    "250-backend.example.test\r\n250-PIPELINING\r\n250-SIZE 10000\r\n250-8BITMIME\r\n"
    "250-SMTPUTF8\r\n250-DSN\r\n250-STARTTLS\r\n250 ENHANCEDSTATUSCODES\r\n";

ClientSettings settings(Tls tls = Tls::off) {
    ClientSettings result;
    result.hostname = "mx.example.test";
    result.tls = tls;
    return result;
}

// A back end that answers from a script: "reply" to the first line with that start. It cuts its
// replies where it is told.
struct Backend {
    std::map<std::string, std::string> replies;  // by start of the command
    std::string greeting = "220 backend.example.test ESMTP\r\n";
    std::vector<std::string> heard;     // lines
    std::vector<std::string> segments;  // as they were sent
    std::size_t piece = 1 << 20;        // how many bytes arrive at once

    Backend() { replies["EHLO"] = full_ehlo; }

    std::string answer(const std::string& line) {
        if (line.empty()) return {};  // what the end of data begins with
        const std::string* best = nullptr;
        std::size_t length = 0;
        for (const auto& [start, reply] : replies)
            if (line.starts_with(start) && start.size() >= length) {
                best = &reply;
                length = start.size();
            }
        if (best) return *best;
        if (line == "DATA") return "354 go on\r\n";
        if (line == "QUIT") return "221 bye\r\n";
        return "250 2.0.0 Ok\r\n";
    }

    void take(std::string_view bytes) {
        segments.emplace_back(bytes);
        while (!bytes.empty()) {
            const auto end = bytes.find("\r\n");
            REQUIRE(end != std::string_view::npos);
            heard.emplace_back(bytes.substr(0, end));
            pending += answer(heard.back());
            bytes.remove_prefix(end + 2);
        }
    }

    // Runs the exchange; "" when it is done, else why it broke.
    std::string run(SmtpClient& client) {
        for (;;) {
            auto step = client.advance();
            if (std::holds_alternative<SmtpClient::Done>(step)) return {};
            if (auto* broken = std::get_if<SmtpClient::Broken>(&step)) return broken->why;
            if (std::holds_alternative<SmtpClient::StartTls>(step)) client.tls_started();
            if (auto* send = std::get_if<SmtpClient::Send>(&step)) take(send->bytes);
            if (std::holds_alternative<SmtpClient::ReadMore>(step)) {
                if (pending.empty()) return "silence";
                const auto part = pending.substr(0, std::min(piece, client.space().size()));
                client.receive(part);
                pending.erase(0, part.size());
            }
        }
    }

    std::string open(SmtpClient& client) {
        pending += greeting;
        client.open();
        return run(client);
    }

    std::string pending;
};

mail::Recipient recipient(std::string_view text) {
    return {*mail::Address::parse(text), {}, {}};
}

mail::Envelope envelope(std::string_view sender = "bob@sender.example") {
    mail::Envelope result;
    if (!sender.empty()) result.sender = *mail::Address::parse(sender);
    return result;
}

std::string send_body(Backend& backend, SmtpClient& client, std::string_view message) {
    std::string buffer(100, '\0');
    std::string wire;
    while (!message.empty()) {
        const auto progress = client.body(message, buffer);
        wire.append(buffer, 0, progress.written);
        message.remove_prefix(progress.read);
    }
    backend.segments.push_back(wire);
    client.end_body();
    return backend.run(client);
}

}  // namespace

TEST_CASE("A message is sent, with its replies cut anywhere") {
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 1U << 20U}) {
        Backend backend;
        backend.piece = piece;
        SmtpClient client(settings());
        REQUIRE(backend.open(client) == "");
        CHECK(client.extensions().size_max == 10000);
        CHECK(client.extensions().pipelining);
        client.mail(envelope(), 100);
        client.recipient(recipient("ann@example.test"));
        REQUIRE(backend.run(client) == "");
        CHECK(client.answer().code() == 250);
        backend.replies["RCPT TO:<joe@"] = "550 5.1.1 no such person\r\n";
        client.recipient(recipient("joe@example.test"));
        REQUIRE(backend.run(client) == "");
        CHECK(client.answer().one_line() == "550 5.1.1 no such person");
        CHECK(client.accepted_recipients() == 1);
        client.data();
        REQUIRE(backend.run(client) == "");
        CHECK(client.answer().code() == 354);
        CHECK_FALSE(client.usable());
        REQUIRE(send_body(backend, client, ".dot\r\nlast") == "");
        CHECK(client.answer().is_positive());
        CHECK(client.usable());
        CHECK_FALSE(client.has_transaction());
        client.quit();
        REQUIRE(backend.run(client) == "");
        CHECK_FALSE(client.usable());
        CHECK(
            backend.heard ==
            std::vector<std::string>{
                "EHLO mx.example.test",
                "MAIL FROM:<bob@sender.example> SIZE=100",
                "RCPT TO:<ann@example.test>",
                "RCPT TO:<joe@example.test>",
                "DATA",
                "",
                ".",
                "QUIT"
            }
        );
    }
}

TEST_CASE("MAIL and all RCPT are one segment where PIPELINING is offered, else one each") {
    const std::vector<mail::Recipient> three{
        recipient("a@example.test"), recipient("b@example.test"), recipient("c@example.test")
    };
    for (const bool pipelining : {true, false}) {
        Backend backend;
        if (!pipelining) backend.replies["EHLO"] = "250 backend.example.test\r\n";
        backend.replies["RCPT TO:<b@"] = "452 4.2.2 full\r\n";
        SmtpClient client(settings());
        REQUIRE(backend.open(client) == "");
        client.mail(envelope(), {});
        client.recipients(three);
        REQUIRE(backend.run(client) == "");
        REQUIRE(client.answers().size() == 3);
        CHECK(client.answers()[0].code() == 250);
        CHECK(client.answers()[1].code() == 452);
        CHECK(client.answers()[2].code() == 250);
        CHECK(backend.segments.size() == (pipelining ? 2 : 5));
    }
}

TEST_CASE("A great many recipients go in bounded groups") {
    Backend backend;
    SmtpClient client(settings());
    REQUIRE(backend.open(client) == "");
    std::vector<mail::Recipient> many;
    for (int i = 0; i < 500; ++i)
        many.push_back(recipient("r" + std::to_string(i) + "@example.test"));
    backend.replies["RCPT TO:<r499@"] = "550 5.1.1 last\r\n";
    client.mail(envelope(), {});
    client.recipients(many);
    REQUIRE(backend.run(client) == "");
    CHECK(client.accepted_recipients() == 499);
    CHECK(client.answer().code() == 550);
    for (const auto& segment : backend.segments) CHECK(segment.size() < 4096);
}

TEST_CASE("When MAIL is refused, every recipient gets that refusal") {
    for (const bool pipelining : {true, false}) {
        Backend backend;
        if (!pipelining) backend.replies["EHLO"] = "250 backend.example.test\r\n";
        backend.replies["MAIL"] = "451 4.7.1 greylisted\r\n";
        backend.replies["RCPT"] = "503 5.5.1 MAIL first\r\n";
        SmtpClient client(settings());
        REQUIRE(backend.open(client) == "");
        client.mail(envelope(), {});
        const std::vector<mail::Recipient> two{
            recipient("a@example.test"), recipient("b@example.test")
        };
        client.recipients(two);
        REQUIRE(backend.run(client) == "");
        for (const auto& answer : client.answers()) CHECK(answer.code() == 451);
        const auto segments = backend.segments.size();
        client.recipient(recipient("c@example.test"));
        REQUIRE(backend.run(client) == "");
        CHECK(client.answer().code() == 451);
        CHECK(backend.segments.size() == segments);
        client.reset();
        REQUIRE(backend.run(client) == "");
        CHECK(client.usable());
        CHECK_FALSE(client.has_transaction());
    }
}

TEST_CASE("Parameters are sent as the server offers them, generated anew") {
    auto full = envelope();
    full.body = mail::Body::eight_bit_mime;
    full.dsn_return = "HDRS";
    full.envelope_id = "a+b";
    auto someone = recipient("ann@example.test");
    someone.notify = "SUCCESS";
    someone.original_recipient = "rfc822;x+y@example.test";
    Backend backend;
    SmtpClient client(settings());
    REQUIRE(backend.open(client) == "");
    client.mail(full, 5);
    client.recipient(someone);
    REQUIRE(backend.run(client) == "");
    CHECK(
        backend.heard[1] ==
        "MAIL FROM:<bob@sender.example> SIZE=5 BODY=8BITMIME RET=HDRS ENVID=a+2Bb"
    );
    CHECK(
        backend.heard[2] ==
        "RCPT TO:<ann@example.test> NOTIFY=SUCCESS ORCPT=rfc822;x+2By@example.test"
    );

    Backend bare;
    bare.replies["EHLO"] = "250-backend.example.test\r\n250 8BITMIME\r\n";
    SmtpClient poor(settings());
    REQUIRE(bare.open(poor) == "");
    poor.mail(full, 5);
    poor.recipient(someone);
    REQUIRE(bare.run(poor) == "");
    CHECK(bare.heard[1] == "MAIL FROM:<bob@sender.example> BODY=8BITMIME");
    CHECK(bare.heard[2] == "RCPT TO:<ann@example.test>");
}

TEST_CASE("What the server cannot carry is refused without asking it") {
    Backend backend;
    backend.replies["EHLO"] = "250-backend.example.test\r\n250 SIZE 1000\r\n";
    SmtpClient client(settings());
    REQUIRE(backend.open(client) == "");
    auto eight_bit = envelope();
    eight_bit.body = mail::Body::eight_bit_mime;
    auto utf8 = envelope();
    utf8.smtputf8 = true;
    const struct {
        mail::Envelope envelope;
        std::optional<std::uint64_t> size;
        std::string_view reply;
    } cases[] = {
        {eight_bit, {}, "554 5.6.3"},
        {utf8, {}, "553 5.6.7"},
        {envelope("\xc3\xa4@sender.example"), {}, "553 5.6.7"},
        {envelope(), 1001, "552 5.3.4"},
    };
    for (const auto& one : cases) {
        CHECK(client.cannot_carry(one.envelope, one.size));
        client.mail(one.envelope, one.size);
        client.recipient(recipient("ann@example.test"));
        REQUIRE(backend.run(client) == "");
        CHECK(client.answer().one_line().starts_with(one.reply));
        CHECK(backend.heard.back().starts_with("MAIL") == false);
        client.reset();
        REQUIRE(backend.run(client) == "");
    }
    CHECK_FALSE(client.cannot_carry(envelope(), 1000));
    // One recipient alone can be what it cannot carry.
    client.mail(envelope(), {});
    const std::vector<mail::Recipient> two{
        recipient("\xc3\xa4@example.test"), recipient("b@example.test")
    };
    client.recipients(two);
    REQUIRE(backend.run(client) == "");
    CHECK(client.answers()[0].code() == 553);
    CHECK(client.answers()[1].code() == 250);
}

TEST_CASE("A server without EHLO is spoken to with HELO") {
    Backend backend;
    backend.replies["EHLO"] = "502 what?\r\n";
    SmtpClient client(settings());
    REQUIRE(backend.open(client) == "");
    CHECK(client.answer().is_positive());
    CHECK(client.extensions() == gateway::Extensions());
    CHECK(backend.heard.back() == "HELO mx.example.test");
}

TEST_CASE("A server that does not want us says so") {
    for (const auto* greeting : {"421 4.3.2 busy\r\n", "554 5.7.1 go away\r\n"}) {
        Backend backend;
        backend.greeting = greeting;
        SmtpClient client(settings());
        REQUIRE(backend.open(client) == "");
        CHECK_FALSE(client.answer().is_positive());
        CHECK_FALSE(client.usable());
        CHECK(backend.heard.empty());
        client.reset();
        CHECK(backend.run(client) != "");
    }
}

TEST_CASE("TLS is started where it is offered, and everything is asked again") {
    for (const auto tls : {Tls::optional, Tls::required}) {
        Backend backend;
        backend.replies["STARTTLS"] = "220 go on\r\n";
        SmtpClient client(settings(tls));
        REQUIRE(backend.open(client) == "");
        CHECK(client.is_tls());
        CHECK(client.usable());
        CHECK(
            backend.heard ==
            std::vector<std::string>{"EHLO mx.example.test", "STARTTLS", "EHLO mx.example.test"}
        );
    }
}

TEST_CASE("Without TLS a server is used only where TLS is optional") {
    for (const bool offered : {true, false}) {
        for (const auto tls : {Tls::optional, Tls::required}) {
            Backend backend;
            if (offered)
                backend.replies["STARTTLS"] = "454 4.7.0 not now\r\n";
            else
                backend.replies["EHLO"] = "250 backend.example.test\r\n";
            SmtpClient client(settings(tls));
            REQUIRE(backend.open(client) == "");
            CHECK_FALSE(client.is_tls());
            CHECK(client.answer().is_positive() == (tls == Tls::optional));
            CHECK(client.usable() == (tls == Tls::optional));
            if (tls == Tls::required) CHECK(client.answer().is_temporary());
        }
    }
}

TEST_CASE("Bytes behind the reply to STARTTLS break the connection") {
    Backend backend;
    backend.replies["STARTTLS"] = "220 go on\r\n250-evil\r\n";
    SmtpClient client(settings(Tls::optional));
    CHECK(backend.open(client) == "bytes behind the reply to STARTTLS");
    CHECK_FALSE(client.usable());
}

TEST_CASE("A reply before its command is not taken for the command's") {
    Backend backend;
    backend.greeting = "220 hello\r\n250 evil\r\n";
    SmtpClient client(settings());
    CHECK(backend.open(client) == "a reply came without a command");
    CHECK(backend.heard.empty());
}

TEST_CASE("An unexpected, malformed or endless reply breaks the connection for good") {
    std::string endless;
    for (int i = 0; i < 101; ++i) endless += "250-line\r\n";
    for (const auto& reply :
         {std::string("354 what?\r\n"),
          std::string("220 what?\r\n"),
          std::string("99 what?\r\n"),
          std::string("700 what?\r\n"),
          std::string("hello\r\n"),
          std::string("\r\n"),
          std::string("250 ok\n\r\n"),
          std::string("250-ok\r\n550 no\r\n"),
          std::string("250 o\0k\r\n", 9),
          "250 " + std::string(5000, 'x') + "\r\n",
          endless}) {
        for (const auto* command : {"MAIL", "RCPT", "RSET"}) {
            INFO(command << ": " << reply.substr(0, 20));
            Backend backend;
            backend.replies[command] = reply;
            SmtpClient client(settings());
            REQUIRE(backend.open(client) == "");
            if (command == std::string_view("RSET")) {
                client.reset();
            } else {
                client.mail(envelope(), {});
                client.recipient(recipient("a@example.test"));
            }
            CHECK(backend.run(client) != "");
            CHECK_FALSE(client.usable());
            client.reset();
            CHECK(backend.run(client) != "");
        }
    }
}

TEST_CASE("A reply nobody waits for ends the use of the connection") {
    Backend backend;
    SmtpClient client(settings());
    REQUIRE(backend.open(client) == "");
    backend.replies["RCPT"] = "250 ok\r\n250 ok again\r\n";
    client.mail(envelope(), {});
    client.recipient(recipient("a@example.test"));
    REQUIRE(backend.run(client) == "");
    CHECK_FALSE(client.usable());
    client.data();
    CHECK(backend.run(client) != "");
}

TEST_CASE("The final reply counts even when the connection is lost with it") {
    const struct {
        std::string_view reply;
        bool positive;
        bool usable;
    } cases[] = {
        {"250 2.0.0 queued\r\n", true, true},
        {"550 5.7.1 spam\r\n", false, true},
        {"452 4.3.1 full\r\n", false, true},
        {"252 odd\r\n", true, false},
        {"421 4.3.2 stopping\r\n", false, false},
        {"250 2.0.0 queued\r\n421 4.4.2 idle\r\n", true, false},
    };
    for (const auto& one : cases) {
        INFO(one.reply);
        Backend backend;
        backend.replies["."] = one.reply;
        SmtpClient client(settings());
        REQUIRE(backend.open(client) == "");
        client.mail(envelope(), {});
        client.recipient(recipient("a@example.test"));
        REQUIRE(backend.run(client) == "");
        client.data();
        REQUIRE(backend.run(client) == "");
        REQUIRE(send_body(backend, client, "x\r\n") == "");
        CHECK(client.answer().is_positive() == one.positive);
        CHECK(client.usable() == one.usable);
    }
}

TEST_CASE("421 to one recipient is the answer for all that are left") {
    Backend backend;
    backend.replies["RCPT TO:<b@"] = "421 4.3.2 stopping\r\n";
    SmtpClient client(settings());
    REQUIRE(backend.open(client) == "");
    client.mail(envelope(), {});
    const std::vector<mail::Recipient> three{
        recipient("a@example.test"), recipient("b@example.test"), recipient("c@example.test")
    };
    client.recipients(three);
    REQUIRE(backend.run(client) == "");
    CHECK(client.answers()[0].code() == 250);
    CHECK(client.answers()[1].code() == 421);
    CHECK(client.answers()[2].code() == 421);
    CHECK_FALSE(client.usable());
}

TEST_CASE("DATA that is refused or answered with 250 sends no message") {
    for (const auto* reply : {"451 4.3.0 not now\r\n", "250 ok\r\n"}) {
        Backend backend;
        backend.replies["DATA"] = reply;
        SmtpClient client(settings());
        REQUIRE(backend.open(client) == "");
        client.mail(envelope(""), {});
        client.recipient(recipient("a@example.test"));
        REQUIRE(backend.run(client) == "");
        client.data();
        const bool broken = backend.run(client) != "";
        CHECK(broken == (reply[0] == '2'));
        if (!broken) CHECK(client.answer().code() == 451);
        CHECK(client.usable() == !broken);
    }
}

TEST_CASE("A connection that failed is not used again") {
    Backend backend;
    SmtpClient client(settings());
    REQUIRE(backend.open(client) == "");
    client.failed();
    CHECK_FALSE(client.usable());
    client.quit();
    CHECK(backend.run(client) != "");
}
