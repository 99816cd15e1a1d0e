"""One entry of a batch as one line, and what is left to say when it has ended."""

from leo_engine.app.batch_types import (
    BatchResult,
    EntryAction,
    EntryChoice,
    EntryResult,
)
from leo_engine.state.status import RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, SKIP_GLYPH, Style, words
from leo_tui.units import counted, duration
from leo_tui.viewmodels.batch_counts import batch_counts
from leo_tui.viewmodels.command_text import command_text
from leo_tui.viewmodels.run_ids import among_many, short_id
from leo_tui.viewmodels.run_table import run_length_ms
from leo_tui.viewmodels.spans import Line, Span, line

_FOLLOWED = "  (followed)"


def choice_line(choice: EntryChoice, name: str) -> Line:
    """Return what would be done about an entry, and why."""
    is_skipped = choice.action is EntryAction.SKIP
    style = Style.DIM if is_skipped else Style.BUSY
    action = Span(f"{choice.action:6}", style)
    return line(f"{choice.entry.position:5}  ", action, f"  {name}  {reason(choice)}")


def result_line(result: EntryResult, name: str, now_ms: int) -> Line:
    """Return how an entry ended: sign, number, name, time, why, run."""
    choice, run = result.choice, result.run
    head = f" {choice.entry.position}  {name}  "
    if choice.action is EntryAction.SKIP:
        glyph = Span(SKIP_GLYPH, Style.DIM)
        return line(glyph, head, Span(reason(choice), Style.DIM))
    if run is None:
        glyph = Span(RUN_GLYPHS[RunStatus.FAILED], Style.BAD)
        return line(glyph, head, sanitize(result.error))
    style = RUN_STYLES[run.status]
    fields = [
        "" if run.status is RunStatus.SUCCEEDED else words(run.status),
        duration(run_length_ms(run, now_ms)),
        sanitize(result.error),
        f"run {among_many(run.run_id)}",
    ]
    followed = _FOLLOWED if choice.action is EntryAction.FOLLOW else ""
    text = "  ".join(field for field in fields if field)
    return line(Span(RUN_GLYPHS[run.status], style), f"{head}{text}{followed}")


def reason(choice: EntryChoice) -> str:
    """Return why, the run named by a prefix of its id."""
    return sanitize(choice.reason).replace(choice.run_id, among_many(choice.run_id))


def closing_lines(
    result: BatchResult, took_ms: int, *, plan: str, folder: str | None
) -> list[Line]:
    """Return the sums of a batch, and how to see more and to go on.

    `plan` is the path that the command line was given, `folder` what `-C` was.
    """
    status = RunStatus.SUCCEEDED if result.has_succeeded else RunStatus.FAILED
    batch = short_id(result.batch.batch_id)
    fields = [_counts(result), duration(took_ms), f"batch {batch}"]
    head = line(
        Span(RUN_GLYPHS[status], RUN_STYLES[status]),
        f" {sanitize(result.batch.name)}  {'  '.join(fields)}",
    )
    if result.has_succeeded:
        return [head]
    return [
        head,
        line(f"  entry by entry: {command_text(folder, 'batches', batch)}"),
        line(f"  to go on: {command_text(folder, 'batch', plan)}"),
    ]


def _counts(result: BatchResult) -> str:
    counts = batch_counts(result)
    named = [
        (counts.succeeded, "ok"),
        (counts.skipped, "skipped"),
        (counts.failed, "failed"),
        (counts.not_run, "not run"),
    ]
    text = ", ".join(f"{count} {name}" for count, name in named if count)
    return f"{counted(result.total, 'run')}: {text}"
