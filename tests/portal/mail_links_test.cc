#include "portal/mail_links.h"

#include "portal/web_address.h"
#include "tests/catch.h"

#include <fmt/format.h>

#include <chrono>

using portal::host_in_text;
using portal::links_of;
using portal::remote_image_hosts;
using portal::web_address_of;

namespace {

std::string host_of(std::string_view url) {
    const auto address = web_address_of(url);
    return address ? address->host : "none";
}

// "text -> url (host) [differs]", one line each.
std::string told(std::string_view text, std::string_view html) {
    std::string lines;
    for (const auto& link : links_of(text, html))
        lines += fmt::format(
            "{} -> {} ({}){}\n", link.text, link.url, link.host, link.differs ? " differs" : ""
        );
    return lines;
}

}  // namespace

TEST_CASE("The host of an address is the one a browser goes to") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"https://bank.example/login", "bank.example"},
        {"HTTPS://BANK.Example:8443/a?b#c", "bank.example"},
        {"https://bank.example@evil.example/", "evil.example"},
        {"https://bank.example%2f@evil.example/", "evil.example"},
        {"https:\\\\evil.example\\@bank.example", "evil.example"},
        {"https:evil.example", "evil.example"},
        {"https:///evil.example/", "evil.example"},
        {"  ht\ttps://ev\nil.example/", "evil.example"},
        {"https://evil.example?@bank.example", "evil.example"},
        {"https://evil.example#@bank.example", "evil.example"},
        {"https://%65vil.example/", "evil.example"},
        {"https://xn--bcher-kva.example/", "xn--bcher-kva.example"},
        {"https://B\xc3\x9c"
         "CHER.example/",
         "xn--bcher-kva.example"},
        {"https://0x7f.1/", "127.0.0.1"},
        {"https://2130706433/", "127.0.0.1"},
        {"https://0300.0250.1/", "192.168.0.1"},
        {"https://1.2.3.4.5/", "none"},
        {"https://256.1.1.1/", "none"},
        {"https://[2001:DB8::1]:80/", "[2001:db8::1]"},
        {"https://[no]/", "none"},
        {"mailto:Help%40x@bank.example?subject=x", "bank.example"},
        {"javascript:alert(1)", ""},
        {"data:text/html,x", ""},
        {"tel:+49", ""},
        {"/relative", "none"},
        {"https://", "none"},
        {"", "none"},
    };
    for (const auto& [url, host] : cases) {
        INFO(url);
        CHECK(host_of(url) == host);
    }
    CHECK(
        web_address_of("https://xn--bcher-kva.example/")->host_unicode ==
        "b\xc3\xbc"
        "cher.example"
    );
    CHECK(web_address_of("https://bank.example/")->host_unicode.empty());
}

TEST_CASE("A text that looks like an address names the host people expect") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"https://bank.example/login", "bank.example"},
        {"Go to www.bank.example now", "www.bank.example"},
        {"bank.example/login", "bank.example"},
        {"help@bank.example", "bank.example"},
        {"b\xd0\xb0nk.example", "xn--bnk-6cd.example"},
        {"Click here", ""},
        {"report.pdf", ""},
        {"invoice.zip", ""},
        {"Read this. Then that", ""},
        {"", ""},
    };
    for (const auto& [text, host] : cases) {
        INFO(text);
        CHECK(host_in_text(text) == host);
    }
    CHECK(portal::is_same_site("www.bank.example", "login.bank.example"));
    CHECK(portal::is_same_site("a.bank.co.uk", "bank.co.uk"));
    CHECK_FALSE(portal::is_same_site("one.co.uk", "two.co.uk"));
    CHECK_FALSE(portal::is_same_site("bank.example", "bank.example.evil.example"));
    CHECK_FALSE(portal::is_same_site("1.2.3.4", "9.9.3.4"));
}

