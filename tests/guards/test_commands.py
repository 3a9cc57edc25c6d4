import re
from collections.abc import Iterator

import click

from tests.guards.sources import ROOT
from townhall.cli import main

COMMANDS = ROOT / "docs" / "commands.md"


def commands(group: click.Group, name: str = "townhall") -> Iterator[tuple[str, click.Command]]:
    """Yield every command below a group, by the words that start it."""
    for word, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


def row(name: str, command: click.Command) -> str:
    """Return the row of a command: how it is called, and the first line of its help."""
    usage = " ".join(
        [name, *(argument.make_metavar(click.Context(command)) for argument in arguments(command))]
    )
    said = (command.help or "").partition("\n\n")[0].replace("\n", " ")
    return f"| `{usage}` | {said} |"


def arguments(command: click.Command) -> list[click.Argument]:
    """Return what a command is called with, besides options."""
    return [found for found in command.params if isinstance(found, click.Argument)]


def test_the_page_of_commands_lists_them_as_they_are():
    written = re.findall(r"^\| `townhall .*$", COMMANDS.read_text(), re.MULTILINE)
    expected = [row(name, command) for name, command in commands(main)]

    assert written == expected, "\n".join(["paste into docs/commands.md:", *expected])


def test_every_command_and_option_says_what_it_is_for():
    silent = [
        f"{name} {option.name}"
        for name, command in commands(main)
        for option in [command, *command.params]
        if not isinstance(option, click.Argument) and not option.help
    ]

    assert silent == []
