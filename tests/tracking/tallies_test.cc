#include "tracking/tallies.h"

#include "tests/catch.h"
#include "tests/tracking/tracked.h"

#include <fmt/format.h>

#include <map>

using tracked::Fixture;
using tracked::record;
using tracking::Outcome;
using tracking::Record;
using tracking::Stage;
using tracking::TallyKind;
using namespace std::chrono_literals;

namespace {

// 2027-01-15T08:00:00Z: the beginning of an hour.
constexpr base::Time start = tracked::start;

Record ended(Outcome outcome, base::Time at = start, std::string rule = "") {
    Record one = record("m", at);
    one.outcome = outcome;
    one.rule = std::move(rule);
    return one;
}

struct Counted : Fixture {
    std::map<std::string, std::uint64_t> counts(base::Time from, base::Time to) {
        std::map<std::string, std::uint64_t> sums;
        for (const auto& one : quarters(from, to))
            sums[std::string(tracking::name_of(one.outcome))] += one.records;
        return sums;
    }
    std::vector<tracking::QuarterCount> quarters(base::Time from, base::Time to) {
        return must(store->read_and_wait([&](database::Snapshot& snapshot) {
            return tracking::counts_between(snapshot, from, to);
        }));
    }
    tracking::Tallies tallies(
        TallyKind kind, base::Time from = start, base::Time to = start + 24h, std::size_t most = 20
    ) {
        return must(store->read_and_wait([&](database::Snapshot& snapshot) {
            return tracking::tallies_between(snapshot, kind, from, to, most);
        }));
    }
    std::string text(const tracking::Tallies& tallies) {
        std::string result;
        for (const auto& one : tallies.names)
            result += fmt::format("{}={} ", one.name, one.records);
        return result + fmt::format("others={}", tallies.others);
    }
    std::uint64_t prune_tallies(base::Time counts, base::Time addresses, int batch = 1000) {
        return must(store->write_and_wait([&](database::Transaction& transaction) {
            return tracking::prune_tallies(transaction, counts, addresses, batch);
        }));
    }
};

}  // namespace

TEST_CASE("Each copy is counted once in its quarter of an hour, however many batches bring it") {
    Counted store;
    store.write({ended(Outcome::relayed), ended(Outcome::relayed, start + 14min + 59s)});
    store.write({ended(Outcome::relayed, start + 15min), ended(Outcome::held, start + 1min)});
    store.write({ended(Outcome::relayed, start + 2min)});
    const auto quarters = store.quarters(start, start + 1h);
    REQUIRE(quarters.size() == 3);
    CHECK(quarters[0].begins == start);
    CHECK(quarters[0].outcome == Outcome::held);
    CHECK(quarters[1].records == 3);
    CHECK(quarters[2].begins == start + 15min);
    CHECK(store.counts(start, start + 15min)["relayed"] == 3);
    CHECK(store.counts(start + 15min, start + 30min)["relayed"] == 1);
    CHECK(store.counts(start - 1h, start).empty());
}

TEST_CASE("What the courier does later is not counted again") {
    Counted store;
    auto delivered = ended(Outcome::delivered);
    delivered.stage = Stage::delivery;
    store.write({ended(Outcome::queued), delivered});
    CHECK(store.counts(start, start + 1h) == std::map<std::string, std::uint64_t>{{"queued", 1}});
}

TEST_CASE("Rules are counted when they stood against a copy, senders and owners when it was held") {
    Counted store;
    auto blocked = ended(Outcome::refused, start, "blocked news@example.org");
    blocked.is_personal_block = true;
    auto notice = ended(Outcome::held, start, "Notices");
    notice.sender = "";
    store.write(
        {ended(Outcome::held, start, "Notices"),
         notice,
         ended(Outcome::rejected, start, "b"),
         ended(Outcome::relayed, start, "permitted"),
         ended(Outcome::deferred, start, "later"),
         ended(Outcome::refused),
         blocked}
    );
    CHECK(
        store.text(store.tallies(TallyKind::rule)) ==
        "Notices=2 b=1 blocked by the recipient=1 others=0"
    );
    CHECK(store.text(store.tallies(TallyKind::sender)) == "<>=1 news@example.org=1 others=0");
    CHECK(store.text(store.tallies(TallyKind::owner)) == "ada@example.test=2 others=0");
}

