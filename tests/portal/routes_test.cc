#include "portal/routes.h"

#include "portal/file_name.h"
#include "portal/html_view.h"
#include "portal/openapi.h"
#include "tests/catch.h"
#include "tests/portal/house.h"

#include <set>

using house::Browser;
using house::House;
using portal::Method;
namespace json = boost::json;

TEST_CASE("The API's description names exactly the routes that there are") {
    const json::value document = json::parse(portal::openapi_document());
    CHECK(document.at("openapi") == "3.1.0");
    std::set<std::string> described;
    for (const auto& [path, operations] : document.at("paths").as_object()) {
        for (const auto& [method, operation] : operations.as_object()) {
            if (method == "parameters") continue;
            INFO(path << " " << method);
            CHECK(operation.at("responses").as_object().size() >= 1);
            CHECK_FALSE(operation.at("operationId").as_string().empty());
            std::string name(method);
            for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
            described.insert(name + " /api/v1" + std::string(path));
        }
    }
    std::set<std::string> served;
    for (const portal::Route& route : portal::routes()) {
        if (!route.pattern.starts_with("/api/")) continue;
        served.insert(std::string(name_of(route.method)) + " " + std::string(route.pattern));
    }
    CHECK(described == served);
}

TEST_CASE("Every reference in the API's description leads somewhere") {
    const std::string text(portal::openapi_document());
    const json::value document = json::parse(text);
    const std::string mark = "\"$ref\": \"#";
    int references = 0;
    for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) {
        const std::size_t begin = at + mark.size();
        const std::string pointer = text.substr(begin, text.find('"', begin) - begin);
        INFO(pointer);
        boost::system::error_code error;
        CHECK(document.find_pointer(pointer, error) != nullptr);
        ++references;
    }
    CHECK(references > 20);
}

TEST_CASE("Routes are found by method and path") {
    const auto hold = portal::find_route(Method::get, "/api/v1/holds/abc/parts/7");
    REQUIRE(hold.route);
    CHECK(hold.path_values[0] == "abc");
    CHECK(hold.path_values[1] == "7");
    CHECK(portal::find_route(Method::head, "/api/v1/session").route);
    const auto wrong = portal::find_route(Method::put, "/api/v1/session");
    CHECK_FALSE(wrong.route);
    CHECK(wrong.allowed == std::vector{Method::post, Method::get, Method::head, Method::remove});
    for (const std::string path :
         {"/api/v1",
          "/api/v1/",
          "/api/v1/holds/",
          "/api/v1/holds/a/b",
          "/api/v1/holds/a/parts/",
          "/assets/",
          "/on-hold/",
          "/on-hold/a/b"}) {
        INFO(path);
        CHECK(portal::find_route(Method::get, path).allowed.empty());
    }
}

TEST_CASE("A wrong method is told which ones are right") {
    House house;
    Browser browser(house);
    const auto answer = browser.request("PUT", "/api/v1/holds", "{}");
    CHECK(answer.status == 405);
    CHECK(answer.field("Allow") == "GET, HEAD");
    CHECK(browser.request("BREW", "/api/v1/holds").status == 405);
    CHECK(browser.request("GET", "/api/v2/holds").status == 404);
    CHECK(
        browser.request("GET", "/api/v2/holds").field("Content-Type") == "application/problem+json"
    );
}

