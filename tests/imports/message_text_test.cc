#include "imports/message_text.h"

#include "tests/catch.h"
#include "tests/imports/finds.h"

using base::ErrorKind;
using imports::address_list;
using imports::fields_on_top;
using imports::message_of;

namespace {

using namespace std::string_literals;

std::string made_of(std::string_view text) {
    const Folder folder;
    const auto bytes = message_of(text, 1000, folder.limits().spool);
    REQUIRE(bytes);
    return *bytes->prefix(bytes->size());
}

}  // namespace

TEST_CASE("Line ends become those of the wire") {
    CHECK(made_of("a\nb\r\nc") == "a\r\nb\r\nc");
    CHECK(made_of("\n\n") == "\r\n\r\n");
    CHECK(made_of("").empty());
    CHECK(made_of("\xc3\xbc\n") == "\xc3\xbc\r\n");
}

TEST_CASE("What could not be sent as it is is refused, and so is what is too large") {
    const Folder folder;
    const auto kind_of = [&](std::string_view text) {
        const auto made = message_of(text, 10, folder.limits().spool);
        return made ? ErrorKind::trouble : made.error().kind;
    };
    CHECK(kind_of("a\rb") == ErrorKind::invalid);
    CHECK(kind_of("a\r") == ErrorKind::invalid);
    CHECK(kind_of("a\0b"s) == ErrorKind::invalid);
    CHECK(kind_of("a\r\r\n") == ErrorKind::invalid);
    CHECK(kind_of("12345678901") == ErrorKind::limit);
    CHECK(kind_of("12345678\n\n") == ErrorKind::limit);
}

TEST_CASE("Only fields of theirs that stand on top are taken off") {
    const auto text =
        "X-One: 1\r\nx-spam-level: ***\nX-Two: a,\n\tb\nReceived: r\nX-One: the sender's\n\nbody";
    const auto [fields, rest] = fields_on_top(text, {"X-One", "X-Two", "X-Spam-*"});
    REQUIRE(fields.size() == 3);
    CHECK(fields[0].value == "1");
    CHECK(fields[1].name == "x-spam-level");
    CHECK(fields[2].value == "a, b");
    CHECK(std::string_view(text).substr(rest) == "Received: r\nX-One: the sender's\n\nbody");
    CHECK(fields_on_top("no field\n", {"X-One"}).second == 0);
    CHECK(fields_on_top("\nX-One: 1\n", {"X-One"}).second == 0);
    CHECK(fields_on_top("", {"X-One"}).second == 0);
    // Without its end it is not known whose it is.
    CHECK(fields_on_top("X-One: 1", {"X-One"}).second == 0);
    CHECK(fields_on_top("X-One: " + std::string(100'000, 'a') + "\n", {"X-One"}).second == 0);
}

TEST_CASE("Lists of addresses are split where addresses end") {
    CHECK(address_list("<a@b.test>") == Lines{"a@b.test"});
    CHECK(address_list("<a@b.test>,\n <c@d.test>") == Lines{"a@b.test", "c@d.test"});
    CHECK(
        address_list("<\"a,b\\\"c\"@d.test>,<e@f.test>") == Lines{"\"a,b\\\"c\"@d.test", "e@f.test"}
    );
    CHECK(address_list("<>").empty());
    CHECK(address_list("").empty());
    CHECK(address_list("<\"never closed") == Lines{"<\"never closed"});
}
