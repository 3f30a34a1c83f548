#include "quarantine/figures.h"

#include "tests/catch.h"
#include "tests/quarantine/held.h"

using held::Fixture;
using held::start;
using mail::HoldKind;
using namespace std::chrono_literals;

namespace {

quarantine::Figures figures_of(Fixture& fixture) {
    return must(fixture.read([](database::Snapshot& snapshot) {
        return quarantine::figures(snapshot);
    }));
}

}  // namespace

TEST_CASE("An empty store has nothing held and nothing to send") {
    Fixture fixture;
    const auto figures = figures_of(fixture);
    CHECK(figures.held.empty());
    CHECK(figures.failed.empty());
    CHECK(figures.outbox == 0);
    CHECK_FALSE(figures.outbox_oldest);
}

TEST_CASE("Open holds are counted by who may decide, and what waits by its age") {
    Fixture fixture;
    const quarantine::Actor root{"root", Fixture::everything()};
    fixture.add();
    fixture.add();
    const auto first = fixture.add();
    const auto second = fixture.add();
    fixture.add({}, {.kind = HoldKind::administrator});
    fixture.add({}, {.kind = HoldKind::moderator, .moderators = {"m@example.test"}});
    REQUIRE(fixture.release(root, first, start + 5s, start + 5s));
    REQUIRE(fixture.release(root, second, start + 7s, start + 90s));
    auto figures = figures_of(fixture);
    using Counts = std::map<HoldKind, std::uint64_t>;
    CHECK(
        figures.held ==
        Counts{{HoldKind::user, 2}, {HoldKind::moderator, 1}, {HoldKind::administrator, 1}}
    );
    CHECK(figures.outbox == 2);
    CHECK(figures.outbox_oldest == start + 5s);

    const auto due = fixture.take_due(start + 5s);
    REQUIRE(due.size() == 1);
    must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::failed(transaction, due[0], "550 no", start + 6s, start + 14 * 24h);
    }));
    figures = figures_of(fixture);
    CHECK(figures.failed == Counts{{HoldKind::user, 1}});
    CHECK(figures.outbox == 1);
    CHECK(figures.outbox_oldest == start + 7s);
}

TEST_CASE("Counting the holds reads an index and not the table") {
    Fixture fixture;
    const auto plan = must(fixture.read([](database::Snapshot& snapshot) {
        auto rows = snapshot.query(
            "EXPLAIN QUERY PLAN SELECT kind, state, count(*) FROM hold INDEXED BY hold_of_owner "
            "WHERE state IN ('held', 'failed') GROUP BY kind, state"
        );
        std::string text;
        if (!rows) return base::Result<std::string>(base::failure(rows.error()));
        for (auto found = rows->next(); found && *found; found = rows->next())
            text += std::string(rows->text(3)) + "\n";
        return base::Result<std::string>(text);
    }));
    CHECK(plan.find("COVERING INDEX") != std::string::npos);
}
