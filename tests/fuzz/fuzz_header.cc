// Room: mail
// Covers: mail/header.cc mail/mailboxes.cc mail/words.cc mail/received.cc
#include "base/ensure.h"
#include "base/utf8.h"
#include "mail/header.h"
#include "mail/received.h"

#include <cstddef>
#include <cstdint>

namespace {

void check_text(const std::string& text) {
    base::ensure(base::is_utf8(text), "valid UTF-8 for people");
    base::ensure(
        text.find_first_of(std::string_view("\0\r\n", 3)) == std::string::npos, "one line"
    );
}

}  // namespace

// What is shown is one line of valid UTF-8; what is written is one field, whatever went in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto header = mail::Header::parse(input);
    check_text(header.subject());
    check_text(header.to());
    check_text(header.message_id());
    for (const auto& mailbox : header.from()) check_text(mailbox.display_name);
    for (const auto& mailbox : mail::parse_mailboxes(input)) check_text(mailbox.display_name);
    check_text(mail::decode_words(input));

    const auto written = mail::Header::parse(mail::header_field("X-Test", input) + "\r\n");
    base::ensure(written.fields().size() == 1 && !written.malformed(), "one field");
    mail::Hop hop;
    hop.helo = hop.tls = hop.id = hop.protocol = input;
    hop.by = "mx.test";
    const auto trace = mail::Header::parse(mail::received_field(hop, nullptr) + "\r\n");
    base::ensure(trace.fields().size() == 1 && !trace.malformed(), "one trace field");
    return 0;
}
