#include "portal/http_guard.h"

#include "tests/catch.h"

#include <string>
#include <vector>

using portal::Method;
using portal::read_head;

namespace {

const std::vector<std::string> hosts = {"portal.test", "127.0.0.1:8080"};

std::string head(std::string_view line, std::string_view fields) {
    return std::string(line) + "\r\n" + std::string(fields) + "\r\n";
}

}  // namespace

TEST_CASE("A plain request head is read") {
    const auto request = read_head(
        head("GET /on-hold?q=a%2Fb&x=..%2F HTTP/1.1", "Host: Portal.Test\r\nX-One:  a b \r\n"),
        hosts
    );
    REQUIRE(request);
    CHECK(request->method == Method::get);
    CHECK(request->target == "/on-hold?q=a%2Fb&x=..%2F");
    CHECK(request->path == "/on-hold");
    CHECK(request->query == "q=a%2Fb&x=..%2F");
    REQUIRE(request->field("x-one"));
    CHECK(*request->field("x-one") == "a b");
    CHECK(request->keep_alive);
    CHECK_FALSE(request->announces_body());
}

TEST_CASE("Framing fields are read") {
    const auto with_length =
        read_head(head("POST /a HTTP/1.1", "Host: portal.test\r\nContent-Length: 12\r\n"), hosts);
    REQUIRE(with_length);
    CHECK(with_length->content_length == 12u);
    CHECK(with_length->announces_body());
    const auto chunked = read_head(
        head("POST /a HTTP/1.1", "Host: portal.test\r\nTransfer-Encoding: chunked\r\n"), hosts
    );
    REQUIRE(chunked);
    CHECK(chunked->chunked);
    const auto old = read_head(head("GET / HTTP/1.0", "Host: portal.test\r\n"), hosts);
    REQUIRE(old);
    CHECK_FALSE(old->keep_alive);
    const auto close =
        read_head(head("GET / HTTP/1.1", "Host: portal.test\r\nConnection: Close\r\n"), hosts);
    REQUIRE(close);
    CHECK_FALSE(close->keep_alive);
}

