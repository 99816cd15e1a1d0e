"""`--once` is found wherever it is meant, and DAGs named like commands can be run."""

import click
import pytest

from leo_tui.cli.commands import COMMANDS
from leo_tui.cli.root import ONCE, asks_for_once, root


@pytest.mark.parametrize(
    "words",
    [
        "--once",
        "--once etl -p x=1",
        "--once -p x=1 etl",
        "-C dags --once plan",
        "-C plan --once",
        "-j 4 --once etl",
        "etl --once",
        "--no-color --once",
    ],
)
def test_once_is_found_before_any_command(words: str) -> None:
    assert asks_for_once(words.split())


@pytest.mark.parametrize(
    "words",
    ["plan etl", "plan --once", "logs run -- --once", "-- --once", "-C", "", "etl"],
)
def test_what_follows_a_command_is_the_commands(words: str) -> None:
    assert not asks_for_once(words.split())


@pytest.mark.parametrize("words", ["--once plan", "plan2 --once", "-C x --once -p a=b"])
def test_everything_around_once_belongs_to_it(words: str) -> None:
    arguments = words.split()
    context = click.Context(root)
    root.parse_args(context, list(arguments))
    rest = [word for word in arguments if word != ONCE]
    assert [*context._protected_args, *context.args] == [ONCE, *rest]


def test_the_help_lists_commands_without_importing_them() -> None:
    text = root.get_help(click.Context(root, info_name="leo-tui"))
    assert all(f"\n  {name} " in text for name in COMMANDS)
