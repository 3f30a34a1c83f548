"""The user guide shows every page that the gateway has, with pictures that are there and not too large."""

import json
import re

import sources

BYTES_MAX = 150 * 1024
PAGE = re.compile(r"\{Method::get,\s*\"([^\"]+)\",\s*Access::\w+,\s*0,\s*(?:show_page|show_digest)\}")
PICTURE = re.compile(r"(?:!\[[^\]]+\]\(|<img src=\")(images/[^)\"]+)")


def guide_problems(top=sources.TOP):
    folder = top / "docs" / "user-guide"
    index = folder / "images" / "pictures.json"
    if not index.exists():
        return [f"{index.relative_to(top)} is missing: tests/browser/guide.mjs makes it"]
    taken = {f"images/{each['file']}": each["pages"] for each in json.loads(index.read_text())}
    shown = {picture for text in folder.glob("*.md") for picture in PICTURE.findall(text.read_text())}

    pages = set(PAGE.findall((top / "portal" / "routes.cc").read_text()))
    seen = {page for picture in shown for page in taken.get(picture, [])}
    found = [f"docs/user-guide shows no picture of {page}" for page in sorted(pages - seen)]
    found += [f"pictures.json names {page}, which the gateway does not have" for page in sorted(seen - pages)]
    if not pages:
        found.append("portal/routes.cc: no page is found there any more")

    for picture in sorted(shown | set(taken)):
        path = folder / picture
        if not path.exists():
            found.append(f"docs/user-guide/{picture} is missing: tests/browser/guide.mjs makes it")
        elif path.stat().st_size > BYTES_MAX:
            found.append(f"docs/user-guide/{picture}: {path.stat().st_size} bytes; {BYTES_MAX} are the wall")
        if picture not in shown:
            found.append(f"docs/user-guide/{picture} is in none of its texts")
        if picture not in taken:
            found.append(f"docs/user-guide/{picture} is not among those that tests/browser/guide.mjs takes")
    return found
