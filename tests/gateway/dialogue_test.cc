// Runs tests/dialogues against the session in memory; their README says how they read.

#include "tests/catch.h"
#include "tests/gateway/in_memory_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace {

struct Event {
    enum class Kind { send, reply, reply_part, closed, tls };
    Kind kind;
    std::string text;
    int line;
};

struct Dialogue {
    std::map<std::string, std::string> settings;
    std::vector<Event> events;
};

std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            result += text[i];
            continue;
        }
        const char c = text.at(++i);
        if (c == 'x') {
            result += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            static const std::map<char, char> known{
                {'r', '\r'}, {'n', '\n'}, {'0', '\0'}, {'t', '\t'}, {'\\', '\\'}
            };
            result += known.at(c);
        }
    }
    return result;
}

Dialogue read(const std::filesystem::path& path) {
    Dialogue dialogue;
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file);
    std::string line;
    bool joins = false;  // the next client line belongs to the segment before
    for (int number = 1; std::getline(file, line); ++number) {
        const std::string_view text = line;
        if (text.starts_with("#")) continue;
        if (text.empty()) {
            joins = false;
            continue;
        }
        if (text.front() == '@') {
            const auto blank = text.find(' ');
            dialogue.settings.emplace(text.substr(1, blank - 1), text.substr(blank + 1));
            continue;
        }
        const auto mark = text.substr(0, 2);
        const std::string rest(text.size() > 3 ? text.substr(3) : "");
        if (mark == "C:" || mark == "C>") {
            const std::string bytes = mark == "C:" ? rest + "\r\n" : unescaped(rest);
            if (joins)
                dialogue.events.back().text += bytes;
            else
                dialogue.events.push_back({Event::Kind::send, bytes, number});
            joins = true;
            continue;
        }
        joins = false;
        INFO(path.filename().string() << ":" << number << ": " << line);
        REQUIRE((mark == "S:" || mark == "S-" || text == "S> closed" || text == "S> tls"));
        const auto kind = mark == "S:"          ? Event::Kind::reply
                          : mark == "S-"        ? Event::Kind::reply_part
                          : text == "S> closed" ? Event::Kind::closed
                                                : Event::Kind::tls;
        dialogue.events.push_back({kind, rest, number});
    }
    return dialogue;
}

gateway::SessionSettings settings_of(const Dialogue& dialogue) {
    using Tls = gateway::SessionSettings::Tls;
    auto settings = InMemoryServer::settings();
    settings.error_delay = std::chrono::milliseconds(0);
    for (const auto& [key, value] : dialogue.settings) {
        if (key == "starttls")
            settings.tls = value == "required" ? Tls::required : Tls::offered;
        else if (key == "normalise")
            settings.line_ends = gateway::LineEnds::normalise;
        else if (key == "max_recipients")
            settings.recipients_max = std::stoull(value);
        else if (key == "max_message_bytes")
            settings.offer.message_bytes_max = std::stoull(value);
        else if (key == "max_errors")
            settings.errors_max = std::stoull(value);
        else if (key == "max_empty_commands")
            settings.empty_commands_max = std::stoull(value);
        else if (key == "max_transactions")
            settings.transactions_max = std::stoull(value);
        else if (key == "command_line_bytes_max")
            settings.command_line_bytes_max = std::stoull(value);
        else if (key == "backend_without") {
            settings.offer.dsn = value.find("DSN") == std::string::npos;
            settings.offer.smtputf8 = value.find("SMTPUTF8") == std::string::npos;
            settings.offer.eight_bit_mime = value.find("8BITMIME") == std::string::npos;
        } else {
            if (key != "split") FAIL("unknown setting " << key);
        }
    }
    return settings;
}

// The next line that ends a reply, or one before it that starts with `prefix`.
std::string reply_line(InMemoryServer& server, const std::string* prefix) {
    std::string line = server.next_line();
    while (line.size() > 3 && line[3] == '-' && !(prefix && line.starts_with(*prefix)))
        line = server.next_line();
    return line;
}

// What is wrong, or "".
std::string problem_of(InMemoryServer& server, const Event& event) {
    switch (event.kind) {
        case Event::Kind::send:
            return {};
        case Event::Kind::reply: {
            const std::string line = reply_line(server, nullptr);
            return (line + " ").starts_with(event.text) ? "" : "got " + line;
        }
        case Event::Kind::reply_part: {
            const std::string line = reply_line(server, &event.text);
            return line.starts_with(event.text) ? "" : "got " + line;
        }
        case Event::Kind::tls:
            if (!server.wants_tls) return "no TLS is wanted";
            server.start_tls();
            return {};
        case Event::Kind::closed:
            if (!server.output.empty()) return "got " + server.output;
            return server.is_closed ? "" : "not closed";
    }
    return "?";
}

// `cut` counts the client's bytes; there the network delivers them in two pieces.
std::string play(const Dialogue& dialogue, std::size_t cut) {
    InMemoryServer server(settings_of(dialogue));
    const bool talks_first = dialogue.events.front().kind == Event::Kind::send;
    if (!talks_first) server.run();
    std::size_t left = cut;
    const auto at = [&](int line) { return fmt::format("line {}, cut at {}: ", line, cut); };
    for (const auto& event : dialogue.events) {
        if (event.kind == Event::Kind::send) {
            const std::string_view bytes = event.text;
            const std::size_t here = std::min(left, bytes.size());
            left -= here;
            server.receive(bytes.substr(0, here));
            server.receive(bytes.substr(here));
        }
        if (auto problem = problem_of(server, event); !problem.empty())
            return at(event.line) + problem;
    }
    const bool closes = dialogue.events.back().kind == Event::Kind::closed;
    if (!server.output.empty()) return at(dialogue.events.back().line) + "more: " + server.output;
    if (server.is_closed != closes) return at(dialogue.events.back().line) + "closed";
    return {};
}

}  // namespace

TEST_CASE("The dialogues go as they are written, wherever the network cuts them") {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(POSTERN_TESTS_DIR) / "dialogues"
         ))
        if (entry.path().extension() == ".dialogue") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    REQUIRE(files.size() >= 30);
    for (const auto& file : files) {
        INFO(file.filename().string());
        const Dialogue dialogue = read(file);
        REQUIRE(!dialogue.events.empty());
        CHECK(play(dialogue, 0) == "");
        if (dialogue.settings.contains("split")) continue;
        std::size_t bytes = 0;
        for (const auto& event : dialogue.events)
            if (event.kind == Event::Kind::send) bytes += event.text.size();
        std::string problem;
        for (std::size_t cut = 1; cut < bytes && problem.empty(); ++cut)
            problem = play(dialogue, cut);
        CHECK(problem == "");
    }
}

TEST_CASE("A dialogue byte by byte gives the same messages") {
    const Dialogue dialogue =
        read(std::filesystem::path(POSTERN_TESTS_DIR) / "dialogues" / "dots.dialogue");
    InMemoryServer server(settings_of(dialogue));
    server.run();
    for (const auto& event : dialogue.events)
        if (event.kind == Event::Kind::send)
            for (const char c : event.text) server.receive({&c, 1});
    REQUIRE(server.messages.size() == 1);
    CHECK(server.messages[0] == ".\r\n..\r\na\r\na.\r\n .\r\n");
}
