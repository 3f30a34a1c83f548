// Room: quarantine
// What the store costs: mails a second, alone and in groups; a page of a list, a search and the
// look-up of one hold beside many holds of others; one release; a big message in and out.
//
//   bench_store [HOLDS]      holds of others, default 100000

#include "base/ensure.h"
#include "database/store.h"
#include "quarantine/hold_store.h"
#include "quarantine/message.h"
#include "tests/must.h"

#include <stdlib.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using std::chrono::steady_clock;

const std::string anna = "anna@example.test";
constexpr base::Time start = base::Time(std::chrono::milliseconds(1'800'000'000'000));

std::string message(int number) {
    return "Subject: number " + std::to_string(number) + "\r\n\r\n" + std::string(4000, 'x') +
           std::to_string(number) + "\r\n";
}

// A mail of 4 KB with one hold, as the gateway stores it.
base::Result<std::int64_t> add(
    database::Transaction& transaction, int number, const std::string& owner, int at
) {
    const auto bytes = mail::MessageBytes::of(message(number));
    quarantine::ReceivedMail mail;
    mail.mail_id = "m" + std::to_string(number);
    mail.bytes = &bytes;
    mail.received_at = start + std::chrono::milliseconds(at);
    mail.subject = "Offer number " + std::to_string(number);
    mail.header_from_address = "news" + std::to_string(number % 1000) + "@example.org";
    mail.text = "a common word and word" + std::to_string(number % 5000) + " of many";
    auto row = quarantine::store_mail(transaction, mail);
    if (!row) return row;
    const quarantine::NewHold hold{
        .id = owner + std::to_string(number),
        .recipient = {must(mail::Address::parse(owner)), "", ""},
        .kind = mail::HoldKind::user,
        .moderators = {},
        .rule = "bulk",
        .reason = "Looks like bulk mail",
        .trace = "[]",
        .added_fields = "",
        .expires_at = start + std::chrono::days(14),
    };
    if (auto held = quarantine::add_hold(transaction, *row, hold, start); !held)
        return base::failure(held.error());
    return row;
}

double seconds_of(const auto& work) {
    const auto begun = steady_clock::now();
    work();
    return std::chrono::duration<double>(steady_clock::now() - begun).count();
}

void print_rate(const char* what, int count, double seconds) {
    std::printf("%-58s %10.0f /s\n", what, count / seconds);
}
void print_time(const char* what, int count, double seconds) {
    std::printf("%-58s %10.3f ms\n", what, 1000 * seconds / count);
}

void measure_rates(database::Store& store) {
    const auto store_some = [&](int threads, int each, int base) {
        std::vector<std::thread> writers;
        for (int t = 0; t < threads; ++t)
            writers.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    const int number = base + t * each + i;
                    must(store.write_and_wait([&](database::Transaction& transaction) {
                        return add(transaction, number, "rate@example.test", number);
                    }));
                }
            });
        for (auto& writer : writers) writer.join();
    };
    print_rate("mails with a hold, one after the other", 1000, seconds_of([&] {
                   store_some(1, 1000, 0);
               }));
    print_rate("mails with a hold, 16 senders at once", 8000, seconds_of([&] {
                   store_some(16, 500, 10'000);
               }));
    print_rate("mails with a hold, 128 senders at once", 25'600, seconds_of([&] {
                   store_some(128, 200, 100'000);
               }));
}

void fill(database::Store& store, int holds) {
    constexpr int batch = 500;
    const double seconds = seconds_of([&] {
        for (int first = 0; first < holds; first += batch)
            must(store.write_and_wait([&](database::Transaction& t) -> base::Result<void> {
                for (int i = first; i < first + batch; ++i) {
                    // One in a hundred is anna's.
                    const auto owner =
                        i % 100 == 0 ? anna : "p" + std::to_string(i % 997) + "@example.test";
                    if (auto added = add(t, 1'000'000 + i, owner, i * 10); !added)
                        return base::failure(added.error());
                }
                return {};
            }));
    });
    print_rate("mails with a hold, 500 in one job", holds, seconds);
}

