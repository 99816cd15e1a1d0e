"""Every command says what it does, in one line and by example."""

import click
import pytest

from leo_engine.app import Durability, Strategy
from leo_tui.cli.commands import COMMANDS
from leo_tui.cli.root import ONCE, root

CONTEXT = click.Context(root, info_name="leo-tui")
LONGEST_SUMMARY = 60


def command(name: str) -> click.Command:
    found = root.get_command(CONTEXT, name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", [ONCE, *COMMANDS])
def test_a_command_has_help_and_an_example(name: str) -> None:
    found = command(name)
    assert found.name == name
    assert found.help
    assert f"leo-tui {name}" in (found.epilog or "")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_in_the_table_is_the_first_line_of_the_help(name: str) -> None:
    help_text = command(name).help or ""
    assert COMMANDS[name].summary == help_text.splitlines()[0]
    assert len(COMMANDS[name].summary) <= LONGEST_SUMMARY


@pytest.mark.parametrize("name", [ONCE, *COMMANDS])
def test_every_option_says_what_it_is_for(name: str) -> None:
    silent = [
        option.name
        for option in command(name).params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent == []


@pytest.mark.parametrize("name", [ONCE, *COMMANDS])
def test_every_command_that_needs_a_folder_takes_one(name: str) -> None:
    options = {opt for param in command(name).params for opt in param.opts}
    assert name in {"init", "completion"} or "-C" in options


@pytest.mark.parametrize("name", ["runs", "show", "diff", "verify", "doctor", "plan"])
def test_what_a_program_may_read_comes_as_json(name: str) -> None:
    assert "--json" in {opt for param in command(name).params for opt in param.opts}


def test_choices_are_those_of_the_engine() -> None:
    choices = {
        param.name: tuple(param.type.choices)
        for param in command(ONCE).params
        if isinstance(param.type, click.Choice)
    }
    assert choices == {
        "strategy": tuple(str(strategy) for strategy in Strategy),
        "durability": tuple(str(durability) for durability in Durability),
    }