TEST_CASE("Names come with the most first, added up over the hours, the rest as others") {
    Counted store;
    for (int hour = 0; hour < 3; ++hour) {
        std::vector<Record> batch;
        for (int i = 0; i < 3; ++i) {
            auto one = ended(Outcome::held, start + std::chrono::hours(hour), "r");
            one.sender = fmt::format("S{}@example.org", i);
            for (int times = 0; times <= i; ++times) batch.push_back(one);
        }
        store.write(batch);
    }
    CHECK(
        store.text(store.tallies(TallyKind::sender, start, start + 24h, 2)) ==
        "s2@example.org=9 s1@example.org=6 others=3"
    );
    CHECK(
        store.text(store.tallies(TallyKind::sender, start + 1h, start + 2h)) ==
        "s2@example.org=3 s1@example.org=2 s0@example.org=1 others=0"
    );
}

TEST_CASE("A flood of names leaves a bounded number of rows, and no copy uncounted") {
    Counted store;
    constexpr int batches = 10;
    constexpr int names = 400;
    int number = 0;
    for (int i = 0; i < batches; ++i) {
        std::vector<Record> batch;
        for (int j = 0; j < names; ++j) {
            auto one = ended(Outcome::held, start, fmt::format("rule {}", number));
            one.sender = fmt::format("{}@flood.example", number++);
            batch.push_back(one);
        }
        store.write(batch);
    }
    const auto most = static_cast<std::int64_t>(tracking::names_per_hour_max);
    CHECK(store.count("SELECT count(*) FROM tracking_name WHERE kind = 'sender'") == most + 1);
    CHECK(store.count("SELECT count(*) FROM tracking_name WHERE kind = 'rule'") == most + 1);
    CHECK(
        store.count("SELECT sum(records) FROM tracking_name WHERE kind = 'sender'") ==
        batches * names
    );

    // A sender that begins when the hour is full of others is seen all the same.
    std::vector<Record> batch;
    for (int i = 0; i < 5; ++i) batch.push_back(ended(Outcome::held, start + 50min, "late"));
    store.write(batch);
    store.write(batch);
    CHECK(store.tallies(TallyKind::sender).names.front().name == "news@example.org");
    CHECK(store.tallies(TallyKind::sender).names.front().records == 10);
    CHECK(store.count("SELECT count(*) FROM tracking_name WHERE kind = 'sender'") == most + 1);
    CHECK(
        store.count("SELECT sum(records) FROM tracking_name WHERE kind = 'sender'") ==
        batches * names + 10
    );
}

TEST_CASE("A name may be any bytes and any length") {
    Counted store;
    auto odd = ended(Outcome::held, start, std::string("a\0b\xff", 4) + std::string(5000, 'x'));
    odd.sender = std::string("\xc3", 1) + std::string(5000, 'Y');
    store.write({odd});
    const auto rules = store.tallies(TallyKind::rule);
    REQUIRE(rules.names.size() == 1);
    CHECK(rules.names[0].name.starts_with("a b\xef\xbf\xbdxx"));
    CHECK(rules.names[0].name.size() < 400);
    CHECK(store.tallies(TallyKind::sender).names.at(0).name.size() < 400);
}

TEST_CASE("Since when there are counts is said, and none before the first") {
    Counted store;
    const auto since = [&] {
        return must(store.store->read_and_wait([](database::Snapshot& snapshot) {
            return tracking::counted_since(snapshot);
        }));
    };
    CHECK_FALSE(since());
    store.write({ended(Outcome::relayed, start + 20min)});
    CHECK(since() == start + 15min);
}

TEST_CASE("Old counts go a few at a time, those with addresses earlier") {
    Counted store;
    store.write({ended(Outcome::held, start, "r"), ended(Outcome::held, start + 2h, "r")});
    CHECK(store.prune_tallies(start, start) == 0);
    CHECK(store.prune_tallies(start, start + 1h) == 2);
    CHECK(store.text(store.tallies(TallyKind::owner)) == "ada@example.test=1 others=0");
    CHECK(store.text(store.tallies(TallyKind::rule)) == "r=2 others=0");
    CHECK(store.prune_tallies(start + 1h, start + 1h, 1) == 1);
    CHECK(store.prune_tallies(start + 1h, start + 1h, 1) == 1);
    CHECK(store.prune_tallies(start + 1h, start + 1h, 1) == 0);
    CHECK(store.counts(start, start + 24h)["held"] == 1);
}
