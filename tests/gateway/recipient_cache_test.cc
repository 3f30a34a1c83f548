#include "gateway/recipient_cache.h"

#include "gateway/backend_facts.h"
#include "gateway/connection_counts.h"
#include "tests/catch.h"

using namespace std::chrono_literals;
using gateway::ConnectionCounts;
using gateway::RecipientCache;

TEST_CASE("Only what a back end accepted is remembered, and not for ever") {
    RecipientCache cache(10, 60s);
    const RecipientCache::Instant start{};
    CHECK_FALSE(cache.knows("a@b.test", start));
    cache.accepted("a@b.test", start);
    CHECK(cache.knows("a@b.test", start + 60s));
    CHECK_FALSE(cache.knows("a@b.test", start + 61s));
    cache.accepted("a@b.test", start + 61s);
    CHECK(cache.knows("a@b.test", start + 100s));
    cache.refused("a@b.test");
    CHECK_FALSE(cache.knows("a@b.test", start + 100s));
}

TEST_CASE("A full cache forgets what was confirmed longest ago") {
    RecipientCache cache(2, 60s);
    const RecipientCache::Instant start{};
    cache.accepted("a", start);
    cache.accepted("b", start);
    cache.accepted("a", start);
    cache.accepted("c", start);
    CHECK(cache.knows("a", start));
    CHECK_FALSE(cache.knows("b", start));
    CHECK(cache.knows("c", start));
    RecipientCache none(0, 60s);
    none.accepted("a", start);
    CHECK_FALSE(none.knows("a", start));
}

TEST_CASE("Connections are counted per IPv4 address and per IPv6 /64, and given back") {
    ConnectionCounts counts;
    ConnectionCounts::Refusal refusal{};
    const auto v4 = *mail::IpAddress::parse("192.0.2.1");
    const auto v6 = *mail::IpAddress::parse("2001:db8::1");
    const auto neighbour = *mail::IpAddress::parse("2001:db8::2");
    const auto elsewhere = *mail::IpAddress::parse("2001:db8:0:1::1");
    {
        const auto one = counts.take(v6, 10, 1, refusal);
        CHECK(one);
        CHECK_FALSE(counts.take(neighbour, 10, 1, refusal));
        CHECK(refusal == ConnectionCounts::Refusal::too_many_from_client);
        const auto other = counts.take(elsewhere, 10, 1, refusal);
        CHECK(other);
        CHECK(counts.open() == 2);
        CHECK_FALSE(counts.take(v4, 2, 1, refusal));
        CHECK(refusal == ConnectionCounts::Refusal::too_many);
        const auto listed = counts.take(v6, 10, 0, refusal);
        CHECK(listed);  // a client that is not limited
    }
    CHECK(counts.open() == 0);
    CHECK(counts.take(neighbour, 10, 1, refusal));
}

TEST_CASE("EHLO offers the least of what the back ends can carry") {
    conf::Settings settings;
    settings.smtp.max_message_bytes = 5000;
    for (const auto* name : {"one.test", "two.test"}) {
        const std::string host = name == std::string_view("one.test") ? "192.0.2.1" : "192.0.2.2";
        settings.domains.push_back(
            {*mail::Domain::parse(name), conf::Endpoint{host, 25}, conf::TlsMode::off}
        );
    }
    gateway::BackendFacts facts;
    auto offer = facts.offer(settings);
    // Of back ends that were not reached yet nothing is known that could refuse a mail for good.
    CHECK(offer.eight_bit_mime);
    CHECK(offer.smtputf8);
    CHECK(offer.dsn);
    CHECK(offer.message_bytes_max == 5000);

    gateway::Extensions rich;
    rich.eight_bit_mime = rich.smtputf8 = rich.dsn = rich.size = true;
    rich.size_max = 1000;
    facts.learned("192.0.2.1:25", rich);
    CHECK(facts.offer(settings).message_bytes_max == 1000);
    facts.learned("192.0.2.2:25", rich);
    offer = facts.offer(settings);
    CHECK(offer.smtputf8);
    CHECK(offer.dsn);
    CHECK(offer.message_bytes_max == 1000);

    facts.learned("192.0.2.2:25", gateway::Extensions{});
    CHECK_FALSE(facts.offer(settings).eight_bit_mime);
    CHECK_FALSE(facts.offer(settings).smtputf8);
}