TEST_CASE("The front end's pages and files are served as they were built") {
    House house;
    Browser browser(house);
    const auto page = browser.request("GET", "/on-hold/abc", "", {{"Accept-Encoding", "br, gzip"}});
    CHECK(page.status == 200);
    CHECK(page.field("Content-Encoding") == "gzip");
    CHECK(page.field("Cache-Control") == "no-store");
    CHECK(wire::body_of(page.whole) == "gz-page");
    const auto script = browser.request("GET", "/assets/app-1.js");
    CHECK(wire::body_of(script.whole) == "let a;");
    CHECK(script.field("Content-Encoding").empty());
    CHECK(script.field("Vary") == "Accept-Encoding");
    CHECK(script.field("Cache-Control") == "public, max-age=31536000, immutable");
    const auto known = browser.request("GET", "/assets/app-1.js", "", {{"If-None-Match", "\"2\""}});
    CHECK(known.status == 304);
    CHECK(wire::body_of(known.whole).empty());
    const auto head = browser.request("HEAD", "/favicon.svg");
    CHECK(head.field("Content-Length") == "6");
    CHECK(wire::body_of(head.whole).empty());
    CHECK(browser.request("GET", "/assets/other.js").status == 404);
    CHECK(browser.request("GET", "/index.html").status == 404);
    CHECK(browser.request("GET", "/etc").status == 404);
    // A person who mistyped sees the front end say so; programs, and the API, give a problem
    // document.
    for (const char* path : {"/etc", "/nothing/here"}) {
        const auto shown = browser.request("GET", path, "", {{"Accept", "text/html,*/*;q=0.8"}});
        CHECK(shown.status == 404);
        CHECK(shown.field("Content-Type").starts_with("text/html"));
        CHECK(shown.field("Cache-Control") == "no-store");
        CHECK(
            wire::body_of(browser.request("GET", path).whole).find("no such page") !=
            std::string::npos
        );
    }
    for (const char* path : {"/api/v1/nothing/at/all", "/assets/other.js"}) {
        const auto told = browser.request("GET", path, "", {{"Accept", "text/html"}});
        CHECK(told.status == 404);
        CHECK(told.field("Content-Type") == "application/problem+json");
    }
}

TEST_CASE("Names of attachments cannot leave their place or pretend") {
    struct Case {
        std::string name;
        std::string plain;
    };
    for (const Case& item : std::vector<Case>{
             {"report.pdf", "report.pdf"},
             {"../../etc/passwd", "passwd"},
             {"C:\\a\\b.exe", "b.exe"},
             {"a\"b;c\r\nSet-Cookie: x=y", "ab;cSet-Cookie x=y"},
             {"..", "attachment-3"},
             {"", "attachment-3"},
             {"inv\xe2\x80\xae"
              "fdp.exe",
              "invfdp.exe"},
             {"\xff", "___"},
         }) {
        INFO(item.name);
        const std::string value = portal::attachment_disposition(item.name, 3);
        CHECK(value.starts_with("attachment; filename=\"" + item.plain + "\"; filename*="));
    }
    CHECK(
        portal::attachment_disposition("gr\xc3\xbc\xc3\x9f.txt", 1) ==
        "attachment; filename=\"gr____.txt\"; filename*=UTF-8''gr%C3%BC%C3%9F.txt"
    );
}

TEST_CASE("What a policy cannot stop in HTML is made harmless, the rest stays") {
    struct Case {
        std::string html;
        std::string disarmed;
    };
    for (const Case& item : std::vector<Case>{
             {"<META http-equiv=refresh>", "<base http-equiv=refresh>"},
             {"<link rel=preconnect href=//x>", "<base rel=preconnect hrex=//x>"},
             {"<IFRAME src=//x></iframe>", "<xframe src=//x></iframe>"},
             {"<frameset><frame src=//x>", "<xrameset><xrame src=//x>"},
             {"<ifra<iframeme src=//x>", "<ifra<xframeme src=//x>"},
             {"<a HREF = \"//x\">", "<a hrex = \"//x\">"},
             {"<a xlink:href=//x><set attributeName=hr&#101;f>",
              "<a xlink:hrex=//x><xet attributeName=hr&#101;f>"},
             {"<img src=//x referrerPolicy=unsafe-url>", "<img src=//x referrerpolicx=unsafe-url>"},
             {"<p class=a>\xc3\xbc < b &lt;meta</p>", "<p class=a>\xc3\xbc < b &lt;meta</p>"},
             {"<met", "<met"},
         }) {
        CHECK(portal::disarmed(item.html) == item.disarmed);
    }
}

TEST_CASE("Images from elsewhere are noticed, links are not images") {
    using portal::has_remote_images;
    CHECK(has_remote_images("<IMG SRC=\"HTTP://x.test/\">"));
    CHECK(has_remote_images("<img src=//x.test/>"));
    CHECK(has_remote_images("<td background='https://x.test/'>"));
    CHECK(has_remote_images("<p style=\"background:url( 'http://x.test')\">"));
    CHECK_FALSE(has_remote_images("<a href=\"http://x.test/\">"));
    CHECK_FALSE(has_remote_images("<img src=\"data:image/png;base64,\">"));
    CHECK_FALSE(has_remote_images("<img src=\"cid:1@x\">"));
    CHECK_FALSE(has_remote_images("http://x.test/"));
}
