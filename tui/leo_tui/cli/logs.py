"""`leo-tui logs`: what tasks have written, harmless for the terminal unless raw."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import TypedDict, Unpack

import click

from leo_engine.app import Engine
from leo_engine.app.types import LogFile
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids, task_names
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit
from leo_tui.headless.terminal import Terminal
from leo_tui.text.sanitize import sanitize, sanitize_output
from leo_tui.theme import Style
from leo_tui.units import size
from leo_tui.viewmodels.spans import Span, line


class Options(TypedDict):
    """What `logs` was given."""

    run: str
    task: str
    follow: bool
    attempt: int | None
    tail: int | None
    raw: bool
    as_json: bool


@click.command(
    "logs",
    epilog=examples(
        "logs latest            the latest attempt of every task",
        "logs 0193a load -f     follow one task",
        "logs 0193a load --attempt 1 --tail 50",
    ),
)
@click.argument("run", shell_complete=run_ids)
@click.argument("task", default="", shell_complete=task_names)
@click.option("-f", "--follow", is_flag=True, help="Go on until the task or run ends.")
@click.option(
    "--attempt",
    type=click.IntRange(min=1),
    metavar="N",
    help="This attempt. Default: the latest.",
)
@click.option(
    "--tail", type=click.IntRange(min=0), metavar="N", help="Only the last N lines."
)
@click.option("--raw", is_flag=True, help="Colours and control characters as written.")
@click.option(
    "--json", "as_json", is_flag=True, help="Where the files are, for programs."
)
@folder_option
@pass_invocation
def logs_command(invocation: Invocation, **options: Unpack[Options]) -> None:
    """Print what the tasks of a run have written.

    Secrets are masked. RUN is an id, the beginning of one, or `latest`.
    """
    if options["follow"] and (options["attempt"] or options["as_json"]):
        raise click.UsageError("--follow goes with neither --attempt nor --json")
    with invocation.engine() as engine:
        if options["follow"]:
            asyncio.run(_follow(engine, invocation.out, options))
            return
        logs = engine.logs(options["run"], options["task"], options["attempt"])
        if options["as_json"]:
            emit(invocation.out, {"logs": [_object(log) for log in logs]})
        else:
            _print(engine, invocation, logs, options)


def _print(
    engine: Engine, invocation: Invocation, logs: Sequence[LogFile], options: Options
) -> None:
    if not logs:
        invocation.err.write("no output\n")
    for log in logs:
        if len(logs) > 1:
            _print_title(invocation.out, log)
        lines: Iterable[str] = engine.read_log(log)
        if options["tail"] is not None:
            lines = deque(lines, options["tail"])
        for text in lines:
            _write(invocation.out, text, raw=options["raw"])


async def _follow(engine: Engine, out: Terminal, options: Options) -> None:
    shown = ""
    async for task, text in engine.follow_log(options["run"], options["task"]):
        if not options["task"] and task != shown:
            shown = task
            out.print([line(Span(f"── {sanitize(task)}", Style.BOLD))])
        _write(out, text, raw=options["raw"])


def _print_title(out: Terminal, log: LogFile) -> None:
    title = f"── {sanitize(log.task)}"
    facts = (
        f"  attempt {log.attempt}  {size(log.size_bytes)}  {sanitize(log.path.name)}"
    )
    out.print([line(Span(title, Style.BOLD), Span(facts, Style.DIM))])


def _write(out: Terminal, text: str, *, raw: bool) -> None:
    out.write(text if raw else f"{sanitize_output(text)}\n")


def _object(log: LogFile) -> dict[str, object]:
    return {
        "task": log.task,
        "attempt": log.attempt,
        "path": str(log.path),
        "size_bytes": log.size_bytes,
        "is_live": log.is_live,
    }
