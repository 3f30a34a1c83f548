#include "accounts/password_rules.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace accounts {

namespace {

// What people take when they are asked for a password, in small letters and without digits at the
// ends: words, names and keyboard walks of English and German. A password that is nothing but one
// or more of them is tried by everybody who guesses.
constexpr std::array common_words = {
    "password",
    "passwort",
    "passw",
    "passwd",
    "pass",
    "kennwort",
    "geheim",
    "secret",
    "letmein",
    "welcome",
    "willkommen",
    "hello",
    "hallo",
    "admin",
    "administrator",
    "root",
    "user",
    "guest",
    "login",
    "access",
    "master",
    "default",
    "change",
    "changeme",
    "changeit",
    "please",
    "test",
    "testing",
    "temp",
    "temporary",
    "sample",
    "example",
    "demo",
    "office",
    "company",
    "firma",
    "computer",
    "internet",
    "mail",
    "email",
    "postern",
    "portal",
    "server",
    "system",
    "windows",
    "microsoft",
    "google",
    "apple",
    "samsung",
    "outlook",
    "exchange",
    "security",
    "sicherheit",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "januar",
    "februar",
    "maerz",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "spring",
    "summer",
    "autumn",
    "winter",
    "fruehling",
    "sommer",
    "herbst",
    "football",
    "fussball",
    "baseball",
    "basketball",
    "soccer",
    "hockey",
    "liverpool",
    "chelsea",
    "arsenal",
    "bayern",
    "schalke",
    "dortmund",
    "borussia",
    "werder",
    "ferrari",
    "mercedes",
    "porsche",
    "mustang",
    "corvette",
    "yamaha",
    "harley",
    "dragon",
    "monkey",
    "tiger",
    "shadow",
    "sunshine",
    "princess",
    "prinzessin",
    "superman",
    "batman",
    "spiderman",
    "starwars",
    "pokemon",
    "minecraft",
    "naruto",
    "matrix",
    "ninja",
    "killer",
    "hunter",
    "ranger",
    "soldier",
    "trustno",
    "iloveyou",
    "loveyou",
    "ilove",
    "ichliebedich",
    "liebe",
    "love",
    "lovely",
    "schatz",
    "schatzi",
    "engel",
    "angel",
    "baby",
    "babygirl",
    "daniel",
    "michael",
    "jordan",
    "jennifer",
    "jessica",
    "ashley",
    "michelle",
    "charlie",
    "thomas",
    "andreas",
    "christian",
    "alexander",
    "sebastian",
    "stefan",
    "martin",
    "robert",
    "andrea",
    "claudia",
    "sabine",
    "nicole",
    "whatever",
    "freedom",
    "freiheit",
    "forever",
    "nothing",
    "flower",
    "blume",
    "cookie",
    "cheese",
    "chocolate",
    "schokolade",
    "banana",
    "pepper",
    "ginger",
    "purple",
    "orange",
    "silver",
    "golden",
    "diamond",
    "hamburg",
    "berlin",
    "muenchen",
    "koeln",
    "frankfurt",
    "deutschland",
    "germany",
    "london",
    "america",
    "qwerty",
    "qwertz",
    "azerty",
    "asdf",
    "yxcv",
    "zxcv",
    "qwer",
    "wasd",
    "mein",
    "meine",
    "mypassword",
    "your",
    "the",
    "this",
    "is",
    "my",
    "i",
    "me",
    "and",
    "und",
    "ist",
    "das",
    "der",
    "die",
    "correcthorse",
    "batterystaple",
    "abc",
    "abcd",
    "xyz",
};

constexpr std::array keyboard_rows = {
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujm",
    "1q2w3e4r5t6z7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
};

bool is_letter_byte(char c) {
    return base::is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}

char letter_for(char c) {
    switch (c) {
        case '0':
            return 'o';
        case '1':
        case '!':
            return 'i';
        case '3':
            return 'e';
        case '4':
        case '@':
            return 'a';
        case '5':
        case '$':
            return 's';
        case '7':
            return 't';
        default:
            return c;
    }
}

// Letters alone, digits that stand for letters read as such.
std::string letters_of(std::string_view text) {
    std::string letters;
    for (const char c : text)
        if (const char letter = letter_for(c); is_letter_byte(letter)) letters += letter;
    return letters;
}

std::string_view without_ends(std::string_view text) {
    while (!text.empty() && !is_letter_byte(text.front())) text.remove_prefix(1);
    while (!text.empty() && !is_letter_byte(text.back())) text.remove_suffix(1);
    return text;
}

// Nothing but words of the list, one behind the other.
bool is_of_common_words(std::string_view text) {
    if (text.empty()) return false;
    std::vector<bool> reached(text.size() + 1, false);
    reached[0] = true;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!reached[at]) continue;
        for (const std::string_view word : common_words)
            if (text.substr(at).starts_with(word)) reached[at + word.size()] = true;
    }
    return reached[text.size()];
}

