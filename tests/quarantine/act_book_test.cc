#include "quarantine/act_book.h"

#include "tests/catch.h"
#include "tests/quarantine/held.h"

using base::ErrorKind;
using held::anna;
using held::bert;
using held::Fixture;
using held::start;
using quarantine::ActState;
using quarantine::HoldState;
using namespace std::chrono_literals;

namespace {

quarantine::ActRecord record(const std::string& id, const std::string& who, bool is_job) {
    quarantine::ActRecord act;
    act.id = id;
    act.who = who;
    act.is_job = is_job;
    act.plan = "{}";
    act.progress = "{}";
    act.started_at = start;
    return act;
}

base::Result<std::int64_t> add(Fixture& fixture, const quarantine::ActRecord& act) {
    return fixture.write([&](database::Transaction& transaction) {
        return quarantine::add_act(transaction, act);
    });
}

void save(Fixture& fixture, const quarantine::ActRecord& act) {
    must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::save_act(transaction, act);
    }));
}

// Releases the hold as a part of the act.
void release(Fixture& fixture, std::int64_t act, const std::string& id, base::Time due) {
    must(fixture.write([&](database::Transaction& transaction) -> base::Result<void> {
        auto done = quarantine::release(transaction, Fixture::actor(anna), id, start, due);
        if (!done) return done;
        return quarantine::note_done(transaction, act, id, start, "effect of " + id);
    }));
}

std::vector<quarantine::DoneHold> done_holds(Fixture& fixture, std::int64_t act, int limit = 100) {
    return must(fixture.read([&](database::Snapshot& snapshot) {
        return quarantine::done_holds(snapshot, act, limit);
    }));
}

}  // namespace

TEST_CASE("A person has one job at work, and other acts beside it") {
    Fixture fixture;
    auto first = record("job1", anna, true);
    first.row = must(add(fixture, first));
    const auto second = add(fixture, record("job2", anna, true));
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::conflict);
    CHECK(second.error().text == "job1");
    CHECK(add(fixture, record("act1", anna, false)));
    CHECK(add(fixture, record("job3", bert, true)));
    for (const auto state : {ActState::ending, ActState::undoing}) {
        first.state = state;
        save(fixture, first);
        CHECK_FALSE(add(fixture, record("job4", anna, true)));
    }
    first.state = ActState::done;
    first.progress = R"({"done":3})";
    first.finished_at = start + 1s;
    first.undo_until = start + 11s;
    save(fixture, first);
    CHECK(add(fixture, record("job4", anna, true)));
    fixture.reopen();
    const auto found = must(fixture.read([&](database::Snapshot& snapshot) {
        return quarantine::find_act(snapshot, anna, "job1");
    }));
    CHECK(found.state == ActState::done);
    CHECK(found.progress == R"({"done":3})");
    CHECK(found.finished_at == start + 1s);
    CHECK(found.undo_until == start + 11s);
    CHECK_FALSE(fixture.read([&](database::Snapshot& snapshot) {
        return quarantine::find_act(snapshot, bert, "job1");
    }));
    const auto jobs = must(fixture.read([&](database::Snapshot& snapshot) {
        return quarantine::jobs_of(snapshot, anna, 10);
    }));
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].id == "job4");
}

TEST_CASE("Twenty jobs of a person are kept") {
    Fixture fixture;
    for (int i = 0; i < 30; ++i) {
        auto job = record("job" + std::to_string(i), anna, true);
        job.row = must(add(fixture, job));
        job.state = ActState::done;
        job.finished_at = start;
        save(fixture, job);
    }
    CHECK(fixture.number("SELECT count(*) FROM act") == 20);
    CHECK(fixture.number("SELECT count(*) FROM act WHERE id = 'job9'") == 0);
    CHECK(fixture.number("SELECT count(*) FROM act WHERE id = 'job10'") == 1);
}

TEST_CASE("What an act did stands until somebody decides anew") {
    Fixture fixture;
    const auto act = must(add(fixture, record("act", anna, false)));
    const auto one = fixture.add();
    const auto two = fixture.add();
    const auto gone = fixture.add();
    for (const auto& id : {one, two, gone}) release(fixture, act, id, start + 1h);
    REQUIRE(fixture.undo(Fixture::actor(anna), two, start + 1s));
    REQUIRE(fixture.reject(Fixture::actor(anna), two, start + 2s));
    fixture.run("DELETE FROM outbox WHERE hold = (SELECT row FROM hold WHERE id = '" + gone + "')");
    fixture.run("DELETE FROM hold WHERE id = '" + gone + "'");
    const auto holds = done_holds(fixture, act);
    REQUIRE(holds.size() == 3);
    CHECK(holds[0].hold_id == one);
    CHECK(holds[0].effect == "effect of " + one);
    CHECK(holds[0].stands);
    CHECK_FALSE(holds[1].stands);
    CHECK(holds[2].hold_id.empty());
    CHECK_FALSE(holds[2].stands);
    must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::forget_done(transaction, act, holds[1].hold);
    }));
    CHECK(done_holds(fixture, act).size() == 1);
}

