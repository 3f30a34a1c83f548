"""Manual pages in man(7)'s macros."""

import re

import settings


def escape(text):
    """Text as troff prints it unchanged, wherever in a line it stands."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\\&" + text if text.startswith((".", "\\(aq")) else text


def prose(text):
    """Escaped text whose `words` and "words" are what somebody types."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(f"\\fB{escape(part)}\\fR" if number % 2 else escape(part) for number, part in enumerate(parts))


def bold(text):
    return f"\\fB{escape(text)}\\fR"


def italic(text):
    return f"\\fI{escape(text)}\\fR"


def title(name, section, version, about):
    return [f'.TH "{name}" "{section}" "" "postern {version}" "{about}"', ".nh", ".ad l"]


def option_lines(option):
    label = ", ".join(bold(name) for name in option.names)
    if option.takes_value:
        label += f" {italic(option.type)}"
    what = option.what
    if option.choices:
        what += f". One of: {', '.join(option.choices)}"
    if option.required:
        what += ". Required"
    return [".TP", label, f"{prose(what)}."]


def usage(command):
    parts = [bold(" ".join(("postern", *command.path)))]
    for option in command.options:
        if option.long in ("--help", "--version"):
            continue
        text = bold(option.long or option.names[0]) + (f" {italic(option.type)}" if option.takes_value else "")
        parts.append(text if option.required else f"[{text}]")
    for positional in command.positionals:
        text = italic(positional.type) + ("..." if positional.repeats else "")
        parts.append(text if positional.required else f"[{text}]")
    return " ".join(parts)


def verbatim(text):
    """Lines that are set as they stand; running text is filled."""
    lines = []
    for line in text.splitlines():
        if line.startswith(" "):
            lines += [".br", prose(line.replace(" ", "\u00a0")).replace("\u00a0", "\\ ")]
        else:
            lines.append(prose(line))
    return lines


def command_lines(command):
    lines = [".TP", usage(command), prose(f"{command.what}.")]
    if command.more:
        lines += [".IP", *verbatim(command.more)]
    named = [positional for positional in command.positionals if positional.what]
    own = [option for option in command.options if option.long not in ("--help", "--config")]
    if named or own:
        lines.append(".RS")
        for positional in named:
            lines += [".TP", italic(positional.type), f"{prose(positional.what)}."]
        for option in own:
            lines += option_lines(option)
        lines.append(".RE")
    return lines


def program(tree, version):
    """postern(1)."""
    lines = title("POSTERN", 1, version, "User commands")
    lines += [".SH NAME", "postern \\- SMTP gateway that holds doubtful mail"]
    lines += [".SH SYNOPSIS"]
    for command in tree.leaves():
        lines += [usage(command), ".br"]
    lines += [
        ".SH DESCRIPTION",
        prose("Postern stands in front of a mail server as its MX. It takes mail over SMTP, decides for every recipient,"),
        prose("passes good mail straight through, and holds doubtful mail until the person it was meant for releases,"),
        prose("rejects or reports it in a web portal."),
        ".PP",
        *verbatim(tree.more),
        ".SH OPTIONS",
    ]
    for option in tree.options:
        lines += option_lines(option)
    config = next((option for command in tree.leaves() for option in command.options if option.long == "--config"), None)
    if config:
        lines += option_lines(config)
        lines.append(f"Taken by every sub\\-command that reads the configuration; default {escape('/etc/postern/postern.toml')}.")
    lines.append(".SH COMMANDS")
    for command in tree.commands:
        if command.commands:
            lines += [f'.SS "{escape(command.name)}"', prose(f"{command.what}.")]
            for leaf in command.commands:
                lines += command_lines(leaf)
        else:
            lines += [f'.SS "{escape(command.name)}"', *command_lines(command)]
    lines += FIXED_PARTS
    return "\n".join(lines) + "\n"


FIXED_PARTS = [
    ".SH SIGNALS",
    "For the process of \\fBpostern serve\\fR:",
    ".TP",
    "SIGTERM, SIGINT",
    "Take no new connections, finish what is under way, exit 0. A second one ends the process at once;",
    "nothing that was acknowledged is lost.",
    ".TP",
    "SIGHUP",
    "Read the configuration again. A file with problems is refused, each problem is logged, and the old",
    "settings stay in force.",
    ".SH EXIT STATUS",
    ".TP",
    "0",
    "Done.",
    ".TP",
    "1",
    "Refused or failed; standard error says why.",
    ".TP",
    "2",
    "The command line is wrong.",
    ".SH ENVIRONMENT",
    ".TP",
    "NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID",
    "Where the service manager listens, and how often it wants a sign of life: see",
    ".BR sd_notify (3).",
    ".SH FILES",
    ".TP",
    "/etc/postern/postern.toml",
    "The configuration:",
    ".BR postern.toml (5).",
    ".TP",
    "/var/lib/postern/postern.db",
    "The store, where \\fIdata_dir\\fR says nothing else. Its companions lie beside it.",
    ".SH SEE ALSO",
    ".BR postern.toml (5),",
    ".BR systemctl (1)",
]


def key_label(key):
    text = f"{bold(key.name)} = {escape(key.value)}"
    return text if key.kind != "default" else f"{text} (default)"


def configuration(text, version):
    """postern.toml(5), from the commented configuration file."""
    introduction, tables = settings.read(text)
    lines = title("POSTERN.TOML", 5, version, "File formats")
    lines += [".SH NAME", "postern.toml \\- configuration of postern", ".SH DESCRIPTION"]
    lines += [
        "The file is written in TOML. Keys that are marked (default) have that value when they are left out; the others show",
        "an example. Keys stand in the table that is named in their heading; relative paths are relative to the file.",
    ]
    # What stands before is how the commented file marks its defaults.
    about_check = " ".join(introduction).index("`postern check")
    lines += [".PP", prose(" ".join(introduction)[about_check:])]
    for table in tables:
        if not table.entries and not table.text:
            continue
        lines.append(f'.SH "{escape(table.head if table.head else "TOP OF THE FILE")}"')
        for paragraph in table.text:
            lines += [prose(paragraph), ".PP"]
        if lines[-1] == ".PP":
            lines.pop()
        for entry in table.entries:
            for number, key in enumerate(entry.keys):
                lines += [".TQ" if number else ".TP", key_label(key)]
            for number, paragraph in enumerate(entry.text):
                lines += [*([".IP"] if number else []), prose(paragraph)]
    lines += [
        ".SH FILES",
        ".TP",
        "/etc/postern/postern.toml",
        "Where \\fBpostern\\fR looks unless \\fB\\-\\-config\\fR says otherwise.",
        ".SH SEE ALSO",
        ".BR postern (1)",
    ]
    return "\n".join(lines) + "\n"
