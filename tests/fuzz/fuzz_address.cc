// Room: mail
// Covers: mail/address.cc mail/domain.cc mail/path.cc mail/reply.cc mail/ip_address.cc
#include "base/ensure.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "mail/path.h"
#include "mail/reply.h"

#include <cstddef>
#include <cstdint>

// Whatever parses is written, parsed again and the same; nothing that is sent holds a line end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto address = mail::Address::parse(input)) {
        const std::string text = address->text();
        base::ensure(text.find_first_of("\r\n") == std::string::npos, "no line end");
        base::ensure(base::is_utf8(text), "UTF-8");
        const auto again = mail::Address::parse(text);
        base::ensure(again && again->text() == text, "the same again");
        base::ensure(mail::Address::parse(address->display()) == *address, "display leads back");
        base::ensure(mail::Address::parse(address->key())->key() == address->key(), "one key");
    }
    const auto domain = mail::Domain::parse("mx.test");
    if (const auto path = mail::parse_path(input, &*domain)) {
        const auto again = mail::parse_path("<" + path->sender.text() + ">");
        base::ensure(again && again->sender == path->sender, "the same sender again");
    }
    if (const auto reply = mail::parse_reply(input)) {
        const auto again = mail::parse_reply(reply->to_wire());
        base::ensure(again.has_value(), "a reply that was read is one when written");
        base::ensure(again->to_wire() == reply->to_wire(), "the same reply again");
    }
    if (const auto text = mail::decode_xtext(input))
        base::ensure(mail::decode_xtext(mail::encode_xtext(*text)) == *text, "the same xtext");
    return 0;
}