TEST_CASE("Every head that two readers may read differently is refused") {
    struct Case {
        std::string head;
        int status;
    };
    const std::string host = "Host: portal.test\r\n";
    const std::vector<Case> cases = {
        // Framing
        {head("POST / HTTP/1.1", host + "Transfer-Encoding: gzip\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Transfer-Encoding: gzip, chunked\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Transfer-Encoding: chunked, chunked\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Transfer-Encoding: chunked;x=y\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Transfer-Encoding: \"chunked\"\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Transfer-Encoding: xchunked\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Transfer-Encoding: identity\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Transfer-Encoding:\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400
        },
        {head("POST / HTTP/1.1", host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400
        },
        {head(
             "POST / HTTP/1.1",
             host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
         ),
         400},
        {head("POST / HTTP/1.0", host + "Transfer-Encoding: chunked\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Transfer-Encoding : chunked\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Length: 3, 3\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Length: 3\r\ncontent-length: 4\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Length: +3\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Length: -1\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Length: 0x3\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Length: 3 3\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Length:\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Length: 18446744073709551616\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Length : 3\r\n"), 400},
        // Lines
        {head("GET / HTTP/1.1", host + "X: a\r\n b\r\n"), 400},
        {head("GET / HTTP/1.1", host + "X: a\r\n\tb\r\n"), 400},
        {head("GET / HTTP/1.1", " X: a\r\n" + host), 400},
        {head("GET / HTTP/1.1", host + "X: a\nY: b\r\n"), 400},
        {head("GET / HTTP/1.1", host + "X: a\rY: b\r\n"), 400},
        {"GET / HTTP/1.1\nHost: portal.test\n\n", 400},
        {head("GET / HTTP/1.1", host + std::string("X: a\0b\r\n", 8)), 400},
        {head("GET / HTTP/1.1", host + "X: a\x01\r\n"), 400},
        {head("GET / HTTP/1.1", host + "No colon\r\n"), 400},
        {head("GET / HTTP/1.1", host + ": empty\r\n"), 400},
        {head("GET / HTTP/1.1", host + "A(b): c\r\n"), 400},
        {"\r\n" + head("GET / HTTP/1.1", host), 400},
        {head("GET / HTTP/1.1", host) + "x", 400},
        {"GET / HTTP/1.1\r\n" + host, 400},
        // Host
        {head("GET / HTTP/1.1", ""), 400},
        {head("GET / HTTP/1.1", "Host:\r\n"), 400},
        {head("GET / HTTP/1.1", host + host), 400},
        {head("GET / HTTP/1.1", "Host: evil.test\r\n"), 421},
        {head("GET / HTTP/1.1", "Host: portal.test.evil.test\r\n"), 421},
        {head("GET / HTTP/1.1", "Host: portal.test, evil.test\r\n"), 421},
        {head("GET / HTTP/1.0", ""), 400},
        // Request line
        {head("GET http://portal.test/ HTTP/1.1", host), 400},
        {head("GET portal.test HTTP/1.1", host), 400},
        {head("OPTIONS * HTTP/1.1", host), 400},
        {head("CONNECT portal.test:443 HTTP/1.1", host), 400},
        {head("GET  / HTTP/1.1", host), 400},
        {head("GET /a b HTTP/1.1", host), 400},
        {head("GET / HTTP/2.0", host), 505},
        {head("GET / http/1.1", host), 400},
        {head("GET /", host), 400},
        {head("G@T / HTTP/1.1", host), 400},
        {head(std::string_view("GET /\x7f HTTP/1.1"), host), 400},
        {head("GET /\xc3\xa4 HTTP/1.1", host), 400},
        {head("GET /%00 HTTP/1.1", host), 400},
        {head("GET /?a=%00 HTTP/1.1", host), 400},
        {head("GET /a%2fb HTTP/1.1", host), 400},
        {head("GET /a%2Fb HTTP/1.1", host), 400},
        {head("GET /a%5cb HTTP/1.1", host), 400},
        {head("GET /a\\b HTTP/1.1", host), 400},
        {head("GET /a/../b HTTP/1.1", host), 400},
        {head("GET /a/%2e%2E/b HTTP/1.1", host), 400},
        {head("GET //evil.test/ HTTP/1.1", host), 400},
        {head("GET /%zz HTTP/1.1", host), 400},
        {head("GET /%4 HTTP/1.1", host), 400},
        {head("GET /#part HTTP/1.1", host), 400},
        // Others that must stand once
        {head("GET / HTTP/1.1", host + "Cookie: a=b\r\nCookie: c=d\r\n"), 400},
        {head("GET / HTTP/1.1", host + "Origin: a\r\nOrigin: b\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Content-Type: a/b\r\nContent-Type: c/d\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Idempotency-Key: a\r\nIdempotency-Key: b\r\n"), 400},
        {head("POST / HTTP/1.1", host + "Expect: 200-ok\r\n"), 417},
        {head("GET / HTTP/1.1", host + "Connection: close; x\r\n"), 400},
        {head("GET / HTTP/1.1", host + "Connection: close,,x\r\n"), 400},
    };
    for (const Case& item : cases) {
        INFO(item.head);
        const auto request = read_head(item.head, hosts);
        REQUIRE_FALSE(request);
        CHECK(request.error().status == item.status);
    }
}

TEST_CASE("Heads are bounded in bytes and in fields") {
    const std::string host = "Host: portal.test\r\n";
    std::string fields = host;
    for (int i = 1; i < 100; ++i) fields += "X: y\r\n";
    CHECK(read_head(head("GET / HTTP/1.1", fields), hosts));
    const auto too_many = read_head(head("GET / HTTP/1.1", fields + "X: y\r\n"), hosts);
    REQUIRE_FALSE(too_many);
    CHECK(too_many.error().status == 431);

    const std::string frame = head("GET / HTTP/1.1", host + "X: \r\n");
    const std::string fits(16 * 1024 - frame.size(), 'a');
    CHECK(read_head(head("GET / HTTP/1.1", host + "X: " + fits + "\r\n"), hosts));
    const auto too_large = read_head(head("GET / HTTP/1.1", host + "X: " + fits + "a\r\n"), hosts);
    REQUIRE_FALSE(too_large);
    CHECK(too_large.error().status == 431);
}
