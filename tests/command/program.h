#pragma once

#include "base/ensure.h"
#include "command/options.h"
#include "command/run.h"
#include "database/store.h"
#include "quarantine/hold_store.h"
#include "quarantine/message.h"
#include "tests/must.h"

#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// The program with a directory, a configuration file and a store of its own. Sub-commands run in
// this process.
class TestProgram {
  public:
    struct Outcome {
        int code;
        std::string out;
        std::string err;
    };

    TestProgram() {
        std::string name = (std::filesystem::temp_directory_path() / "command-XXXXXX").string();
        base::ensure(mkdtemp(name.data()) != nullptr, "no temporary directory");
        directory = name;
        write_config("");
    }
    ~TestProgram() { std::filesystem::remove_all(directory); }
    TestProgram(const TestProgram&) = delete;
    TestProgram& operator=(const TestProgram&) = delete;

    void write_config(std::string_view more) const {
        std::ofstream(config()) << R"(hostname = "mx.example.test"
data_dir = "store"
[[smtp.listener]]
address = "127.0.0.1:0"
[[domain]]
name = "example.test"
backend = "127.0.0.1:2600"
)" << more;
    }
    std::filesystem::path config() const { return directory / "postern.toml"; }
    std::filesystem::path store_file() const { return directory / "store" / "postern.db"; }

    // Runs the words with --config behind them.
    Outcome run(std::vector<std::string> words, std::string_view input = "") {
        words.insert(words.end(), {"--config", config().string()});
        return run_bare(std::move(words), input);
    }
    Outcome run_bare(std::vector<std::string> words, std::string_view input = "") {
        std::istringstream in{std::string(input)};
        std::ostringstream out;
        std::ostringstream err;
        command::Program program{in, out, err, clock, random, [this](std::string_view) {
                                     if (typed.empty()) return std::optional<std::string>();
                                     auto line = std::optional(typed.front());
                                     typed.erase(typed.begin());
                                     return line;
                                 }};
        program.make_log = [this](base::LogLevel) { return log; };
        const int code = command::run(std::move(words), program);
        return {code, out.str(), err.str()};
    }

    std::unique_ptr<database::Store> open(database::Owner owner) const {
        std::filesystem::create_directories(directory / "store");
        database::StoreSettings settings;
        settings.file = store_file();
        settings.owner = owner;
        settings.readers = 1;
        const auto schemas = command::store_schemas();
        return must(database::Store::open(settings, schemas, *log));
    }

    // Puts a message into the store as the gateway would, held for `owner`; the hold's id.
    std::string hold(
        database::Store& store,
        std::string_view owner,
        std::string_view message,
        std::string_view subject,
        std::string_view sender = "someone@sender.example"
    ) {
        const auto bytes = mail::MessageBytes::of(message);
        quarantine::ReceivedMail received;
        received.mail_id = base::random_id(random);
        received.bytes = &bytes;
        if (!sender.empty()) received.sender = must(mail::Address::parse(sender));
        received.client = must(mail::IpAddress::parse("192.0.2.7"));
        received.helo = "mail.sender.example";
        received.received_at = clock.now();
        received.header_from_address = "from@sender.example";
        received.to = owner;
        received.subject = subject;
        quarantine::NewHold hold{
            base::random_id(random),
            {must(mail::Address::parse(owner)), "", ""},
            mail::HoldKind::user,
            {},
            "a rule",
            "a reason",
            R"([{"stage":"rules","rule":"a rule","outcome":"matched","detail":"because"}])",
            "",
            clock.now() + std::chrono::hours(14 * 24)
        };
        must(store.write_and_wait([&](database::Transaction& t) -> base::Result<void> {
            auto row = quarantine::store_mail(t, received);
            if (!row) return base::failure(row.error());
            return quarantine::add_hold(t, *row, hold, clock.now());
        }));
        // Lists are ordered by time.
        clock.advance(std::chrono::seconds(1));
        return hold.id;
    }

    // From now on the program logs there; before, to nowhere.
    void log_to(base::Log::Sink sink) {
        log = base::Log::to_sink(base::LogLevel::info, std::move(sink));
    }

    std::filesystem::path directory;
    base::ManualClock clock{base::Time(std::chrono::milliseconds(1'790'000'000'000))};
    base::SeededRandom random{3};
    std::vector<std::string> typed;  // what is answered to secret questions, in order
    std::shared_ptr<base::Log> log = base::Log::to_nowhere();
};

inline bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}
