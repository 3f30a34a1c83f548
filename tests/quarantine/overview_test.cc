#include "quarantine/overview.h"

#include "quarantine/waiting.h"
#include "tests/catch.h"
#include "tests/quarantine/held.h"

using held::Fixture;
using held::start;
using namespace std::chrono_literals;

namespace {

const std::string anna = "anna@example.test";
const std::string ben = "ben@example.test";

struct Seen : Fixture {
    std::string add_at(base::Time at, held::Hold hold = {}) {
        held::Mail mail;
        mail.received_at = at;
        return add(mail, hold);
    }
    quarantine::Overview look(
        const std::vector<std::string>& owners, quarantine::OverviewTimes times
    ) {
        return must(read([&](database::Snapshot& snapshot) {
            return quarantine::overview(snapshot, owners, times);
        }));
    }
    std::vector<quarantine::WaitingSpan> waiting(base::Time now) {
        return must(read([&](database::Snapshot& snapshot) {
            return quarantine::waiting_by_age(snapshot, now);
        }));
    }
    void decide(const std::string& id, base::Time at, bool is_release) {
        quarantine::Actor actor{anna, {}};
        actor.reach.owners = {anna, ben};
        must(write([&](database::Transaction& transaction) {
            return is_release ? quarantine::release(transaction, actor, id, at, at)
                              : quarantine::reject(transaction, actor, id, at);
        }));
    }
};

}  // namespace

TEST_CASE("An overview counts a person's own holds by their dates") {
    Seen store;
    store.add_at(start - 3 * 24h, {.expires_at = start + 24h});
    store.add_at(start - 1h);
    store.add_at(start, {.owner = ben});
    store.add_at(start, {.kind = mail::HoldKind::administrator});
    store.add_at(start, {.owner = "carl@example.test"});
    const quarantine::OverviewTimes times{start - 2h, start + 48h, start - 24h};
    const auto of_anna = store.look({anna}, times);
    CHECK(of_anna.fresh == 1);
    CHECK(of_anna.expiring_soon == 1);
    CHECK(of_anna.is_exact);
    const auto of_both = store.look({anna, ben}, times);
    CHECK(of_both.fresh == 2);
    CHECK(of_both.expiring_soon == 1);
    CHECK(store.look({}, times).fresh == 0);
}

TEST_CASE("An overview counts what was decided since a time, by the decision") {
    Seen store;
    store.decide(store.add_at(start - 5 * 24h), start, true);
    store.decide(store.add_at(start - 5 * 24h), start - 3 * 24h, true);
    store.decide(store.add_at(start - 4 * 24h), start, false);
    store.decide(store.add_at(start - 4 * 24h, {.owner = ben}), start, false);
    must(store.write([&](database::Transaction& transaction) -> base::Result<void> {
        for (const auto at : {start, start - 5 * 24h}) {
            quarantine::Rejected rejected;
            rejected.at = at;
            rejected.recipient = anna;
            if (auto added = quarantine::add_rejected(transaction, rejected); !added) return added;
        }
        return {};
    }));
    const auto seen = store.look({anna}, {start, start, start - 24h});
    CHECK(seen.released == 1);
    CHECK(seen.rejected == 1);
    CHECK(seen.reported == 0);
    CHECK(seen.refused == 1);
    CHECK(seen.is_exact);
    CHECK(store.look({anna, ben}, {start, start, start - 24h}).rejected == 2);
}

TEST_CASE("What is due first says since when") {
    Seen store;
    const auto due = [&](base::Time now) {
        return must(store.read([&](database::Snapshot& snapshot) {
            return quarantine::due_since(snapshot, now);
        }));
    };
    CHECK_FALSE(due(start));
    store.decide(store.add_at(start), start + 10s, true);
    CHECK_FALSE(due(start));
    CHECK(due(start + 1min) == start + 10s);
}

TEST_CASE("Holds that wait are counted by the age of their mail") {
    Seen store;
    for (const auto age : {-1h, 1h, 23h, 25h, 80h, 24h * 10, 24h * 20, 24h * 90})
        store.add_at(start - age);
    store.decide(store.add_at(start), start, false);
    std::vector<std::uint64_t> counts;
    for (const auto& span : store.waiting(start)) counts.push_back(span.count);
    CHECK(counts == std::vector<std::uint64_t>{3, 1, 1, 1, 2});
    CHECK(store.waiting(start).back().from_days == 14);
    CHECK_FALSE(store.waiting(start).back().to_days);
}
