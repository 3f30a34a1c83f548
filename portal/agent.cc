#include "portal/agent.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

namespace portal {

namespace {

struct Sign {
    std::string_view part;
    std::string_view name;
};

// In this order: nearly every browser also names those it wants to be taken for.
constexpr Sign browsers[] = {
    {"Edg/", "Edge"},
    {"EdgA/", "Edge"},
    {"EdgiOS/", "Edge"},
    {"OPR/", "Opera"},
    {"Vivaldi/", "Vivaldi"},
    {"SamsungBrowser/", "Samsung Internet"},
    {"Firefox/", "Firefox"},
    {"FxiOS/", "Firefox"},
    {"CriOS/", "Chrome"},
    {"Chromium/", "Chromium"},
    {"Chrome/", "Chrome"},
    {"Safari/", "Safari"},
};
constexpr Sign systems[] = {
    {"iPhone", "iPhone"},
    {"iPad", "iPad"},
    {"Android", "Android"},
    {"CrOS", "ChromeOS"},
    {"Windows", "Windows"},
    {"Macintosh", "macOS"},
    {"Linux", "Linux"},
};

std::string_view name_in(std::string_view text, std::span<const Sign> signs) {
    const auto found = std::find_if(signs.begin(), signs.end(), [&](const Sign& sign) {
        return text.find(sign.part) != text.npos;
    });
    return found == signs.end() ? std::string_view() : found->name;
}

bool is_name_character(char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_' || c == '.';
}

}  // namespace

std::string agent_words(std::string_view user_agent) {
    const auto browser = name_in(user_agent, browsers);
    const auto system = name_in(user_agent, systems);
    if (!browser.empty() && !system.empty()) return fmt::format("{} on {}", browser, system);
    if (!browser.empty()) return std::string(browser);
    constexpr std::size_t name_bytes = 60;
    const auto end = std::find_if_not(user_agent.begin(), user_agent.end(), is_name_character);
    const auto length = static_cast<std::size_t>(std::distance(user_agent.begin(), end));
    return std::string(user_agent.substr(0, std::min(length, name_bytes)));
}

}  // namespace portal
