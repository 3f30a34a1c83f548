#include "tests/catch.h"
#include "tests/portal/house.h"

#include <future>
#include <set>

using house::Browser;
using house::House;

namespace {

House& with_people(House& house, int count) {
    for (int i = 0; i < count; ++i) house.add_person(fmt::format("p{}@example.test", i));
    return house;
}

}  // namespace

TEST_CASE("Guesses side by side at many accounts are not let past the wait of their source") {
    House house;
    with_people(house, 8);
    Browser browser(house);
    // Nine failures cost nothing yet, so that only the next two guesses may be answered.
    for (int i = 0; i < 9; ++i) {
        const auto who = fmt::format("nobody{}@example.test", i);
        REQUIRE(browser.sign_in(who, "guess").status == 401);
    }
    std::vector<std::future<int>> guesses;
    for (int i = 0; i < 8; ++i) {
        guesses.push_back(std::async(std::launch::async, [&house, i] {
            return Browser(house).sign_in(fmt::format("p{}@example.test", i), "guess").status;
        }));
    }
    std::multiset<int> statuses;
    for (auto& guess : guesses) statuses.insert(guess.get());
    CHECK(statuses.count(401) == 2);
    CHECK(statuses.count(429) == 6);
    // Not even the right password is told from a wrong one.
    CHECK(browser.sign_in("p0@example.test").status == 429);
    house.clock.advance(std::chrono::minutes(15));
    CHECK(browser.sign_in("p0@example.test").status == 200);
}

TEST_CASE("Downloads that nobody takes are bounded") {
    House house([](conf::Settings& settings) {
        settings.quarantine.users_may_download_attachments = true;
    });
    house.add_person("ada@example.test");
    const std::string id = house.hold(
        {.bytes = "From: a@b.example\r\nMIME-Version: 1.0\r\n"
                  "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\ntext\r\n--x\r\n"
                  "Content-Type: application/octet-stream\r\n"
                  "Content-Disposition: attachment; filename=big\r\n\r\n" +
                  std::string(40, 'a') + "\r\n" +
                  [] {
                      std::string lines;
                      for (int i = 0; i < 200'000; ++i) lines += std::string(78, 'x') + "\r\n";
                      return lines;
                  }() +
                  "--x--\r\n"}
    );
    Browser browser(house);
    browser.sign_in("ada@example.test");
    const auto hold = browser.get("/holds/" + id);
    REQUIRE(hold.body.at("parts").as_array().size() == 1);
    const auto target = fmt::format(
        "/api/v1/holds/{}/parts/{}", id, hold.body.at("parts").at(0).at("index").as_int64()
    );
    // Each of these has the first bytes of its answer, and leaves the rest with the portal.
    std::vector<std::unique_ptr<wire::Socket>> lazy;
    int refused = 0;
    for (int i = 0; i < 12 && refused == 0; ++i) {
        auto socket = std::make_unique<wire::Socket>(house.portal->address());
        socket->send(fmt::format(
            "GET {} HTTP/1.1\r\nHost: portal.test\r\nCookie: {}\r\n\r\n", target, browser.cookie
        ));
        const auto head = socket->read_until("\r\n\r\n");
        if (wire::status_of(head) == 503) ++refused;
        lazy.push_back(std::move(socket));
    }
    CHECK(refused == 1);
    CHECK(lazy.size() == 4);  // three places are one person's
    // Who hangs up makes room. How soon the portal sees it is not ours to say, so it is asked.
    lazy.clear();
    int status = 0;
    for (int i = 0; i < 200 && status != 200; ++i) status = browser.request("HEAD", target).status;
    CHECK(status == 200);
}
