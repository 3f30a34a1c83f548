"""The front end's style sheets: written along the line of reading, so that right-to-left languages fit by themselves."""

import re

import sources

# A property that names a side of the screen; `top` and `bottom` are the same for every language.
PHYSICAL = re.compile(
    r"^(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)\b.*|left|right|float|clear"
    r"|border-(?:top|bottom)-(?:left|right)-radius|(?:text-align))$"
)
SIDES = re.compile(r"\b(?:left|right)\b")
# Four values run top, right, bottom, left.
FOUR_SIDES = {"margin", "padding", "inset", "border-width", "border-style", "border-color"}
# Four values run from the corner at the top left clockwise.
FOUR_CORNERS = {"border-radius"}
DECLARATION = re.compile(r"(?:^|[;{])\s*([a-z-]+)\s*:\s*([^;{}]+)(?=[;}])", re.MULTILINE)
VALUE = re.compile(r"[a-z-]*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|[^\s]+")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Marks that are turned by hand for right-to-left pages, in a rule that says so.
TURNED = re.compile(r'\[dir="?(?:rtl|ltr)"?\]')


def wrong_with(name, value):
    """What makes a declaration fit only one direction; None if nothing does."""
    parts = VALUE.findall(value)
    if name in FOUR_SIDES and len(parts) == 4 and parts[1] != parts[3]:
        return "its second and fourth value differ: use the -block and -inline forms"
    if name in FOUR_CORNERS and "/" not in parts:
        corners = (parts + parts[:1] * 3)[:4] if len(parts) == 1 else None
        if len(parts) == 2:
            corners = [parts[0], parts[1], parts[0], parts[1]]
        if len(parts) == 3:
            corners = [parts[0], parts[1], parts[2], parts[1]]
        if len(parts) == 4:
            corners = parts
        if corners and (corners[0] != corners[1] or corners[2] != corners[3]):
            return "its corners differ from side to side: use border-start-start-radius and its like"
    if name == "text-align" and SIDES.search(value):
        return "use start or end"
    if name == "background-position" and SIDES.search(value):
        return 'needs a rule for [dir="rtl"], and so it stands in one for [dir="ltr"]'
    if name != "text-align" and PHYSICAL.match(name):
        return "names a side of the screen: use its inline form"
    return None


def direction_problems(top=sources.TOP):
    found = []
    for path in sources.files("*.css", top=top):
        text = COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), path.read_text())
        for declaration in DECLARATION.finditer(text):
            opening = text.rfind("{", 0, declaration.start(1))
            selector = text[max(text.rfind("}", 0, opening), text.rfind("{", 0, opening)) + 1 : opening]
            if TURNED.search(selector):
                continue
            problem = wrong_with(declaration[1], declaration[2].strip())
            if problem:
                line = text.count("\n", 0, declaration.start(1)) + 1
                found.append(f"{path.relative_to(top)}:{line}: {declaration[1]}: {problem}")
    return found
