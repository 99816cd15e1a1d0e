"""What is left on the screen when runs have ended: why, how it went, how to go on."""

from collections.abc import Sequence

from leo_engine.app.types import FailedTask, RunResult
from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL, RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, Style, words
from leo_tui.units import counted, duration
from leo_tui.viewmodels.command_text import command_text
from leo_tui.viewmodels.run_ids import short_ids
from leo_tui.viewmodels.spans import Line, Span, line

_MOST_FAILED = 10
_MOST_LINES = 20


def closing_report(results: Sequence[RunResult], folder: str | None) -> list[Line]:
    """Return the lines for every run: failed tasks with their output, then the sums.

    `folder` is what `-C` was given; it becomes part of the commands that are shown.
    """
    names = short_ids([result.run.run_id for result in results])
    lines: list[Line] = []
    for result in results:
        lines += _failures(result, names[result.run.run_id], folder)
    for result in results:
        lines += _summary(result, names[result.run.run_id], folder)
    return lines


def _failures(result: RunResult, name: str, folder: str | None) -> list[Line]:
    lines: list[Line] = []
    for failed in result.failed[:_MOST_FAILED]:
        lines += _failure(failed)
    more = len(result.failed) - _MOST_FAILED
    if more > 0:
        hint = command_text(folder, "show", name)
        lines += [line(f"… and {more} more failed tasks: {hint}"), ()]
    return lines


def _failure(failed: FailedTask) -> list[Line]:
    attempt = f"  attempt {failed.attempt}" if failed.attempt > 1 else ""
    head = line(
        Span(f"✗ {sanitize(failed.task)}", Style.BAD),
        f"  {sanitize(failed.reason)}{attempt}",
    )
    tail = [line(Span("│ ", Style.DIM), sanitize(text)) for text in _last(failed.tail)]
    place = [line(Span(f"  {sanitize(failed.log_path)}", Style.DIM))]
    return [head, *tail, *(place if failed.log_path else []), ()]


def _last(tail: Sequence[str]) -> Sequence[str]:
    return tail[-_MOST_LINES:]


def _summary(result: RunResult, name: str, folder: str | None) -> list[Line]:
    run = result.run
    glyph = Span(RUN_GLYPHS[run.status], RUN_STYLES[run.status])
    status = Span(words(run.status), RUN_STYLES[run.status])
    fields = [_counts(run), _took(run), f"run {name}", _whose(result)]
    rest = "  ".join(field for field in fields if field)
    lines = [line(glyph, f" {sanitize(run.dag)}  ", status, f"  {rest}")]
    if run.error:
        lines.append(line(f"  {sanitize(run.error)}"))
    lines += [
        line(f"  {what}: {command_text(folder, command, name)}")
        for what, command in _ways_on(run.status)
    ]
    return lines


def _ways_on(status: RunStatus) -> Sequence[tuple[str, str]]:
    """Return (what for, command) for each thing to do about a run that stands so."""
    match status:
        case RunStatus.SUCCEEDED:
            return ()
        case RunStatus.PENDING | RunStatus.RUNNING:
            return (("it goes on elsewhere", "watch"),)
        case RunStatus.INTERRUPTED:
            return (("what still runs", "show"), ("to go on", "resume"))
        case _:
            return (("to go on", "resume"),)


def _whose(result: RunResult) -> str:
    if result.adopted:
        return "(taken over)"
    if result.run.status is RunStatus.INTERRUPTED:
        return ""
    return "(run of another process, followed)" if result.followed else ""


def _counts(run: RunRow) -> str:
    named = [
        (run.succeeded, "ok"),
        (run.failed, "failed"),
        (run.blocked, "blocked"),
        (run.skipped, "skipped"),
    ]
    rest = run.total - sum(count for count, _ in named)
    # Every task of a run that has ended is settled: what is not counted was cancelled.
    named.append((rest, "cancelled" if run.status in RUN_TERMINAL else "not ended"))
    counts = ", ".join(f"{count} {name}" for count, name in named if count > 0)
    total = counted(run.total, "task")
    return f"{total}: {counts}" if counts else total


def _took(run: RunRow) -> str:
    if run.ended_ms is None:
        return ""
    return duration(run.ended_ms - (run.started_ms or run.created_ms))