void measure_list(
    database::Store& store,
    const char* what,
    const quarantine::Reach& reach,
    const quarantine::HoldFilter& filter
) {
    constexpr int times = 20;
    std::uint64_t total = 0;
    std::size_t rows = 0;
    const double seconds = seconds_of([&] {
        for (int i = 0; i < times; ++i) {
            const auto page = must(store.read_and_wait([&](database::Snapshot& snapshot) {
                return quarantine::list(snapshot, reach, filter, "", 50);
            }));
            total = page.total;
            rows = page.holds.size();
        }
    });
    print_time(what, times, seconds);
    std::printf("    %zu rows of %llu\n", rows, static_cast<unsigned long long>(total));
}

void measure_lists(database::Store& store) {
    quarantine::Reach mine;
    mine.owners = {anna};
    quarantine::Reach everything;
    everything.everything = true;
    quarantine::HoldFilter filter;
    measure_list(store, "a person's first page", mine, filter);
    filter.states = {};
    measure_list(store, "a person's first page, any state", mine, filter);
    filter.subject = "number 1";
    measure_list(store, "a person's page filtered by part of the subject", mine, filter);
    filter = {};
    filter.search = "common word";
    measure_list(store, "a person's search for words in every mail", mine, filter);
    filter.search = "word100";
    measure_list(store, "a person's search for a rare word", mine, filter);
    filter = {};
    filter.scope = quarantine::Scope::all;
    measure_list(store, "an administrator's first page", everything, filter);
    filter.search = "word100";
    measure_list(store, "an administrator's search for a rare word", everything, filter);
    filter.search = "common word";
    measure_list(store, "an administrator's search for words in every mail", everything, filter);
    filter.search = "";
    filter.subject = "no such subject";
    measure_list(store, "an administrator's filter that matches nothing", everything, filter);
}

void measure_decisions(database::Store& store, int holds) {
    quarantine::Reach mine;
    mine.owners = {anna};
    const quarantine::Actor actor{anna, mine};
    const int count = std::min(holds / 100, 500);
    const auto id = [](int i) { return anna + std::to_string(1'000'000 + i * 100); };
    print_time("finding one hold", count, seconds_of([&] {
                   for (int i = 0; i < count; ++i)
                       must(store.read_and_wait([&](database::Snapshot& snapshot) {
                           return quarantine::find(snapshot, mine, id(i));
                       }));
               }));
    print_time("releasing one hold, synced", count, seconds_of([&] {
                   for (int i = 0; i < count; ++i)
                       must(store.write_and_wait([&](database::Transaction& transaction) {
                           return quarantine::release(transaction, actor, id(i), start, start);
                       }));
               }));
}

void measure_big_message(database::Store& store, const std::filesystem::path& directory) {
    auto bytes = must(mail::MessageBytes::create({directory, std::size_t{128} * 1024}));
    for (int i = 0; bytes.size() < 50'000'000; ++i) must(bytes.append(message(i * 7919)));
    must(bytes.finish());
    quarantine::ReceivedMail mail;
    mail.bytes = &bytes;
    std::int64_t row = 0;
    print_time("storing 50 MB, synced", 1, seconds_of([&] {
                   row = must(store.write_and_wait([&](database::Transaction& transaction) {
                       return quarantine::store_mail(transaction, mail);
                   }));
               }));
    print_time("loading 50 MB, digest compared", 1, seconds_of([&] {
                   must(store.read_and_wait([&](database::Snapshot& snapshot) {
                       return quarantine::load_bytes(snapshot, row, {directory});
                   }));
               }));
}

}  // namespace

int main(int count, char** arguments) {
    const int holds = count > 1 ? std::atoi(arguments[1]) : 100'000;
    // Not in a temporary file system: syncs are measured.
    std::string name = (std::filesystem::current_path() / "bench-store-XXXXXX").string();
    base::ensure(mkdtemp(name.data()) != nullptr, "a directory");
    const std::filesystem::path directory = name;
    {
        const auto log = base::Log::to_standard_error(base::LogLevel::warning);
        const database::Schema schemas[] = {quarantine::schema()};
        database::StoreSettings settings;
        settings.file = directory / "postern.db";
        auto store = must(database::Store::open(settings, schemas, *log));
        measure_rates(*store);
        fill(*store, holds);
        std::printf("beside %d holds of others:\n", holds);
        measure_lists(*store);
        measure_decisions(*store, holds);
        measure_big_message(*store, directory);
    }
    std::filesystem::remove_all(directory);
    return 0;
}
