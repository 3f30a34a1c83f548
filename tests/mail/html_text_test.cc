#include "mail/html_text.h"

#include "tests/catch.h"

namespace {

std::string text_of(std::string_view html) {
    mail::HtmlText reader;
    reader.add(html);
    reader.finish();
    return reader.take();
}

}  // namespace

TEST_CASE("HTML loses its tags and keeps its words") {
    CHECK(text_of("<p>Hello <b>you</b></p><p>there</p>") == "Hello you\n\nthere\n");
    CHECK(text_of("a<br/>b<BR>c") == "a\nb\nc");
    CHECK(text_of("a  \r\n b") == "a b");
    CHECK(text_of("<table><tr><td>1</td><td>2</td></tr></table>") == "1 2\n\n");
    CHECK(text_of("&lt;b&gt; &amp;amp; &#65;&#x42; &nbsp; &euro;") == "<b> &amp; AB \xe2\x82\xac");
    CHECK(text_of("&nobody; & &; &#0; &#xd800; x&amp") == "&nobody; & &; &#xd800; x&");
    CHECK(text_of("in&shy;visible") == "invisible");
    CHECK(text_of("a<!-- <b>no</b> -- > -->b<!doctype html>c<?x?>d") == "abcd");
    CHECK(text_of("a<script>if (a<b) '</scrip>' </SCRIPT >b<style>x</style>c") == "abc");
    CHECK(text_of("<title>t</title>x") == "x");
    CHECK(text_of("<a title=\"1>2\" href='x>y'>z</a>") == "z");
    CHECK(text_of("<a it's>z</a>") == "z");
    CHECK(text_of("1 < 2 <3 <") == "1 < 2 <3 <");
    CHECK(text_of("\xc3\xbc<i>\xe2\x82\xac</i>") == "\xc3\xbc\xe2\x82\xac");
    CHECK(text_of("<p").empty());
    CHECK(text_of("").empty());
}

TEST_CASE("HTML in pieces gives the same text at every cut") {
    const std::string html =
        "<p>a&amp;b <br> c</p><!-- x --><script>y</script> d &euro;<td>e</td><div> f </div>";
    const std::string whole = text_of(html);
    for (std::size_t cut = 0; cut <= html.size(); ++cut) {
        mail::HtmlText reader;
        reader.add(std::string_view(html).substr(0, cut));
        std::string text = reader.take();
        reader.add(std::string_view(html).substr(cut));
        reader.finish();
        CHECK(text + reader.take() == whole);
    }
}