TEST_CASE("Links say where they lead, and which of them show another address") {
    CHECK(
        told("", "<a href=\"https://a.example/x\">Offer</a>") ==
        "Offer -> https://a.example/x (a.example)\n"
    );
    CHECK(
        told("", "<a href='https://evil.example'>https://bank.example</a>") ==
        "https://bank.example -> https://evil.example (evil.example) differs\n"
    );
    CHECK(
        told("", "<A HREF=https://click.bank.example/r?1>www.bank.example</A>") ==
        "www.bank.example -> https://click.bank.example/r?1 (click.bank.example)\n"
    );
    // Pieces, entities, comments and other tags do not hide it.
    CHECK(
        told(
            "",
            "<a title='>' href=\"&#104;ttps&colon;//evil.example\"><b>ba<!-- > "
            "-->nk</b>.exa<i>mple</i></a>"
        ) == "bank.example -> https://evil.example (evil.example) differs\n"
    );
    CHECK(
        told("", "<a href='https://bank.example@evil.example/'>Log in</a>") ==
        "Log in -> https://bank.example@evil.example/ (evil.example) differs\n"
    );
    CHECK(
        told("", "<a href='javascript:x'>bank.example</a>") ==
        "bank.example -> javascript:x () differs\n"
    );
    CHECK(told("", "<a href='#top'>up</a><a name=x>no</a><a href='/relative'>no</a>").empty());
    CHECK(
        told("", "<base href='https://evil.example/'><a href='/login'>bank.example</a>") ==
        "bank.example -> /login (evil.example) differs\n"
    );
    CHECK(
        told("", "<a href=https://a.example>1<a href=https://b.example>2") ==
        "1 -> https://a.example (a.example)\n2 -> https://b.example (b.example)\n"
    );
    CHECK(
        told("", "<a href=https://a.example><img alt='Pay now' src=x></a>") ==
        "Pay now -> https://a.example (a.example)\n"
    );
    CHECK(
        told("", "<map><area href=https://a.example alt=Left></map>") ==
        "Left -> https://a.example (a.example)\n"
    );
    CHECK(told("", "<form action=https://a.example/f>") == " -> https://a.example/f (a.example)\n");
    CHECK(
        told("", "<svg><a xlink:href='https://a.example'>s</a></svg>") ==
        "s -> https://a.example (a.example)\n"
    );
}

TEST_CASE("What is no markup for a browser gives no link") {
    CHECK(told("", "<script>'<a href=https://a.example>x</a>'</script>").empty());
    CHECK(told("", "<!-- <a href=https://a.example>x</a> -->").empty());
    CHECK(told("", "<style><a href=https://a.example>x</a></style>").empty());
    CHECK(told("", "<title><a href=https://a.example>x</a></title>").empty());
    // A comment that ends early does not hide what follows.
    CHECK(
        told("", "<!--><a href=https://a.example>x</a>") == "x -> https://a.example (a.example)\n"
    );
    CHECK(
        told("", "<!-- --!><a href=https://a.example>x</a>") ==
        "x -> https://a.example (a.example)\n"
    );
    CHECK(
        told("", "<script></scripty></script><a href=https://a.example>x</a>") ==
        "x -> https://a.example (a.example)\n"
    );
}

TEST_CASE("Addresses in plain text are links, without the sentence around them") {
    CHECK(
        told("See https://a.example/x. (www.b.example/y) or HTTP://c.example, d", "") ==
        "https://a.example/x -> https://a.example/x (a.example)\n"
        "www.b.example/y -> www.b.example/y (www.b.example)\n"
        "HTTP://c.example -> HTTP://c.example (c.example)\n"
    );
    CHECK(
        told("https://a.example/(x) https://bank.example@evil.example", "") ==
        "https://a.example/(x) -> https://a.example/(x) (a.example)\n"
        "https://bank.example@evil.example -> https://bank.example@evil.example (evil.example) "
        "differs\n"
    );
    // What closes more than was opened belongs to the sentence, and so do the marks between.
    CHECK(
        told("(see [https://a.example/(x)].). https://b.example/a)b https://c.example/[1]]", "") ==
        "https://a.example/(x) -> https://a.example/(x) (a.example)\n"
        "https://b.example/a)b -> https://b.example/a)b (b.example)\n"
        "https://c.example/[1] -> https://c.example/[1] (c.example)\n"
    );
    CHECK(told("notahttps://a.example xwww.b.example a@www.c.example", "").empty());
    // The text of a link is not a link of its own: it does not lead where it says.
    CHECK(
        told("https://bank.example", "<a href=https://evil.example>https://bank.example</a>") ==
        "https://bank.example -> https://evil.example (evil.example) differs\n"
    );
    CHECK(
        told("https://a.example https://a.example", "") ==
        "https://a.example -> https://a.example (a.example)\n"
    );
}

