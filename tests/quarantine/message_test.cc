#include "tests/catch.h"
#include "tests/quarantine/held.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <thread>

using base::ErrorKind;
using held::Fixture;
using quarantine::load_bytes;

namespace {

base::Result<mail::MessageBytes> load(Fixture& fixture, std::int64_t mail_row) {
    const mail::SpoolSettings spool{fixture.scratch.directory()};
    return fixture.read([&](database::Snapshot& snapshot) {
        return load_bytes(snapshot, mail_row, spool);
    });
}

std::string text_of(const mail::MessageBytes& bytes) {
    return must(bytes.prefix(static_cast<std::size_t>(bytes.size())));
}

// Random hexadecimal digits, which compress to about a half; every piece is another one.
mail::MessageBytes big_message(const Fixture& fixture, std::uint64_t size) {
    base::SeededRandom random(7);
    std::vector<std::uint8_t> block(500'000);
    random.fill(block);
    const std::string hex =
        base::to_hex({reinterpret_cast<const char*>(block.data()), block.size()});
    auto message = must(mail::MessageBytes::create({fixture.scratch.directory()}));
    for (int i = 0; message.size() < size; ++i)
        must(message.append("part " + std::to_string(i) + "\r\n" + hex + "\r\n"));
    must(message.finish());
    return message;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#define POSTERN_SANITIZER_HEAP
#endif
#endif

// What is allocated and not freed.
std::size_t heap_bytes() {
#ifdef POSTERN_SANITIZER_HEAP
    return __sanitizer_get_current_allocated_bytes();
#else
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
#endif
}

// The most that was allocated at once while `work` ran, beyond what was before it.
template <class Work>
std::size_t heap_growth(Work work) {
    const std::size_t before = heap_bytes();
    std::atomic<std::size_t> most = before;
    {
        const std::jthread looking([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) most = std::max(most.load(), heap_bytes());
        });
        work();
    }
    return most - before;
}

}  // namespace

TEST_CASE("Stored bytes come back exactly, at every size around the chunk's") {
    Fixture fixture;
    for (const std::size_t size :
         {std::size_t{0},
          std::size_t{1},
          std::size_t{131071},
          std::size_t{131072},
          std::size_t{131073},
          std::size_t{262144},
          std::size_t{400000}}) {
        std::string bytes(size, 'x');
        for (std::size_t i = 0; i < size; i += 3) bytes[i] = static_cast<char>(i * 7);
        const auto row = fixture.add_mail({.bytes = bytes});
        const auto loaded = load(fixture, row);
        REQUIRE(loaded);
        CHECK(text_of(*loaded) == bytes);
    }
}

TEST_CASE("Equal messages are kept once, also within one transaction and from many at once") {
    Fixture fixture;
    must(fixture.write([&](database::Transaction& transaction) -> base::Result<void> {
        for (int i = 0; i < 3; ++i)
            if (auto added = fixture.add_mail_in(transaction, {}); !added)
                return base::failure(added.error());
        return {};
    }));
    const auto bytes = mail::MessageBytes::of(held::Mail().bytes);
    std::vector<std::thread> threads;
    std::atomic<int> stored = 0;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            quarantine::ReceivedMail mail;
            mail.mail_id = "t" + std::to_string(i);
            mail.bytes = &bytes;
            const auto row = fixture.write([&](database::Transaction& transaction) {
                return quarantine::store_mail(transaction, mail);
            });
            if (row) ++stored;
        });
    for (auto& thread : threads) thread.join();
    CHECK(stored == 8);
    CHECK(fixture.number("SELECT count(*) FROM mail") == 11);
    CHECK(fixture.number("SELECT count(*) FROM message") == 1);
    CHECK(fixture.number("SELECT count(*) FROM message_chunk") == 1);
}

TEST_CASE("A message of 50 MB goes in and out without being in memory") {
    Fixture fixture;
    const std::uint64_t size = 50'000'000;
    auto message = big_message(fixture, size);
    quarantine::ReceivedMail mail;
    mail.mail_id = "big";
    mail.bytes = &message;
    std::int64_t row = 0;
    // The writer's page cache, 16 MiB, is filled; the message costs a chunk or two.
    CHECK(heap_growth([&] {
              row = must(fixture.write([&](database::Transaction& transaction) {
                  return quarantine::store_mail(transaction, mail);
              }));
          }) < 24'000'000);
    CHECK(heap_growth([&] {
              const auto loaded = load(fixture, row);
              REQUIRE(loaded);
              CHECK(loaded->size() == message.size());
              CHECK(loaded->sha256() == message.sha256());
          }) < 8'000'000);
    CHECK(fixture.number("SELECT sum(length(bytes)) FROM message_chunk") < 35'000'000);
}

TEST_CASE("Bytes that were changed in the store are corrupt, not delivered") {
    struct Case {
        std::string_view sql;
        std::string_view what;
    };
    const Case cases[] = {
        {"UPDATE message_chunk SET bytes = x'00112233'", "damaged"},
        {"DELETE FROM message_chunk WHERE row % 1048576 = 1", "digest"},
        {"DELETE FROM message_chunk WHERE row % 1048576 = 0", "missing"},
        {"UPDATE message SET sha256 = zeroblob(32)", "digest"},
        {"UPDATE message_chunk SET bytes = (SELECT c.bytes FROM message_chunk c "
         "WHERE c.row % 1048576 = 1)",
         "digest"},
    };
    for (const auto& one : cases) {
        Fixture fixture;
        std::string bytes(131072 + 100, 'a');
        bytes.front() = 'b';
        const auto row = fixture.add_mail({.bytes = bytes});
        fixture.run(one.sql);
        const auto loaded = load(fixture, row);
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().kind == ErrorKind::corrupt);
        CHECK(loaded.error().text.find(one.what) != std::string::npos);
    }
}

TEST_CASE("A mail that is not there is not found") {
    Fixture fixture;
    const auto loaded = load(fixture, 4711);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().kind == ErrorKind::not_found);
}

TEST_CASE("Ill-formed texts of a mail are stored as well-formed ones") {
    Fixture fixture;
    const auto id = fixture.add({.subject = std::string("a\0b\xff", 4)});
    CHECK(must(fixture.find(Fixture::everything(), id)).subject == "a b\xef\xbf\xbd");
}
