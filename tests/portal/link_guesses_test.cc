#include "portal/link_guesses.h"

#include "tests/catch.h"

#include <string>

using portal::LinkGuesses;
using namespace std::chrono_literals;

namespace {

constexpr base::Time start = base::Time(std::chrono::milliseconds(1'800'000'000'000));

void guess(LinkGuesses& guesses, std::string_view client, int times, base::Time now = start) {
    for (int i = 0; i < times; ++i) guesses.note(client, now);
}

}  // namespace

TEST_CASE("The delay for links that never were grows, and ends") {
    LinkGuesses guesses;
    guess(guesses, "192.0.2.1", LinkGuesses::free_guesses - 1);
    CHECK_FALSE(guesses.delay("192.0.2.1", start));
    guess(guesses, "192.0.2.1", 1);
    CHECK(guesses.delay("192.0.2.1", start) == 1s);
    guess(guesses, "192.0.2.1", 1);
    CHECK(guesses.delay("192.0.2.1", start) == 2s);
    CHECK_FALSE(guesses.delay("192.0.2.1", start + 2s));
    guess(guesses, "192.0.2.1", 1000);
    CHECK(guesses.delay("192.0.2.1", start) == 60s);
    // A clock that was set back makes it no longer.
    CHECK(guesses.delay("192.0.2.1", start - 24h) == 60s);
    CHECK_FALSE(guesses.delay("192.0.2.2", start));
    guess(guesses, "192.0.2.1", 1, start + 1h);
    CHECK_FALSE(guesses.delay("192.0.2.1", start + 1h));
}

TEST_CASE("An IPv6 network counts as one source") {
    LinkGuesses guesses;
    for (int i = 0; i < LinkGuesses::free_guesses; ++i)
        guesses.note("2001:db8:1:2::" + std::to_string(i), start);
    CHECK(guesses.delay("2001:db8:1:2:ffff::1", start));
    CHECK_FALSE(guesses.delay("2001:db8:1:3::1", start));
}

TEST_CASE("Many sources make room for each other, and the heaviest stays") {
    LinkGuesses guesses;
    guess(guesses, "192.0.2.1", LinkGuesses::free_guesses);
    for (std::size_t i = 0; i < LinkGuesses::sources_max + 100; ++i)
        guesses.note("made up " + std::to_string(i), start);
    CHECK(guesses.delay("192.0.2.1", start));
}
