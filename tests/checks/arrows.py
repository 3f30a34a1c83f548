"""Every #include between rooms follows an arrow of CMakeLists.txt: room(name USES ...)."""

import re

import sources

INCLUDE = re.compile(r'^\s*#\s*include\s+"(\w+)/')


def reach(room, uses):
    found = {room}
    for used in uses[room]:
        found |= reach(used, uses)
    return found


def problems(top=sources.TOP):
    uses = sources.rooms(top)
    found = []
    for number, (room, used) in enumerate(uses.items()):
        before = list(uses)[:number]
        found += [f"CMakeLists.txt: {room} uses {name}, which stands after it" for name in used if name not in before]
    if found:
        return found
    for path in sources.cpp_files(top):
        parts = path.relative_to(top).parts
        # A room's tests see what the room sees.
        room = parts[1] if parts[0] == "tests" and len(parts) > 2 else parts[0]
        if room not in uses:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            included = INCLUDE.match(line)
            if included and included[1] in uses and included[1] not in reach(room, uses):
                found.append(f"{path.relative_to(top)}:{number}: {room} may not use {included[1]}")
    return found
