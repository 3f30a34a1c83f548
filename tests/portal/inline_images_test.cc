#include "portal/inline_images.h"

#include "portal/html_view.h"
#include "portal/reason_code.h"
#include "tests/catch.h"

using portal::disarmed;
using portal::inline_images_in;
using portal::with_inline_images;

namespace {

const std::vector<mail::RelatedImage> images = {
    {"logo@x", "image/png", "\x89PNG"}, {"hreflogo", "image/gif", "GIF89a"}
};
const std::string png = "data:image/png;base64,iVBORw==";

std::string shown(const std::string& html, std::size_t most = 1'000'000) {
    return with_inline_images(disarmed(html), images, most);
}

}  // namespace

TEST_CASE("An image of the mail takes the place of its cid address") {
    CHECK(shown("<img src=\"cid:logo@x\">") == "<img src=\"" + png + "\">");
    CHECK(shown("<img src='CID:logo%40x'>") == "<img src='" + png + "'>");
    CHECK(shown("<img src=cid:logo&#64;x>") == "<img src=" + png + ">");
    CHECK(
        shown("<td style=\"background:url(cid:logo@x)\">") ==
        "<td style=\"background:url(" + png + ")\">"
    );
    CHECK(
        shown("<img src=cid:logo@x><img src=cid:logo@x>") ==
        "<img src=" + png + "><img src=" + png + ">"
    );
}

TEST_CASE("What names no image of the mail stays as it is") {
    for (const std::string html :
         {"<img src=\"cid:other\">",
          "cid:logo@x",
          "acid:logo@x",
          "<p title=\"x:cid\">",
          "",
          "cid:",
          "<img src=cid:"}) {
        INFO(html);
        CHECK(shown(html) == html);
    }
    CHECK(with_inline_images("<img src=cid:logo@x>", {}, 1000) == "<img src=cid:logo@x>");
}

TEST_CASE("An id that disarming has changed still names its image") {
    CHECK(shown("<img src=cid:hreflogo>") == "<img src=data:image/gif;base64,R0lGODlh>");
}

TEST_CASE("A picture that is shown again and again does not make the answer grow without end") {
    std::string html;
    for (int i = 0; i < 1000; ++i) html += "<img src=cid:logo@x>";
    CHECK(shown(html, 100).size() < html.size() + 200);
    CHECK(shown(html, 100).starts_with("<img src=" + png + ">"));
}

TEST_CASE("Images are counted that the HTML shows") {
    CHECK(inline_images_in("<img src=cid:logo@x><img src=cid:logo@x>", images) == 1);
    CHECK(inline_images_in("<img src=cid:logo@x><img src=cid:hreflogo>", images) == 2);
    CHECK(inline_images_in("<p>", images) == 0);
    CHECK(inline_images_in("<img src=cid:logo@x>", {}) == 0);
}

TEST_CASE("A reason of ours has a word for translation, the administrator's own has none") {
    using portal::reason_code_of;
    const auto made = reason_code_of(
        "news",
        "Held by the mail administrator's rule \"news\": the sender a@b.example is within "
        "b.example."
    );
    CHECK(made.code == "held_by_rule");
    CHECK(made.rule == "news");
    CHECK(made.words == "the sender a@b.example is within b.example");
    CHECK(
        reason_code_of(
            "not exactly one From",
            "This mail does not say clearly who wrote it: it names no sender, or more than one."
        )
            .code == "not_one_from"
    );
    CHECK(reason_code_of("ambiguous executable or archive", "Our own words.").code.empty());
    CHECK(reason_code_of("news", "Newsletters wait here.").code.empty());
    CHECK(reason_code_of("", "").code.empty());
}
