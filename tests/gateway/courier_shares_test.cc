#include "gateway/courier_shares.h"

#include "gateway/courier.h"
#include "tests/catch.h"

using gateway::CourierShares;

namespace {

conf::ProtectedDomain domain(const std::string& name, std::uint16_t port) {
    return {*mail::Domain::parse(name), conf::Endpoint{"127.0.0.1", port}};
}

std::shared_ptr<const conf::Settings> with_backends(int count) {
    conf::Settings settings;
    settings.courier.parallel = 8;
    for (int i = 0; i < count; ++i)
        settings.domains.push_back(
            domain("d" + std::to_string(i) + ".test", static_cast<std::uint16_t>(2600 + i))
        );
    return std::make_shared<const conf::Settings>(std::move(settings));
}

mail::Address to(int backend) {
    return *mail::Address::parse("user@d" + std::to_string(backend) + ".test");
}

std::string key(const conf::Settings& settings, int backend) {
    return gateway::route_to(settings, to(backend).domain()).key();
}

int taken(CourierShares& shares, int backend) {
    int count = 0;
    while (count < 100 && shares.take(to(backend))) ++count;
    return count;
}

}  // namespace

TEST_CASE("A back end of its own has all places") {
    CourierShares shares(with_backends(1));
    CHECK(taken(shares, 0) == 100);
}

TEST_CASE("Each back end may have half of what the others leave") {
    CourierShares shares(with_backends(5));
    CHECK(taken(shares, 0) == 4);
    CHECK(taken(shares, 1) == 2);
    CHECK(taken(shares, 2) == 1);
    CHECK(taken(shares, 3) == 1);
    CHECK(taken(shares, 4) == 0);
}

TEST_CASE("Places that are taken already count") {
    const auto settings = with_backends(2);
    CourierShares shares(settings);
    shares.is_busy(key(*settings, 0), 4);
    CHECK(taken(shares, 0) == 0);
    CHECK(taken(shares, 1) == 2);
}

TEST_CASE("Mail for a silent back end needs no place: it is answered at once") {
    const auto settings = with_backends(2);
    CourierShares shares(settings);
    shares.is_busy(key(*settings, 0), 1);
    shares.is_silent(key(*settings, 0));
    CHECK(taken(shares, 0) == 100);
    CHECK(taken(shares, 1) == 4);
}
