#include "gateway/tls_stream.h"

#include "tests/catch.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

using gateway::TlsStream;
using Status = TlsStream::Status;

namespace {

// Without certificates: who the other side is, is for the end-to-end tests.
std::shared_ptr<SSL_CTX> anonymous_context() {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_method()), &SSL_CTX_free);
    REQUIRE(SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION) == 1);
    REQUIRE(SSL_CTX_set_cipher_list(context.get(), "AECDH-AES256-SHA:@SECLEVEL=0") == 1);
    return context;
}

struct Pair {
    std::array<int, 2> sockets{-1, -1};
    std::shared_ptr<SSL_CTX> context = anonymous_context();
    std::unique_ptr<TlsStream> server;
    std::unique_ptr<TlsStream> client;

    Pair() {
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets.data()) == 0);
        server = std::make_unique<TlsStream>(
            context.get(), sockets[0], TlsStream::Side::server, std::string()
        );
        client = std::make_unique<TlsStream>(
            context.get(), sockets[1], TlsStream::Side::client, "mail.example.test"
        );
    }
    ~Pair() {
        close_client_socket();
        close(sockets[0]);
    }
    void close_client_socket() {
        if (sockets[1] >= 0) close(sockets[1]);
        sockets[1] = -1;
    }

    void shake_hands() {
        Status mine = Status::needs_input;
        Status theirs = Status::needs_input;
        for (int i = 0; i < 20 && (mine != Status::done || theirs != Status::done); ++i) {
            if (theirs != Status::done) theirs = client->handshake();
            if (mine != Status::done) mine = server->handshake();
        }
        REQUIRE(mine == Status::done);
        REQUIRE(theirs == Status::done);
    }
};

}  // namespace

TEST_CASE("TLS carries bytes both ways and says what it waits for") {
    Pair pair;
    std::array<char, 16> into{};
    std::size_t size = 0;
    CHECK(pair.server->handshake() == Status::needs_input);
    pair.shake_hands();
    CHECK(pair.server->description() == "TLSv1.2 AECDH-AES256-SHA");
    CHECK(pair.server->read(into, size) == Status::needs_input);

    REQUIRE(pair.client->write("to the server", size) == Status::done);
    CHECK(size == 13);
    REQUIRE(pair.server->read(into, size) == Status::done);
    CHECK(std::string(into.data(), size) == "to the server");
    REQUIRE(pair.server->write("to the client", size) == Status::done);
    REQUIRE(pair.client->read(into, size) == Status::done);
    CHECK(std::string(into.data(), size) == "to the client");
}

TEST_CASE("What is larger than the buffers of sockets and records arrives whole") {
    Pair pair;
    pair.shake_hands();
    std::string sent;
    for (int i = 0; sent.size() < 3'000'000; ++i) sent += std::to_string(i) + ' ';
    std::string_view rest = sent;
    std::string got;
    bool had_to_wait = false;
    while (got.size() < sent.size()) {
        std::size_t size = 0;
        Status status = Status::done;
        while (!rest.empty() && status == Status::done) {
            status = pair.client->write(rest, size);
            REQUIRE((status == Status::done || status == Status::needs_output));
            if (status == Status::done) rest.remove_prefix(size);
            had_to_wait = had_to_wait || status == Status::needs_output;
        }
        std::array<char, 40'000> into{};
        while (pair.server->read(into, size) == Status::done) got.append(into.data(), size);
    }
    CHECK(had_to_wait);
    CHECK(got == sent);
}

TEST_CASE("The end of a TLS connection is seen, said or not") {
    Pair pair;
    pair.shake_hands();
    std::array<char, 16> into{};
    std::size_t size = 0;
    SECTION("said") {
        REQUIRE(pair.client->shut_down() == Status::done);
        CHECK(pair.server->read(into, size) == Status::ended);
    }
    SECTION("not said") {
        pair.close_client_socket();
        CHECK(pair.server->read(into, size) == Status::ended);
    }
    SECTION("found while writing, which does not end the process") {
        pair.close_client_socket();
        CHECK(pair.server->write("anybody there?", size) == Status::failed);
        CHECK(!pair.server->error().empty());
    }
}

TEST_CASE("A handshake with something that is not TLS fails") {
    Pair pair;
    const std::string plain = "EHLO client.example\r\nNOOP\r\n";
    REQUIRE(send(pair.sockets[1], plain.data(), plain.size(), 0) == std::ssize(plain));
    CHECK(pair.server->handshake() == Status::failed);
    CHECK(!pair.server->error().empty());
}
