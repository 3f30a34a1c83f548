#include "portal/jobs.h"

#include "portal/act_runner.h"
#include "portal/reach.h"
#include "tests/catch.h"
#include "tests/portal/house.h"

#include <boost/asio/io_context.hpp>

#include <thread>

using house::Browser;
using house::House;
using policy::SenderList;
using quarantine::HoldState;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

const std::string ada = "ada@example.test";
const std::string ben = "ben@example.test";

json::object order(const std::string& action, json::object match, json::object more = {}) {
    more["action"] = json::string(action);
    more["match"] = std::move(match);
    return more;
}

// The job once it has ended. Fails after half a minute.
house::Answer ended(Browser& browser, const std::string& id) {
    for (int i = 0; i < 3000; ++i) {
        auto job = browser.get("/jobs/" + id);
        REQUIRE(job.status == 200);
        if (job.text("state") != "running") return job;
        std::this_thread::sleep_for(10ms);
    }
    FAIL("the job does not end");
    return {};
}

house::Answer run_job(Browser& browser, const json::object& what) {
    const auto started = browser.post("/holds/act", what);
    INFO(started.whole);
    REQUIRE(started.status == 202);
    return ended(browser, started.text("id"));
}

void add_many(House& house, int count, const house::Mail& mail = {}) {
    house.hold_many(mail, count);
}

std::int64_t count_of(House& house, std::string_view sql) {
    return must(
        house.store->read_and_wait([&](database::Snapshot& snapshot) -> base::Result<std::int64_t> {
            auto rows = snapshot.query(sql);
            if (!rows) return base::failure(rows.error());
            if (auto found = rows->next(); !found) return base::failure(found.error());
            return rows->integer(0);
        })
    );
}

// A job of ada's on everything of hers, as the portal writes it down.
quarantine::ActRecord job_for(House& house, portal::Act act) {
    portal::ActPlan plan;
    plan.act = act;
    plan.client = "192.0.2.9";
    plan.match.emplace();
    quarantine::ActRecord record;
    record.id = base::random_id(house.random);
    record.is_job = true;
    record.who = ada;
    record.progress = portal::to_text(portal::ActProgress());
    record.started_at = house.clock.now();
    record.row = must(house.store->write_and_wait([&](database::Transaction& transaction) {
        plan.match->mails_up_to = must(quarantine::newest_mail(transaction));
        record.plan = portal::to_text(plan);
        return quarantine::add_act(transaction, record);
    }));
    return record;
}

quarantine::ActRecord record_of(House& house, std::int64_t row) {
    return must(house.store->read_and_wait([&](database::Snapshot& snapshot) {
        return quarantine::act_in_row(snapshot, row);
    }));
}

}  // namespace

TEST_CASE("A job acts on all that match, says so, and can be taken back as one") {
    House house;
    house.add_person(ada);
    add_many(house, 430, {.subject = "bulk"});
    const std::string other = house.hold({.subject = "keep"});
    Browser browser(house);
    browser.sign_in(ada);
    const auto started =
        browser.post("/holds/act", order("release", {{"scope", "mine"}, {"subject", "bulk"}}));
    REQUIRE(started.status == 202);
    CHECK(started.body.at("total") == 430);
    CHECK(started.body.at("total_is_exact") == true);
    CHECK(started.text("text") == "all with the subject “bulk”");
    CHECK(started.body.at("match").at("subject") == "bulk");
    const auto job = ended(browser, started.text("id"));
    CHECK(job.text("state") == "done");
    CHECK(job.body.at("done") == 430);
    CHECK(job.body.at("problems") == 0);
    CHECK(job.text("summary") == "Released 430 messages.");
    CHECK(job.text("undo_until") == base::to_rfc3339(house.clock.now() + 10s));
    CHECK(house.state_of(other) == HoldState::held);
    CHECK(count_of(house, "SELECT count(*) FROM outbox") == 430);
    CHECK(house.take_due(house.clock.now() + 10s).empty());

    const auto undone = browser.post("/jobs/" + started.text("id") + "/undo", json::object());
    REQUIRE(undone.status == 200);
    CHECK(undone.text("state") == "undone");
    CHECK(undone.text("summary") == "Took back 430 messages.");
    CHECK(count_of(house, "SELECT count(*) FROM outbox") == 0);
    CHECK(count_of(house, "SELECT count(*) FROM hold WHERE state = 'held'") == 431);
    CHECK(count_of(house, "SELECT count(*) FROM act_done") == 0);
    CHECK(browser.post("/jobs/" + started.text("id") + "/undo", json::object()).status == 409);
    const auto jobs = browser.get("/jobs");
    CHECK(jobs.body.at("jobs").as_array().size() == 1);
}

