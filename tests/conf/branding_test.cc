#include "base/ensure.h"
#include "conf/colour.h"
#include "conf/reader.h"
#include "tests/catch.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// A directory of its own for the files a configuration names.
struct Directory {
    Directory() {
        std::string name = (fs::temp_directory_path() / "branding-XXXXXX").string();
        base::ensure(mkdtemp(name.data()) != nullptr, "no temporary directory");
        path = name;
    }
    ~Directory() { fs::remove_all(path); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    void write(const char* name, std::string_view bytes) const {
        std::ofstream(path / name, std::ios::binary) << bytes;
    }
    conf::Reading read(std::string_view portal) const {
        const std::string text = R"(
            hostname = "mx.example.test"
            data_dir = "var"
            [[smtp.listener]]
            address = "127.0.0.1:0"
            [[domain]]
            name = "example.test"
            backend = "127.0.0.1:2600"
            [portal]
            )" + std::string(portal);
        return conf::read_text(text, path / "postern.toml");
    }
    // The text of the only problem.
    std::string problem(std::string_view portal) const {
        const auto reading = read(portal);
        REQUIRE(reading.problems.size() == 1);
        CHECK(reading.problems[0].line == 10);
        return reading.problems[0].text;
    }

    fs::path path;
};

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

constexpr std::string_view png("\x89PNG\r\n\x1a\n....", 12);
constexpr std::string_view svg =
    "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

}  // namespace

TEST_CASE("Without a word about it the portal looks as it is") {
    const auto reading = Directory().read("");
    REQUIRE(reading.ok());
    const auto& portal = reading.settings.portal;
    CHECK(portal.product_name == "Postern");
    CHECK(portal.logo_image == nullptr);
    CHECK(portal.accent.empty());
    CHECK(portal.accent_dark.empty());
    CHECK(portal.support_text.empty());
    CHECK(portal.support_url.empty());
}

TEST_CASE("Name, logo, colours and support are read, the logo beside the file") {
    const Directory directory;
    directory.write("logo.svg", svg);
    const auto reading = directory.read(R"(
        product_name = "Mail gate of Möbel & Söhne"
        logo = "logo.svg"
        accent = "#17614F"
        accent_dark = "#7ed3b9"
        support_text = "Ask the help desk, extension 4711"
        support_url = "mailto:help@example.net?subject=Mail"
    )");
    REQUIRE(reading.ok());
    const auto& portal = reading.settings.portal;
    CHECK(portal.product_name == "Mail gate of Möbel & Söhne");
    CHECK(portal.logo == directory.path / "logo.svg");
    REQUIRE(portal.logo_image);
    CHECK(portal.logo_image->type == "image/svg+xml");
    CHECK(portal.logo_image->bytes == svg);
    CHECK(portal.accent == "#17614f");
    CHECK(portal.accent_dark == "#7ed3b9");
    CHECK(portal.support_text == "Ask the help desk, extension 4711");
    CHECK(portal.support_url == "mailto:help@example.net?subject=Mail");
    CHECK(directory.read(R"(support_url = "https://help.example.net:8443/mail?x=1#top")").ok());
}

TEST_CASE("A logo is a PNG or SVG file that is not too large") {
    const Directory directory;
    directory.write("a.png", png);
    CHECK(directory.read(R"(logo = "a.png")").settings.portal.logo_image->type == "image/png");
    directory.write("b", "\xef\xbb\xbf  \n<!-- made by hand --><svg></svg>");
    CHECK(directory.read(R"(logo = "b")").settings.portal.logo_image->type == "image/svg+xml");

    CHECK(has(directory.problem(R"(logo = "nowhere.svg")"), "does not exist"));
    CHECK(has(directory.problem(R"(logo = ".")"), "is not a file"));
    REQUIRE(mkfifo((directory.path / "pipe").c_str(), 0600) == 0);
    CHECK(has(directory.problem(R"(logo = "pipe")"), "is not a file"));
    for (const std::string_view bytes :
         {std::string_view("<html><body>"),
          std::string_view("GIF89a"),
          std::string_view(""),
          std::string_view("svg"),
          std::string_view("<svg\0", 5)}) {
        directory.write("wrong", bytes);
        CHECK(has(directory.problem(R"(logo = "wrong")"), "neither an SVG nor a PNG"));
    }
    std::string large(png);
    large.resize(conf::logo_bytes_max);
    directory.write("large.png", large);
    CHECK(directory.read(R"(logo = "large.png")").ok());
    directory.write("large.png", large + ".");
    CHECK(has(directory.problem(R"(logo = "large.png")"), "larger than 262144 bytes"));
}

TEST_CASE("An accent colour must be readable on its page") {
    const Directory directory;
    CHECK(has(directory.problem(R"(accent = "green")"), "is not a colour"));
    CHECK(has(directory.problem(R"(accent = "#12345")"), "is not a colour"));
    CHECK(has(directory.problem(R"(accent = "#-12345")"), "is not a colour"));
    CHECK(has(directory.problem(R"(accent = "#ffcc00")"), "write a darker colour"));
    CHECK(has(directory.problem(R"(accent_dark = "#17614f")"), "write a lighter colour"));
    CHECK(directory.read("accent_dark = \"#ffcc00\"").ok());
}

TEST_CASE("Names and support texts are single lines, and the link is a safe one") {
    const Directory directory;
    for (const char* wrong :
         {R"(product_name = "")",
          R"(product_name = "a\r\nBcc: b@example.net")",
          R"(support_text = "a\nb")",
          R"(support_url = "http://help.example.net")",
          R"x(support_url = "javascript:alert(1)")x",
          R"(support_url = "https://")",
          R"(support_url = "https://a b")",
          R"(support_url = "https://user@help.example.net")",
          R"(support_url = "mailto:nobody")",
          R"(support_url = "mailto:a@b.example\"onclick=x")",
          R"(support_url = "help.example.net")"})
        CHECK_FALSE(directory.problem(wrong).empty());
    CHECK_FALSE(directory.problem("support_text = \"" + std::string(501, 'x') + "\"").empty());
    CHECK_FALSE(directory.problem("product_name = \"" + std::string(101, 'x') + "\"").empty());
}

TEST_CASE("The page colours are those of the style sheet") {
    std::ifstream file(fs::path(POSTERN_TESTS_DIR) / "../portal/web/src/styles/tokens.css");
    std::vector<std::string> grounds;
    for (std::string line; std::getline(file, line);)
        if (const auto at = line.find("--ground: "); at != line.npos)
            grounds.push_back(line.substr(at + 10, 7));
    CHECK(
        grounds ==
        std::vector<std::string>{std::string(conf::page_by_day), std::string(conf::page_by_night)}
    );
}

TEST_CASE("Contrast is what WCAG says it is") {
    const auto ratio = [](std::string_view one, std::string_view other) {
        return conf::contrast(*conf::parse_colour(one), *conf::parse_colour(other));
    };
    CHECK(ratio("#000000", "#ffffff") == Approx(21.0));
    CHECK(ratio("#ffffff", "#000000") == Approx(21.0));
    CHECK(ratio("#777777", "#ffffff") == Approx(4.48).margin(0.01));
    CHECK(ratio("#0000ff", "#ffffff") == Approx(8.59).margin(0.01));
    CHECK(ratio("#123456", "#123456") == Approx(1.0));
}
