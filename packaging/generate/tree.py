"""The command line as `postern describe` gives it, and walks over it."""

import dataclasses


@dataclasses.dataclass
class Option:
    names: list  # ["-h", "--help"]; empty for a positional
    positional: str
    what: str
    type: str  # "" for a flag
    choices: list
    required: bool
    takes_value: bool
    repeats: bool

    @property
    def is_file(self):
        return self.type.startswith(("FILE", "MESSAGE", "DIR"))

    @property
    def long(self):
        return next((name for name in self.names if name.startswith("--")), None)


@dataclasses.dataclass
class Command:
    path: tuple  # ("hold", "list"); () for the program
    what: str
    more: str
    options: list
    positionals: list
    commands: list

    @property
    def name(self):
        return self.path[-1] if self.path else "postern"

    def walk(self):
        """This command and all below it, each before its own."""
        yield self
        for command in self.commands:
            yield from command.walk()

    def leaves(self):
        return [command for command in self.walk() if not command.commands]


def option_of(found):
    return Option(
        found["names"],
        found.get("positional", ""),
        found["what"],
        found["type"],
        found["choices"],
        found["required"],
        found["takes_value"],
        found["repeats"],
    )


def command_of(described, path=()):
    """What `describe` printed, read by json.loads, as a Command."""
    options = [option_of(option) for option in described["options"]]
    return Command(
        path,
        described["what"],
        described["more"],
        [option for option in options if option.names],
        [option for option in options if option.positional],
        [command_of(command, (*path, command["name"])) for command in described["commands"]],
    )