TEST_CASE("What a job released leaves ten seconds after its end") {
    House house;
    house.add_person(ada);
    add_many(house, 230);
    Browser browser(house);
    browser.sign_in(ada);
    const auto job = run_job(browser, order("release", {}));
    CHECK(job.body.at("done") == 230);
    CHECK(house.take_due(house.clock.now() + 10s).empty());
    CHECK(house.take_due(house.clock.now() + 13s).size() == 230);
    CHECK(house.woken > 0);
    house.clock.advance(10s + 1ms);
    const auto late = browser.post("/jobs/" + job.text("id") + "/undo", json::object());
    CHECK(late.status == 409);
}

TEST_CASE("Mail that comes after a job has begun is not its business") {
    House house;
    house.add_person(ada);
    add_many(house, 250);
    const auto record = job_for(house, {portal::Action::reject});
    const std::string later = house.hold();
    house.restart();  // The runner finds the job.
    Browser browser(house);
    browser.sign_in(ada);
    CHECK(ended(browser, record.id).body.at("done") == 250);
    CHECK(house.state_of(later) == HoldState::held);
}

TEST_CASE("A job that is killed at any step goes on, and does everything once") {
    constexpr int holds = 205;  // two batches
    const portal::Act act{portal::Action::release, portal::SenderChange::permit_sender};
    bool is_over = false;
    int steps = 0;
    for (; !is_over; ++steps) {
        House house;
        house.add_person(ada);
        add_many(house, holds);
        house.portal.reset();
        const auto record = job_for(house, act);
        {
            boost::asio::io_context loop{1};
            portal::Workers workers{1, 4};
            portal::ActRunner runner(
                loop, *house.store, *house.log, house.clock, house.random, workers, [] {}
            );
            runner.use(std::make_shared<const conf::Settings>(house.settings));
            runner.start();
            for (int step = 0; step < steps; ++step) loop.run_one();
            is_over = record_of(house, record.row).state == quarantine::ActState::done;
            // Killed: nothing of this process goes on, what was committed stays.
            house.store->close();
        }
        house.restart();
        Browser browser(house);
        browser.sign_in(ada);
        const auto job = ended(browser, record.id);
        INFO("after " << steps << " steps: " << job.whole);
        CHECK(job.text("state") == "done");
        CHECK(job.body.at("done") == holds);
        CHECK(job.body.at("problems") == 0);
        CHECK(
            job.text("summary") == "Released 205 messages. news@letters.example is now permitted."
        );
        CHECK(count_of(house, "SELECT count(*) FROM outbox") == holds);
        CHECK(count_of(house, "SELECT count(*) FROM audit WHERE act = 'hold.released'") == holds);
        CHECK(count_of(house, "SELECT count(*) FROM hold_event WHERE act = 'released'") == holds);
        CHECK(count_of(house, "SELECT count(*) FROM act_done") == holds);
        // Taken back to the last, in spite of what happened.
        const auto undone = browser.post("/jobs/" + record.id + "/undo", json::object());
        CHECK(undone.text("summary") == "Took back 205 messages.");
        CHECK(house.entries(ada, SenderList::permitted).empty());
        REQUIRE(steps < 200);
    }
    CHECK(steps > 5);
}