// A row of keys, of letters or of digits, up or down, from any of its places on.
bool is_walk(std::string_view text) {
    constexpr std::size_t shortest = 4;
    if (text.size() < shortest) return false;
    std::size_t steps = 0;
    for (std::size_t i = 1; i < text.size(); ++i)
        if (std::abs(text[i] - text[i - 1]) <= 1) ++steps;
    // "9012" goes on behind the nine.
    if (steps + 2 >= text.size()) return true;
    std::string back(text.rbegin(), text.rend());
    for (const std::string_view row : keyboard_rows)
        if (row.find(text) != row.npos || row.find(back) != row.npos) return true;
    return false;
}

// The shortest piece that gives the text when it is repeated.
std::string_view piece_of(std::string_view text) {
    for (std::size_t length = 1; length <= text.size() / 2; ++length) {
        if (text.size() % length != 0) continue;
        bool repeats = true;
        for (std::size_t i = length; i < text.size() && repeats; ++i)
            repeats = text[i] == text[i - length];
        if (repeats) return text.substr(0, length);
    }
    return text;
}

std::size_t different_bytes(std::string_view text) {
    std::string sorted(text);
    std::sort(sorted.begin(), sorted.end());
    return static_cast<std::size_t>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
}

bool is_common(std::string_view lower) {
    if (different_bytes(lower) < 4) return true;
    const std::string_view piece = piece_of(lower);
    // Two walks behind each other are no better than one.
    for (std::size_t cut = 0; cut <= piece.size() / 2; ++cut) {
        const auto head = piece.substr(0, cut);
        const auto tail = piece.substr(cut);
        if ((head.empty() || is_walk(head)) && is_walk(tail)) return true;
    }
    const auto core = without_ends(lower);
    // The digits of "pa55word" are letters, those of "password2026" are not.
    for (const std::string& letters : {letters_of(core), letters_of(lower)})
        if (is_of_common_words(letters) || is_walk(letters) ||
            is_of_common_words(piece_of(letters)))
            return true;
    // A walk with a number behind it, "qwertzuiop2026".
    return core.size() >= 4 && is_walk(core);
}

bool is_address(std::string_view lower, const std::vector<std::string>& addresses) {
    constexpr std::size_t little = 4;  // characters around it
    for (const std::string& key : addresses) {
        const std::string_view address = key;
        const auto at = address.rfind('@');
        if (at == address.npos) continue;
        for (const auto part : {address, address.substr(0, at), address.substr(at + 1)}) {
            const bool is_long = part.size() >= 3;
            const bool fills = part.size() + little >= lower.size();
            if (is_long && fills && lower.find(part) != lower.npos) return true;
        }
    }
    return false;
}

std::size_t characters_in(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

}  // namespace

std::string_view name_of(Weakness weakness) {
    switch (weakness) {
        case Weakness::none:
            return "";
        case Weakness::too_short:
            return "too_short";
        case Weakness::too_long:
            return "too_long";
        case Weakness::address:
            return "address";
        case Weakness::common:
            return "common";
    }
    return "";
}

Weakness weakness_of(std::string_view password, const std::vector<std::string>& addresses) {
    if (password.size() > password_bytes_max) return Weakness::too_long;
    if (characters_in(password) < password_characters_min) return Weakness::too_short;
    const std::string lower = base::lower(password);
    if (is_address(lower, addresses)) return Weakness::address;
    return is_common(lower) ? Weakness::common : Weakness::none;
}

}  // namespace accounts
