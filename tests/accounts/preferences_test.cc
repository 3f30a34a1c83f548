#include "accounts/preferences.h"

#include "accounts/people.h"
#include "tests/accounts/store.h"
#include "tests/catch.h"

using accounts::Notify;
using accounts::Preferences;
using database::Snapshot;
using database::Transaction;

namespace {

struct Fixture {
    TestStore store;
    std::int64_t ada = store.write([](Transaction& t) -> base::Result<std::int64_t> {
        auto person = accounts::add_person(
            t, address("ada@example.test"), accounts::Role::user, "", start_of_test
        );
        if (!person) return base::failure(person.error());
        return person->row;
    });

    Preferences now() {
        return store.read([&](Snapshot& s) { return accounts::preferences_of(s, ada); });
    }
    base::Result<void> set(const Preferences& preferences) {
        return store->write_and_wait([&](Transaction& t) {
            return accounts::set_preferences(t, ada, preferences);
        });
    }
};

}  // namespace

TEST_CASE("Who has chosen nothing has what the site has") {
    Fixture fixture;
    CHECK(fixture.now() == Preferences());
    CHECK(fixture.now().notify == Notify::site);
}

TEST_CASE("Preferences are kept, the times in order and once") {
    Fixture fixture;
    Preferences wished{"de", "Europe/Berlin", Notify::notice, {"17:30", "08:00", "17:30"}, 0x1f};
    REQUIRE(fixture.set(wished));
    wished.digest_times = {"08:00", "17:30"};
    CHECK(fixture.now() == wished);
    REQUIRE(fixture.set(Preferences()));
    CHECK(fixture.now() == Preferences());
}

TEST_CASE("What is no preference is refused and changes nothing") {
    Fixture fixture;
    const Preferences before{"en", "", Notify::nothing, {"00:00", "23:59"}, 0x40};
    REQUIRE(fixture.set(before));
    Preferences many;
    for (int hour = 0; hour < 24; ++hour)
        many.digest_times.push_back(fmt::format("{:02}:00", hour));
    CHECK(fixture.set(many));
    many.digest_times.emplace_back("00:30");
    Preferences strange_zone;
    strange_zone.time_zone.assign(65, 'x');
    Preferences strange_language;
    strange_language.language.assign(65, 'x');
    Preferences eight_days;
    eight_days.digest_days = 0x80;
    REQUIRE(fixture.set(before));
    for (const auto& wrong : {many, strange_zone, strange_language, eight_days}) {
        CHECK_FALSE(fixture.set(wrong));
        CHECK(fixture.now() == before);
    }
    for (const auto* time : {"24:00", "8:00", "08:60", "08.00", "", "08:00 ", "-1:00", "1a:00"}) {
        Preferences wrong;
        wrong.digest_times = {time};
        CHECK_FALSE(fixture.set(wrong));
    }
}
