#include "mail/related_images.h"

#include "base/ensure.h"
#include "mail/mime.h"
#include "tests/catch.h"

using mail::html_with_images;
using mail::image_type_of;
using namespace std::string_literals;

namespace {

const std::string png = "\x89PNG\r\n\x1a\n-the rest-";
const std::string png_base64 = "iVBORw0KGgotdGhlIHJlc3Qt";  // `png`

std::string image(std::string_view id, std::string_view body = png_base64) {
    return "Content-Type: image/png\r\nContent-ID: <" + std::string(id) +
           ">\r\nContent-Transfer-Encoding: base64\r\n\r\n" + std::string(body);
}
const std::string html = "Content-Type: text/html\r\n\r\n<img src=\"cid:a@x\">";

std::string multipart(
    std::string_view type, const std::string& boundary, const std::vector<std::string>& parts
) {
    std::string text =
        "Content-Type: multipart/" + std::string(type) + "; boundary=" + boundary + "\r\n\r\n";
    for (const auto& part : parts) text += "--" + boundary + "\r\n" + part + "\r\n";
    return text + "--" + boundary + "--\r\n";
}

mail::HtmlWithImages read(const std::string& body, mail::RelatedLimits limits = {}) {
    auto read =
        html_with_images(mail::MessageBytes::of("From: a@example.org\r\n" + body), 100'000, limits);
    base::ensure(read.has_value(), "readable");
    return std::move(*read);
}

}  // namespace

TEST_CASE("An image is what its bytes say, and SVG is none") {
    CHECK(image_type_of(png) == "image/png");
    CHECK(image_type_of("\xff\xd8\xff\xe0") == "image/jpeg");
    CHECK(image_type_of("GIF89a") == "image/gif");
    CHECK(image_type_of("RIFF\1\1\1\1WEBPVP8 ") == "image/webp");
    CHECK(image_type_of("RIFF\1\1\1\1WAVEfmt ").empty());
    CHECK(image_type_of("RIFF").empty());
    CHECK(image_type_of("<svg xmlns=\"http://www.w3.org/2000/svg\">").empty());
    CHECK(image_type_of("").empty());
}

TEST_CASE("The images of the HTML's own multipart/related come with it") {
    const auto read_whole = read(multipart("related", "b", {html, image("a@x"), image("b@x")}));
    CHECK(read_whole.html == "<img src=\"cid:a@x\">");
    REQUIRE(read_whole.images.size() == 2);
    CHECK(read_whole.images[0].content_id == "a@x");
    CHECK(read_whole.images[0].bytes == png);
    CHECK(read_whole.images[0].type == "image/png");
    // Before the HTML, and with the HTML inside an alternative, just so.
    const auto alternative =
        multipart("alternative", "c", {"Content-Type: text/plain\r\n\r\nx", html});
    CHECK(read(multipart("related", "b", {image("a@x"), alternative})).images.size() == 1);
    const auto mixed = multipart("mixed", "m", {multipart("related", "b", {html, image("a@x")})});
    CHECK(read(mixed).images.size() == 1);
}

TEST_CASE("An image of another multipart is not taken") {
    CHECK(read(multipart("mixed", "b", {html, image("a@x")})).images.empty());
    const auto other =
        multipart("related", "c", {"Content-Type: text/html\r\n\r\n<p>", image("a@x")});
    const auto both = multipart("mixed", "b", {multipart("related", "d", {html}), other});
    CHECK(read(both).images.empty());
    const auto behind = multipart("mixed", "b", {multipart("related", "d", {html}), image("a@x")});
    CHECK(read(behind).images.empty());
}

TEST_CASE("What only says that it is an image is left out, and so is what is over the limits") {
    CHECK(read(multipart("related", "b", {html, image("a@x", "PHN2Zz48L3N2Zz4=")})).images.empty());
    CHECK(read(multipart("related", "b", {html, image("a@x", "")})).images.empty());
    const auto twice = read(multipart("related", "b", {html, image("a@x"), image("a@x")}));
    CHECK(twice.images.size() == 1);
    mail::RelatedLimits few;
    few.images_max = 1;
    CHECK(
        read(multipart("related", "b", {html, image("a@x"), image("b@x")}), few).images.size() == 1
    );
    mail::RelatedLimits small;
    small.bytes_max = png.size() + 1;
    const auto first = read(multipart("related", "b", {html, image("a@x"), image("b@x")}), small);
    REQUIRE(first.images.size() == 1);
    CHECK(first.images[0].content_id == "a@x");
    small.bytes_max = png.size() - 1;
    CHECK(read(multipart("related", "b", {html, image("a@x")}), small).images.empty());
}

TEST_CASE("The HTML is the same that is shown without images") {
    const auto body = multipart("related", "b", {html, image("a@x")});
    const auto bytes = mail::MessageBytes::of("From: a@example.org\r\n" + body);
    CHECK(read(body).html == *mail::html_of(bytes, 100'000));
    CHECK(read("Content-Type: text/plain\r\n\r\nx").html.empty());
}