TEST_CASE("An undo that is killed goes on, and the mail does not leave meanwhile") {
    House house;
    house.add_person(ada);
    add_many(house, 250);
    Browser browser(house);
    browser.sign_in(ada);
    const auto job = run_job(browser, order("release", {}));
    house.portal.reset();
    must(house.store->write_and_wait([&](database::Transaction& transaction) {
        return portal::begin_undo(transaction, ada, job.text("id"), house.clock.now());
    }));
    CHECK(house.take_due(house.clock.now() + 30s).empty());
    const auto row = count_of(house, "SELECT row FROM act WHERE is_job = 1");
    const auto rules = portal::act_rules_of(house.settings);
    const bool over = must(house.store->write_and_wait([&](database::Transaction& transaction) {
        return portal::undo_some(
            transaction, {ada, "local", House::reach_of(ada)}, rules, row, 200, house.clock.now()
        );
    }));
    CHECK_FALSE(over);
    house.restart();
    Browser after(house);
    after.sign_in(ada);
    for (int i = 0; i < 3000 && after.get("/jobs/" + job.text("id")).text("state") != "undone"; ++i)
        std::this_thread::sleep_for(10ms);
    CHECK(after.get("/jobs/" + job.text("id")).text("summary") == "Took back 250 messages.");
    CHECK(count_of(house, "SELECT count(*) FROM hold WHERE state = 'held'") == 250);
}

TEST_CASE("One job of a person at a time, and each sees their own only") {
    House house;
    house.add_person(ada);
    house.add_person(ben);
    add_many(house, 3);
    add_many(house, 2, {.owner = ben});
    Browser browser(house);
    browser.sign_in(ada);
    Browser bens(house);
    bens.sign_in(ben);
    // At work, but nobody carries it out: the runner is not told.
    const auto record = job_for(house, {portal::Action::reject});
    const auto second = browser.post("/holds/act", order("release", {}));
    CHECK(second.status == 409);
    CHECK(second.text("job") == record.id);
    CHECK(bens.get("/jobs/" + record.id).status == 404);
    CHECK(bens.post("/jobs/" + record.id + "/cancel", json::object()).status == 404);
    CHECK(bens.post("/jobs/" + record.id + "/undo", json::object()).status == 404);
    CHECK(bens.get("/jobs").body.at("jobs").as_array().empty());
    // Ben's wakes the runner, which then sees to both.
    CHECK(run_job(bens, order("release", {})).body.at("done") == 2);
    CHECK(ended(browser, record.id).body.at("done") == 3);
}

TEST_CASE("A cancelled job keeps what it did, and that can be taken back") {
    House house;
    house.add_person(ada);
    add_many(house, 3);
    Browser browser(house);
    browser.sign_in(ada);
    const auto record = job_for(house, {portal::Action::reject});
    const auto cancelled = browser.post("/jobs/" + record.id + "/cancel", json::object());
    REQUIRE(cancelled.status == 200);
    CHECK(cancelled.text("state") == "cancelled");
    CHECK(cancelled.text("summary") == "Rejected 0 messages. Then it was cancelled.");
    CHECK(cancelled.body.at("undo_until").is_null());
    CHECK(count_of(house, "SELECT count(*) FROM hold WHERE state = 'held'") == 3);
    // Again is no mistake, and after the end nothing changes.
    const auto again = browser.post("/jobs/" + record.id + "/cancel", json::object());
    CHECK(again.status == 200);
    CHECK(again.text("state") == "cancelled");
}

