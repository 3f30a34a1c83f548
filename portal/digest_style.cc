#include "portal/digest_page.h"

#include <fmt/format.h>

namespace portal {

namespace {

// The portal's own colours (portal/web/src/styles/tokens.css) for pages that load nothing else.
constexpr std::string_view accent_by_day = "#17614f";
constexpr std::string_view accent_by_night = "#7ed3b9";

constexpr std::string_view colours = R"(:root {{
  color-scheme: light dark;
  --ground: #f3f5f2; --surface: #ffffff; --ink: #18221f; --ink-2: #4b5955;
  --line: #dfe4e0; --line-strong: #75827d; --accent: {0}; --on-accent: #ffffff;
  --good: #e2f1e9; --good-ink: #14594a; --bad: #fcebe7; --bad-ink: #9d2b1a;
}}
@media (prefers-color-scheme: dark) {{
  :root {{
    --ground: #121716; --surface: #1a201f; --ink: #e6ecea; --ink-2: #b3bfbb;
    --line: #2c3533; --line-strong: #72807b; --accent: {1}; --on-accent: #121716;
    --good: #1a332b; --good-ink: #8bd8bf; --bad: #34201c; --bad-ink: #ff9d8c;
  }}
}}
)";

constexpr std::string_view style_rules = R"(
*, *::before, *::after { box-sizing: border-box; }
html {
  background: var(--ground); color: var(--ink);
  font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
body { margin: 0; }
header div, main, footer { max-width: 52rem; margin: 0 auto; padding: 0 1rem; }
header { background: var(--surface); border-bottom: 1px solid var(--line); }
header div { display: flex; align-items: center; gap: 0.75rem; min-height: 3.5rem; font-weight: 600; }
h1, h2, p, ol { margin: 0; padding: 0; }
h1 { margin-top: 2rem; font-size: 1.625rem; line-height: 1.25; }
h2 { font-size: 1.0625rem; line-height: 1.35; }
bdi { overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: 3px; }
.lead { margin-top: 0.5rem; color: var(--ink-2); }
ol { list-style: none; margin-top: 1.25rem; }
li, .all {
  background: var(--surface); border: 1px solid var(--line); border-radius: 12px;
  padding: 1rem 1.25rem; margin-top: 0.75rem; scroll-margin-top: 1rem;
}
li p { color: var(--ink-2); font-size: 0.9375rem; }
li .from { color: var(--ink); }
li .state { margin-top: 0.5rem; color: var(--ink); font-weight: 600; }
li:target { outline: 3px solid var(--accent); outline-offset: 2px; }
form { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin-top: 0.875rem; }
.all { margin-top: 1.25rem; }
.all p { flex: 1 1 12rem; }
button, .button {
  display: inline-block; min-height: 44px; padding: 0.5rem 1rem; border-radius: 8px;
  border: 1px solid var(--line-strong); background: var(--surface); color: var(--ink);
  font: inherit; font-size: 0.9375rem; text-align: center; text-decoration: none; cursor: pointer;
}
.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
button:hover, .button:hover { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.said {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.5rem;
  margin-top: 1.25rem; padding: 0.75rem 1.25rem; border-radius: 12px;
  background: var(--good); color: var(--good-ink); font-weight: 600;
}
.said form { margin: 0; }
li .said { margin-top: 0.75rem; padding: 0.5rem 0.875rem; border-radius: 8px; }
li .said p { color: inherit; }
.problem { background: var(--bad); color: var(--bad-ink); }
nav { display: flex; justify-content: space-between; gap: 1rem; margin-top: 1.25rem; }
.question { margin-top: 1.5rem; }
.end { margin-top: 2.5rem; color: var(--ink-2); font-size: 0.875rem; }
footer { margin-top: 1.5rem; padding-bottom: 3rem; color: var(--ink-2); font-size: 0.875rem; }
@media (max-width: 480px) {
  li form button, .all button { flex: 1 1 40%; }
  li form .wide, .question button, .question .button { flex: 1 1 100%; }
  li, .all { padding: 1rem; }
}
)";

}  // namespace

std::string digest_style(const conf::Portal& settings) {
    std::string style = fmt::format(
        fmt::runtime(colours),
        settings.accent.empty() ? accent_by_day : std::string_view(settings.accent),
        settings.accent_dark.empty() ? accent_by_night : std::string_view(settings.accent_dark)
    );
    return style.append(style_rules);
}

}  // namespace portal
