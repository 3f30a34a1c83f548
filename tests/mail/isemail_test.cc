#include "mail/address.h"
#include "tests/catch.h"
#include "tests/mail/suites.h"

#include <cstdint>
#include <map>
#include <regex>

namespace {

// Their notation: U+2400 + n stands for the control character n, and XML's own escapes.
std::string unescaped(std::string text) {
    const std::pair<const char*, const char*> named[] = {
        {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}
    };
    for (const auto& [escape, character] : named)
        for (std::size_t at = 0; (at = text.find(escape, at)) != std::string::npos; ++at)
            text.replace(at, std::string(escape).size(), character);
    const std::regex number("&#x([0-9A-Fa-f]+);");
    for (std::smatch match; std::regex_search(text, match, number);) {
        const auto code = static_cast<std::uint32_t>(std::stoul(match[1], nullptr, 16));
        std::string character(1, static_cast<char>(code >= 0x2400 ? code - 0x2400 : code));
        if (code >= 0x80 && code < 0x100)
            character = {
                static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 63))
            };
        text = match.prefix().str() + character + match.suffix().str();
    }
    for (std::size_t at = 0; (at = text.find("&amp;", at)) != std::string::npos; ++at)
        text.replace(at, 5, "&");
    return text;
}

// Where we say something else than "accept what RFC 5321 allows, refuse the rest", and why.
const std::map<int, std::string> deliberate = {
    {35, "one dot at the end of a domain is the root's, and dropped"},
    {60, "they count the quotes of a quoted local part; we count what we would send, without"},
    {71, "RFC 5952 deprecates '::' for a single group, and inet_pton and mail servers take it"},
};

}  // namespace

TEST_CASE("isemail's addresses get the answer RFC 5321 gives, but for the listed ones") {
    const auto folder = suite("isemail");
    if (!folder) return;
    const std::string xml = file_text(*folder / "test" / "tests.xml");
    const std::regex test(
        "<test id=\"(\\d+)\">\\s*<address(?:/>|>([^<]*)</address>)[\\s\\S]*?"
        "<category>(\\w+)</category>\\s*<diagnosis>(\\w+)</diagnosis>"
    );
    int count = 0;
    for (auto it = std::sregex_iterator(xml.begin(), xml.end(), test); it != std::sregex_iterator();
         ++it, ++count) {
        const int id = std::stoi((*it)[1]);
        const std::string address = unescaped((*it)[2]);
        const std::string category = (*it)[3];
        // ISEMAIL_DNSWARN: the grammar is right, the domain has no records. ISEMAIL_RFC5321: right,
        // but unusual.
        const bool expected = category == "ISEMAIL_VALID_CATEGORY" ||
                              category == "ISEMAIL_DNSWARN" || category == "ISEMAIL_RFC5321";
        const bool accepted = mail::Address::parse(address).has_value();
        INFO("test " << id << " <" << address << "> " << category << " " << (*it)[4]);
        CHECK(accepted == (expected != deliberate.contains(id)));
    }
    CHECK(count == 164);
}
