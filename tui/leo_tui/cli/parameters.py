"""Kinds of option values: durations, sizes, points in time, `key=value` pairs."""

from collections.abc import Callable, Sequence

import click

from leo_engine.clock import SystemClock
from leo_engine.spec.duration import parse_duration_ms
from leo_tui.units import parse_instant_ms


def number(
    parse: Callable[[str], int],
) -> Callable[[click.Context, object, str | None], int | None]:
    """Return an option's callback that reads its text with `parse`.

    What `parse` says in a `ValueError` is what the user sees.
    """

    def convert(
        context: click.Context, _option: object, text: str | None
    ) -> int | None:
        try:
            return None if text is None else parse(text)
        except ValueError as error:
            raise click.BadParameter(str(error), context) from error

    return convert


def age_ms(text: str) -> int:
    """Read a duration that decides what is deleted: a bare number is too ambiguous."""
    if text.strip().replace(".", "").isdigit():
        raise ValueError(f"{text!r} has no unit; write it like '30d' or '12h'")
    return parse_duration_ms(text)


def instant_ms(text: str) -> int:
    """Read a point in time, or how long ago it was."""
    return parse_instant_ms(text, SystemClock().now_ms())


def pairs(
    context: click.Context, _option: object, values: Sequence[str]
) -> dict[str, str]:
    """Return `key=value` arguments as a dict; of a key given twice, the last."""
    parted = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not (key and equals):
            message = f"{value!r} is not key=value"
            raise click.BadParameter(message, context)
        parted[key] = text
    return parted


params_option = click.option(
    "-p",
    "--param",
    "params",
    metavar="KEY=VALUE",
    multiple=True,
    callback=pairs,
    help="A parameter of the DAG; may be repeated.",
)
