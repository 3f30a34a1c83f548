#include "policy/condition.h"

#include "policy/words.h"
#include "tests/catch.h"

#include <string>

namespace {

using policy::Answer;
using policy::Condition;

policy::EnvelopeFacts envelope() {
    return {
        mail::Sender(*mail::Address::parse("someone@elsewhere.test")),
        *mail::Address::parse("me@example.test"),
        *mail::IpAddress::parse("192.0.2.1"),
        "internet",
        1
    };
}

policy::MessageFacts message(std::string_view header, policy::Fact<mail::MimeFacts> mime) {
    mail::Header parsed = mail::Header::parse(header);
    auto from = parsed.from();
    return {1000, std::move(parsed), std::move(from), std::move(mime)};
}

Condition subject(std::string_view pattern) {
    policy::TextPatterns patterns;
    REQUIRE(patterns.add(pattern));
    return Condition::subject(std::move(patterns));
}

}  // namespace

TEST_CASE("Negation is Kleene's: no and yes change places, unknown stays") {
    CHECK(policy::negation_of(Answer::no) == Answer::yes);
    CHECK(policy::negation_of(Answer::yes) == Answer::no);
    CHECK(policy::negation_of(Answer::unknown) == Answer::unknown);
    const auto facts = envelope();
    const auto unknown = policy::Fact<mail::MimeFacts>::unknown("scanner down");
    const auto mail = message("From: <a@b.test>\r\n\r\n", unknown);
    const Condition extension = Condition::attachment_extension({"exe"});
    for (const Condition& condition :
         {extension, extension.negated(), extension.negated().negated()}) {
        const policy::Finding finding = condition.judge({facts, &mail});
        CHECK(finding.answer == Answer::unknown);
        CHECK(finding.words == "the parts of the mail could not be read: scanner down");
    }
    CHECK(subject("^$").judge({facts, &mail}).answer == Answer::yes);
    CHECK(subject("^$").negated().judge({facts, &mail}).answer == Answer::no);
}

TEST_CASE("Without a message what depends on it is unknown, also negated") {
    const auto facts = envelope();
    const policy::Evidence at_rcpt{facts, nullptr};
    CHECK(subject("x").judge(at_rcpt).answer == Answer::unknown);
    CHECK(subject("x").negated().judge(at_rcpt).answer == Answer::unknown);
    CHECK(Condition::larger_than(1).judge(at_rcpt).answer == Answer::unknown);
    CHECK(Condition::ambiguous({}).judge(at_rcpt).answer == Answer::unknown);
    CHECK(Condition::listener({"internet"}).judge(at_rcpt).answer == Answer::yes);
    CHECK(Condition::recipients_over(1).judge(at_rcpt).answer == Answer::unknown);
    CHECK(Condition::recipients_over(0).judge(at_rcpt).answer == Answer::yes);
    CHECK(Condition::recipients_over(0).negated().judge(at_rcpt).answer == Answer::no);
}

TEST_CASE("In a header that was cut off, not found is unknown and found is found") {
    const auto facts = envelope();
    std::string header = "From: <a@b.test>\r\nSubject: hello\r\n";
    while (header.size() <= mail::Header::bytes_max)
        header += "X-Padding: " + std::string(900, 'x') + "\r\n";
    header += "X-Spam-Flag: yes\r\n\r\n";
    const auto mail = message(header, mail::MimeFacts());
    REQUIRE(mail.header.truncated());
    const policy::Evidence evidence{facts, &mail};
    policy::TextPatterns yes;
    REQUIRE(yes.add("yes"));
    CHECK(Condition::header("X-Spam-Flag", yes).judge(evidence).answer == Answer::unknown);
    CHECK(
        Condition::header("X-Spam-Flag", yes).negated().judge(evidence).answer == Answer::unknown
    );
    CHECK(subject("hello").judge(evidence).answer == Answer::yes);
    CHECK(
        Condition::ambiguous({mail::Ambiguity::header_too_long}).judge(evidence).answer ==
        Answer::yes
    );
}

TEST_CASE("A field matches as it stands and decoded, and raw bytes hide nothing") {
    const auto facts = envelope();
    const auto mail = message(
        "From: <a@b.test>\r\nX-A: =?utf-8?Q?l=6fttery?=\r\nX-B: \xff\xfe lottery\r\n\r\n",
        mail::MimeFacts()
    );
    const policy::Evidence evidence{facts, &mail};
    policy::TextPatterns lottery;
    REQUIRE(lottery.add("lottery"));
    policy::TextPatterns raw;
    REQUIRE(raw.add("=\\?utf-8"));
    CHECK(Condition::header("x-a", lottery).judge(evidence).answer == Answer::yes);
    CHECK(Condition::header("X-A", raw).judge(evidence).answer == Answer::yes);
    CHECK(Condition::header("X-B", lottery).judge(evidence).answer == Answer::yes);
}

TEST_CASE("A pattern that RE2 does not take is refused with its own words") {
    policy::TextPatterns patterns;
    CHECK(patterns.add("a(b").error().text == "missing ): a(b");
    CHECK(patterns.add("(a)\\1").error().text == "invalid escape sequence: \\1");
    CHECK(
        patterns.add(std::string(5000, 'a')).error().text == "the pattern is longer than 4096 bytes"
    );
    CHECK(patterns.add("((a{100}){100}){100}").error().kind == base::ErrorKind::invalid);
    CHECK(patterns.size() == 0);
}

TEST_CASE("A condition says what it is") {
    policy::AddressSet senders;
    for (int i = 0; i < 20; ++i) REQUIRE(senders.add("d" + std::to_string(i) + ".test"));
    senders.add_null_sender();
    CHECK(senders.size() == 21);
    const std::string text = Condition::sender(senders).negated().text();
    CHECK(text.starts_with("not sender <>, "));
    CHECK(text.ends_with(" and 16 more"));
    CHECK(Condition::larger_than(5).text() == "larger than 5 bytes");
    CHECK(Condition::ambiguous({mail::Ambiguity::raw_nul}).text() == "ambiguous raw_nul");
}

TEST_CASE("Words from a mail are one short line without tricks") {
    CHECK(policy::in_quotes("plain") == "\"plain\"");
    CHECK(policy::plain("a\r\nb\x1b[31m") == "a  b [31m");
    CHECK(policy::plain("\xe2\x80\xaegpj.exe") == "\xef\xbf\xbdgpj.exe");
    CHECK(policy::plain("bad\xff") == "bad\xef\xbf\xbd");
    CHECK(policy::plain("\xc2\x9b") == "\xef\xbf\xbd");
    const std::string cut = policy::plain(std::string(500, 'x'));
    CHECK(cut == std::string(120, 'x') + "\xe2\x80\xa6");
    // A character is never cut in two.
    std::string umlauts;
    for (int i = 0; i < 100; ++i) umlauts += "\xc3\xa4";
    CHECK(policy::plain("x" + umlauts).size() == 1 + 2 * 59 + 3);
}

TEST_CASE("Every ambiguity has a name of its own that reads back") {
    for (const mail::Ambiguity ambiguity : policy::all_ambiguities()) {
        CHECK(policy::ambiguity_named(mail::name_of(ambiguity)) == ambiguity);
        CHECK_FALSE(mail::explain(ambiguity).empty());
    }
    CHECK_FALSE(policy::ambiguity_named("unclear"));
}