TEST_CASE("What an act released can be let go in parts, but not what the courier has") {
    Fixture fixture;
    const auto act = must(add(fixture, record("act", anna, true)));
    const auto other = must(add(fixture, record("other", bert, true)));
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(fixture.add());
        release(fixture, i < 4 ? act : other, ids.back(), i == 0 ? start : start + 1h);
    }
    REQUIRE(fixture.take_due(start).size() == 1);
    std::optional<std::int64_t> after = 0;
    int parts = 0;
    while (after) {
        after = must(fixture.write([&](database::Transaction& transaction) {
            return quarantine::set_due(transaction, act, *after, 3, start + 10s);
        }));
        ++parts;
    }
    CHECK(parts == 3);
    CHECK(fixture.take_due(start + 9s).empty());
    CHECK(fixture.take_due(start + 10s).size() == 3);
    CHECK(fixture.take_due(start + 59min).empty());
}

TEST_CASE("Acts that were cut short end at the next start, jobs go on") {
    Fixture fixture;
    const auto act = must(add(fixture, record("act", anna, false)));
    const auto job = must(add(fixture, record("job", anna, true)));
    must(fixture.write([&](database::Transaction& transaction) {
        return quarantine::end_cut_short(transaction);
    }));
    const auto state_of = [&](std::int64_t row) {
        return must(fixture.read([&](database::Snapshot& snapshot) {
                   return quarantine::act_in_row(snapshot, row);
               })
        ).state;
    };
    CHECK(state_of(act) == ActState::ending);
    CHECK(state_of(job) == ActState::running);
    const auto at_work = must(fixture.read([&](database::Snapshot& snapshot) {
        return quarantine::acts_at_work(snapshot);
    }));
    CHECK(at_work == std::vector<std::int64_t>{act, job});
}

TEST_CASE("A filter that lets few through is looked for in parts, and finds each once") {
    Fixture fixture;
    std::vector<std::string> wanted;
    for (int i = 0; i < 60; ++i) {
        const bool is_rare = i % 20 == 7;
        const auto id = fixture.add(
            {.subject = is_rare ? "a needle" : "straw", .received_at = start + i * 1s},
            {.owner = i % 2 == 0 ? anna : bert}
        );
        if (is_rare) wanted.push_back(id);
        if (i % 3 == 0) REQUIRE(fixture.reject({"root", Fixture::everything()}, id, start));
    }
    for (const auto order : {quarantine::Order::newest_first, quarantine::Order::oldest_first}) {
        for (const bool by_search : {false, true}) {
            quarantine::HoldFilter filter;
            filter.scope = quarantine::Scope::all;
            filter.states.clear();
            filter.subject = "NEEDLE";
            if (by_search) filter.search = "newsletter";
            filter.order = order;
            filter.looked_at_max = 7;
            std::vector<std::string> found;
            std::string cursor;
            int pages = 0;
            do {
                const auto page = fixture.list(Fixture::everything(), filter, cursor, 2);
                for (const auto& hold : page.holds) found.push_back(hold.id);
                cursor = page.next;
                REQUIRE(++pages < 60);
            } while (!cursor.empty());
            INFO("order " << static_cast<int>(order) << ", search " << by_search);
            CHECK(pages > 3);
            auto expected = wanted;
            if (order == quarantine::Order::newest_first) std::ranges::reverse(expected);
            CHECK(found == expected);
        }
    }
}

TEST_CASE("What is stored after a mark is not behind it") {
    Fixture fixture;
    const auto before = fixture.add({.received_at = start + 1h});
    const auto mark = must(fixture.read([](database::Snapshot& snapshot) {
        return quarantine::newest_mail(snapshot);
    }));
    // Received earlier, stored later: a long transmission.
    fixture.add({.received_at = start});
    quarantine::HoldFilter filter;
    filter.mails_up_to = mark;
    const auto page = must(fixture.read([&](database::Snapshot& snapshot) {
        return quarantine::list_ids(snapshot, Fixture::reach_of(anna), filter, "", 10);
    }));
    CHECK(page.ids == std::vector<std::string>{before});
    CHECK(page.next.empty());
}
