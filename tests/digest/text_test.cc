#include "digest/text.h"

#include "conf/languages.h"
#include "digest/words.h"
#include "tests/catch.h"

using digest::escaped;
using digest::tamed;
using digest::unlinked;

TEST_CASE("What strangers wrote becomes one line that can be seen") {
    CHECK(tamed("  a \r\n\t b\x01 c ", 100) == "a b c");
    CHECK(tamed("abcdef", 6) == "abcdef");
    CHECK(tamed("abcdefg", 6) == "abcdef\xe2\x80\xa6");
    CHECK(
        tamed(
            "Gr\xc3\xbc\xc3\x9f"
            "e",
            100
        ) ==
        "Gr\xc3\xbc\xc3\x9f"
        "e"
    );
    CHECK(
        tamed(
            "\xe2\x80\xae"
            "evil\xe2\x80\xac",
            100
        ) == "evil"
    );  // override
    CHECK(
        tamed(
            "a\xe2\x80\x8b"
            "b\xef\xbb\xbf"
            "c",
            100
        ) == "abc"
    );  // no width
    CHECK(
        tamed(
            "a\xe3\x85\xa4"
            "b",
            100
        ) == "ab"
    );  // filler
    CHECK(
        tamed(
            "a\xe2\x80\xa8"
            "b",
            100
        ) == "a b"
    );  // line separator
    CHECK(tamed("\xff\xfe", 100) == "\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(tamed("", 5).empty());
    CHECK(tamed(" \n ", 5).empty());
    CHECK(tamed("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", 100) == "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d");
    // A joiner belongs to its script and to emoji.
    CHECK(tamed("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", 100).size() == 11);
    CHECK(tamed(std::string(1'000'000, 'x'), 10).size() == 13);
}

TEST_CASE("What looks like a link or an address is broken up") {
    const std::string gap = "\xe2\x80\x8b";
    CHECK(unlinked("evil.example") == "evil." + gap + "example");
    CHECK(unlinked("a@b.test") == "a@" + gap + "b." + gap + "test");
    CHECK(unlinked("https://x").find("https://") == std::string::npos);
    CHECK(unlinked("Well. Then: no. 5") == "Well. Then: no. 5");
    CHECK(unlinked("The end.") == "The end.");
    CHECK(unlinked("").empty());
}

TEST_CASE("Text for HTML has no markup") {
    CHECK(
        escaped("<a href=\"x\" id='y'>&amp;") ==
        "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;"
    );
}

TEST_CASE("Every language says everything") {
    for (const std::string_view language : conf::languages) {
        INFO(language);
        const digest::Words* words = &digest::words_in(language);
        CHECK(words->language == language);
        for (const auto& counted :
             {words->subject,
              words->heading,
              words->see_all,
              words->more,
              words->page_count,
              words->confirm_release_all,
              words->confirm_reject_all,
              words->done_release,
              words->done_reject,
              words->done_undo}) {
            CHECK_FALSE(counted.of(1).empty());
            CHECK(counted.of(7).find('7') != std::string::npos);
        }
        for (const std::string_view text :
             {words->intro,
              words->show,
              words->from,
              words->to,
              words->received,
              words->why,
              words->no_subject,
              words->no_sender,
              words->link_note,
              words->why_you,
              words->change_how,
              words->support,
              words->page_title,
              words->page_intro,
              words->waits_until,
              words->release,
              words->release_permit,
              words->reject,
              words->reject_block,
              words->undo,
              words->undo_all,
              words->released_by,
              words->delivered_by,
              words->rejected_by,
              words->reported_by,
              words->expired,
              words->failed,
              words->gone,
              words->act_on_all,
              words->release_all,
              words->reject_all,
              words->confirm,
              words->cancel,
              words->newer,
              words->older,
              words->sign_in,
              words->revoke,
              words->revoke_text,
              words->confirm_revoke,
              words->done_release_permit,
              words->done_reject_block,
              words->said_decided,
              words->said_too_late,
              words->said_not_listed,
              words->said_refused,
              words->no_page_title,
              words->no_page,
              words->expired_title,
              words->expired_page,
              words->revoked_title,
              words->revoked_page,
              words->later_title,
              words->later_page,
              words->trouble_title,
              words->trouble_page,
              words->reason_not_one_from})
            CHECK_FALSE(text.empty());
    }
    CHECK(digest::words_in("xx").language == "en");
    CHECK(digest::size_text(digest::german, 1'250'000) == "1,3 MB");
    CHECK(digest::size_text(digest::english, 1) == "1 KB");
}