TEST_CASE("There are at most two hundred links, and each is cut") {
    std::string html;
    for (int i = 0; i < 300; ++i) html += fmt::format("<a href=https://a.example/{}>{}</a>", i, i);
    CHECK(links_of("", html).size() == portal::links_max);
    const auto longs = links_of(
        "", "<a href=https://a.example/" + std::string(9000, 'x') + ">" + std::string(9000, 'y')
    );
    REQUIRE(longs.size() == 1);
    CHECK(longs[0].text.size() <= 300);
    CHECK(longs[0].url.size() <= 2000);
}

TEST_CASE("Where images would be loaded from is told, each host once") {
    using Hosts = std::vector<std::string>;
    CHECK(
        remote_image_hosts("<img src=https://a.example/1.png><img src='HTTPS://A.example/2'>") ==
        Hosts{"a.example"}
    );
    CHECK(remote_image_hosts("<img src=//b.example/x>") == Hosts{"b.example"});
    CHECK(remote_image_hosts("<img src=cid:x><img src=data:image/png;base64,x><img src=/x>").empty()
    );
    CHECK(
        remote_image_hosts("<img srcset='https://a.example/1 1x, https://b.example/2 2x'>") ==
        Hosts{"a.example", "b.example"}
    );
    CHECK(
        remote_image_hosts("<table background=http://a.example/x><video poster=https://b.example/p>"
        ) == Hosts{"a.example", "b.example"}
    );
    CHECK(
        remote_image_hosts("<style>a{background:url(https://a.example/x)}</style>"
                           "<p style=\"background:image-set('//b.example/y' 1x)\">"
        ) == Hosts{"a.example", "b.example"}
    );
    CHECK(
        remote_image_hosts(
            "<style>a{background:url(https:////a.example//b.example)}"
            "b{background:url(\"http://x,y@c.example/z\")}c//d,url(//d.example)</style>"
        ) == Hosts{"a.example", "c.example", "d.example"}
    );
    std::string many;
    for (int i = 0; i < 50; ++i) many += fmt::format("<img src=https://h{}.example/x>", i);
    CHECK(remote_image_hosts(many).size() == portal::image_hosts_max);
}

TEST_CASE("HTML that never ends anything is read once") {
    for (const std::string piece :
         {"<a href=\"",
          "<!--",
          "<!--x--",
          "<a ",
          "<",
          "<script>",
          "&#",
          "<a a=1 b=2 ",
          "</",
          "<![",
          "<style>//",
          "<a href=https://a.example>",
          "https://a.example ",
          "<!--x--!>"}) {
        INFO(piece);
        std::string html;
        while (html.size() < 200'000) html += piece;
        CHECK(links_of(html, html).size() <= portal::links_max);
        CHECK(remote_image_hosts(html).size() <= portal::image_hosts_max);
    }
    // One style, in which every byte could begin an address.
    for (const std::string piece : {"/", "// ", "//a", "//a ", "a//", "//%", ":"}) {
        INFO(piece);
        std::string css = "<style>";
        while (css.size() < 200'000) css += piece;
        CHECK(remote_image_hosts(css).size() <= portal::image_hosts_max);
    }
}
