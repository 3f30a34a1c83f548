#include "base/async.h"
#include "database/store.h"
#include "tests/catch.h"
#include "tests/database/notes.h"
#include "tests/database/scratch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <future>
#include <thread>

using base::ErrorKind;
using database::Snapshot;
using database::Store;
using database::Transaction;

namespace {

// Holds the writer until told, so that what comes meanwhile is one group.
struct Gate {
    std::promise<void> reached;
    std::promise<void> opened;

    base::Result<void> pass() {
        reached.set_value();
        opened.get_future().wait();
        return {};
    }
};

struct Counts {
    int added = 0;
    int conflicts = 0;
    int others = 0;
    bool always_on_loop = true;
};

base::Task<> add_note(Store& store, std::string text, std::thread::id loop, Counts& counts) {
    auto job = [text](Transaction& transaction) { return notes::add(transaction, text); };
    auto added = co_await store.write(std::move(job));
    if (std::this_thread::get_id() != loop) counts.always_on_loop = false;
    if (added)
        ++counts.added;
    else if (added.error().kind == ErrorKind::conflict)
        ++counts.conflicts;
    else
        ++counts.others;
}

base::Task<> read_notes(Store& store, std::size_t& found) {
    auto job = [](Snapshot& snapshot) { return notes::all(snapshot); };
    auto texts = co_await store.read(std::move(job));
    found = texts ? texts->size() : 0;
}

}  // namespace

TEST_CASE("A thousand coroutines write through groups and resume on their own loop") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    base::asio::io_context loop;
    Counts counts;
    for (int i = 0; i < 1000; ++i)
        co_spawn(
            loop,
            add_note(*store, "note " + std::to_string(i % 800), std::this_thread::get_id(), counts),
            base::asio::detached
        );
    loop.run();
    CHECK(counts.added == 800);
    CHECK(counts.conflicts == 200);
    CHECK(counts.others == 0);
    CHECK(counts.always_on_loop);

    loop.restart();
    std::size_t found = 0;
    co_spawn(loop, read_notes(*store, found), base::asio::detached);
    loop.run();
    CHECK(found == 800);
}

TEST_CASE("In a group a job's error, or its exception, undoes that job alone") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    Gate gate;
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        (void)store->write_and_wait([&](Transaction&) { return gate.pass(); });
    });
    gate.reached.get_future().wait();

    base::Result<std::int64_t> good;
    base::Result<void> bad;
    base::Result<void> thrown;
    threads.emplace_back([&] { good = notes::add_to(*store, "good"); });
    threads.emplace_back([&] {
        bad = store->write_and_wait([](Transaction& transaction) -> base::Result<void> {
            if (auto added = notes::add(transaction, "bad"); !added)
                return base::failure(added.error());
            return base::failure(ErrorKind::invalid, "changed its mind");
        });
    });
    threads.emplace_back([&] {
        thrown = store->write_and_wait([](Transaction& transaction) -> base::Result<void> {
            if (auto added = notes::add(transaction, "thrown"); !added)
                return base::failure(added.error());
            throw std::runtime_error("a bug");
        });
    });
    gate.opened.set_value();
    for (auto& thread : threads) thread.join();

    CHECK(good);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().kind == ErrorKind::invalid);
    REQUIRE_FALSE(thrown);
    CHECK(thrown.error().kind == ErrorKind::trouble);
    CHECK(thrown.error().text.find("a bug") != std::string::npos);
    CHECK(notes::all_in(*store) == std::vector<std::string>{"good"});
    CHECK(store->accepts_writes());
}

TEST_CASE("A job that ends the transaction by itself costs the group, and the store recovers") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    auto broken = store->write_and_wait([](Transaction& transaction) -> base::Result<void> {
        if (auto added = notes::add(transaction, "lost"); !added)
            return base::failure(added.error());
        if (auto ended = transaction.execute("ROLLBACK"); !ended)
            return base::failure(ended.error());
        return {};
    });
    CHECK_FALSE(broken);
    CHECK(notes::add_to(*store, "after"));
    CHECK(notes::all_in(*store) == std::vector<std::string>{"after"});
}

TEST_CASE("Nobody sees a group before its commit") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    Gate gate;
    std::thread writing([&] {
        (void)store->write_and_wait([&](Transaction& transaction) -> base::Result<void> {
            if (auto added = notes::add(transaction, "in flight"); !added)
                return base::failure(added.error());
            return gate.pass();
        });
    });
    gate.reached.get_future().wait();
    CHECK(notes::all_in(*store).empty());
    gate.opened.set_value();
    writing.join();
    CHECK(notes::all_in(*store).size() == 1);
}

TEST_CASE("A full queue answers limit instead of growing") {
    const Scratch scratch;
    database::StoreSettings settings;
    settings.file = scratch.store_file();
    settings.jobs_waiting_max = 3;
    auto opened = Store::open(settings, notes::first, quiet());
    REQUIRE(opened);
    Store& store = **opened;
    Gate gate;
    std::thread holding([&] {
        (void)store.write_and_wait([&](Transaction&) { return gate.pass(); });
    });
    gate.reached.get_future().wait();

    base::asio::io_context loop;
    Counts counts;
    for (int i = 0; i < 5; ++i)
        co_spawn(
            loop,
            add_note(store, std::to_string(i), std::this_thread::get_id(), counts),
            base::asio::detached
        );
    // Starts all five and takes in the two refusals; the other three wait for the gate.
    while (counts.others < 2) loop.run_one();
    CHECK(counts.others == 2);
    CHECK(counts.added == 0);
    gate.opened.set_value();
    loop.run();
    holding.join();
    CHECK(counts.added == 3);
}

TEST_CASE("A loop that stops before its writes are done leaves nothing behind") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    Counts counts;
    {
        base::asio::io_context loop;
        for (int i = 0; i < 50; ++i)
            co_spawn(
                loop,
                add_note(*store, std::to_string(i), std::this_thread::get_id(), counts),
                base::asio::detached
            );
        for (int i = 0; i < 50; ++i) loop.run_one();
        loop.stop();
        store->close();
    }
    CHECK(counts.added <= 50);
    store.reset();
    const auto again = open_store(scratch.store_file(), notes::first);
    CHECK(notes::all_in(*again).size() == 50);
}

TEST_CASE("A read sees one state however much is written meanwhile, and cannot write") {
    const Scratch scratch;
    auto store = open_store(scratch.store_file(), notes::first);
    REQUIRE(notes::add_to(*store, "before"));
    auto seen = store->read_and_wait([&](Snapshot& snapshot) -> base::Result<bool> {
        auto first = notes::all(snapshot);
        if (!first) return base::failure(first.error());
        if (auto added = notes::add_to(*store, "meanwhile"); !added)
            return base::failure(added.error());
        auto second = notes::all(snapshot);
        if (!second) return base::failure(second.error());
        return *first == *second;
    });
    REQUIRE(seen);
    CHECK(*seen);
    CHECK(notes::all_in(*store).size() == 2);
    const auto written = store->read_and_wait([](Snapshot& snapshot) -> base::Result<bool> {
        auto rows = snapshot.query("DELETE FROM note");
        if (!rows) return base::failure(rows.error());
        return rows->next();
    });
    CHECK_FALSE(written);
    CHECK(notes::all_in(*store).size() == 2);
}
