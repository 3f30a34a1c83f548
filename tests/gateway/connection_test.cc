#include "gateway/connection.h"

#include "tests/catch.h"

TEST_CASE("A client's address is counted and logged without what only this host knows of it") {
    using boost::asio::ip::make_address;
    const auto text = [](const char* address) {
        return gateway::address_of({make_address(address), 25}).text();
    };
    CHECK(text("192.0.2.1") == "192.0.2.1");
    CHECK(text("::ffff:192.0.2.1") == "192.0.2.1");
    CHECK(text("2001:db8::1") == "2001:db8::1");
    CHECK(text("fe80::1%1") == "fe80::1");
}
