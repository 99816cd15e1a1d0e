"""`leo-tui gc`: remove old runs."""

import click

from leo_engine.app.types import Removed
from leo_engine.ports import Retention
from leo_engine.spec.size import parse_size_bytes
from leo_tui.cli.commands import examples
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit
from leo_tui.cli.parameters import age_ms, number
from leo_tui.text.sanitize import sanitize
from leo_tui.text.table import table
from leo_tui.theme import words
from leo_tui.units import counted, instant, size
from leo_tui.viewmodels.run_ids import short_ids
from leo_tui.viewmodels.spans import Line, line

_HEADER = ("RUN", "DAG", "STATUS", "CREATED", "SIZE")
_RIGHT = frozenset({4})


@click.command(
    "gc",
    epilog=examples(
        "gc --keep 100 --dry-run",
        "gc --older-than 30d",
        "gc --max-size 5GB",
    ),
)
@click.option(
    "--keep", type=click.IntRange(min=0), metavar="N", help="Keep the N newest runs."
)
@click.option(
    "--older-than",
    metavar="AGE",
    callback=number(age_ms),
    help="Remove runs older than this: 30d.",
)
@click.option(
    "--max-size",
    metavar="SIZE",
    callback=number(parse_size_bytes),
    help="Remove the oldest until this is kept: 5GB.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@json_option
@folder_option
@pass_invocation
def gc_command(
    invocation: Invocation,
    *,
    keep: int | None,
    older_than: int | None,
    max_size: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Remove old runs and their logs.

    Runs that are under way are never removed. At least one limit has to be given.
    """
    if keep is None and older_than is None and max_size is None:
        raise click.UsageError("give --keep, --older-than or --max-size")
    with invocation.engine() as engine:
        limits = Retention(keep_runs=keep, older_than_ms=older_than, max_bytes=max_size)
        removed = engine.gc(limits, dry_run=dry_run)
    if as_json:
        emit(invocation.out, {"dry_run": dry_run, "removed": removed})
        return
    width = invocation.out.columns
    invocation.out.print(_lines(removed, dry_run=dry_run, width=width))


def _lines(removed: list[Removed], *, dry_run: bool, width: int | None) -> list[Line]:
    names = short_ids([run.run_id for run in removed])
    rows = [
        [
            names[run.run_id],
            sanitize(run.dag),
            words(run.status),
            instant(run.created_ms),
            size(run.size_bytes),
        ]
        for run in removed
    ]
    total = size(sum(run.size_bytes for run in removed))
    verb = "would be removed" if dry_run else "removed"
    summary = f"{counted(len(removed), 'run')} {verb}, {total}"
    return [
        *map(line, table(_HEADER if rows else (), rows, right=_RIGHT, width=width)),
        line(summary),
    ]