TEST_CASE("A right that is taken away in the middle ends the job") {
    House house;
    house.add_person(ada, accounts::Role::administrator);
    house.add_person(ben);
    add_many(house, 5, {.owner = ben});
    Browser browser(house);
    browser.sign_in(ada);
    const auto started = browser.post("/holds/act", order("reject", {{"scope", "all"}}));
    REQUIRE(started.status == 202);
    CHECK(ended(browser, started.text("id")).body.at("done") == 5);

    add_many(house, 5, {.owner = ben});
    house.portal.reset();
    auto record = job_for(house, {portal::Action::reject});
    must(house.store->write_and_wait([&](database::Transaction& transaction) -> base::Result<void> {
        auto plan = must(portal::plan_in(record.plan));
        plan.match->scope = quarantine::Scope::all;
        const std::string text = portal::to_text(plan);
        auto changed =
            transaction.execute("UPDATE act SET plan = ? WHERE row = ?", {text, record.row});
        if (!changed) return base::failure(changed.error());
        changed = transaction.execute("UPDATE account SET role = 'user' WHERE address = ?", {ada});
        if (!changed) return base::failure(changed.error());
        return {};
    }));
    house.restart();
    const auto job = ended(browser, record.id);
    CHECK(job.text("state") == "failed");
    CHECK(
        job.text("summary") ==
        "Rejected 0 messages. Only administrators may act on all mail; the rest is untouched."
    );
    CHECK(count_of(house, "SELECT count(*) FROM hold WHERE state = 'held'") == 5);
}

TEST_CASE("A job and a single act on the same hold: one of them decides") {
    House house;
    house.add_person(ada);
    const std::vector<std::string> ids = house.hold_many({}, 300);
    Browser browser(house);
    browser.sign_in(ada);
    const auto started = browser.post("/holds/act", order("release", {}));
    REQUIRE(started.status == 202);
    // Newest first is the job's order: these are among its last, or not reached yet.
    std::uint64_t rejected = 0;
    for (int i = 0; i < 20; ++i) {
        const auto answer = browser.act("reject", {ids[static_cast<std::size_t>(i)]});
        rejected += answer.body.at("count").to_number<std::uint64_t>();
    }
    const auto job = ended(browser, started.text("id"));
    const auto released = job.body.at("done").to_number<std::uint64_t>();
    CHECK(released + rejected == 300);
    CHECK(count_of(house, "SELECT count(*) FROM outbox") == static_cast<std::int64_t>(released));
    CHECK(
        count_of(house, "SELECT count(*) FROM hold WHERE state = 'rejected'") ==
        static_cast<std::int64_t>(rejected)
    );
}

TEST_CASE("Of many reports the security team gets the first") {
    House house;
    house.add_person(ada);
    add_many(house, 70);
    Browser browser(house);
    browser.sign_in(ada);
    const auto job = run_job(browser, order("report", {}, {{"as", "phishing"}}));
    CHECK(job.body.at("done") == 70);
    CHECK(job.text("as") == "phishing");
    const std::int64_t sent = count_of(house, "SELECT count(*) FROM outbox");
    CHECK(sent >= 50);
    CHECK(sent < 70);
    CHECK(
        job.text("summary") ==
        fmt::format(
            "Reported 70 messages as phishing. news@letters.example is now blocked. "
            "The security team got {} of them.",
            sent
        )
    );
    const auto undone = browser.post("/jobs/" + job.text("id") + "/undo", json::object());
    CHECK(undone.text("summary") == "Took back 70 messages.");
    CHECK(count_of(house, "SELECT count(*) FROM outbox") == 0);
    CHECK(house.entries(ada, SenderList::blocked).empty());
}

TEST_CASE("Old jobs and what acts did are forgotten, and nothing else is") {
    House house;
    house.add_person(ada);
    add_many(house, 3);
    Browser browser(house);
    browser.sign_in(ada);
    const auto job = run_job(browser, order("reject", {}));
    const std::string id = house.hold();
    browser.act("reject", {id});
    const auto expire = [&](base::Time now) {
        must(house.store->write_and_wait([&](database::Transaction& transaction) {
            return quarantine::forget_acts(transaction, now, 100, 24h);
        }));
    };
    expire(house.clock.now());
    CHECK(count_of(house, "SELECT count(*) FROM act_done") == 4);
    expire(house.clock.now() + 11s);
    CHECK(count_of(house, "SELECT count(*) FROM act_done") == 0);
    CHECK(count_of(house, "SELECT count(*) FROM act") == 1);
    CHECK(browser.get("/jobs/" + job.text("id")).status == 200);
    expire(house.clock.now() + 25h);
    CHECK(count_of(house, "SELECT count(*) FROM act") == 0);
}
