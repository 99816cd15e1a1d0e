"""What stays in the shell after the screen: runs of this session, how to go on."""

from collections.abc import Iterable

from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL, RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, Style, words
from leo_tui.units import duration
from leo_tui.viewmodels.command_text import command_text
from leo_tui.viewmodels.run_ids import short_ids
from leo_tui.viewmodels.run_table import run_length_ms
from leo_tui.viewmodels.spans import Line, Span, line

_MOST_RUNS = 10


def farewell(runs: Iterable[RunRow], folder: str | None, now_ms: int) -> list[Line]:
    """Return a line for each run of the session, the newest last, at most ten.

    Below each that is not done, the command that goes on with it.
    """
    rows = sorted(runs, key=lambda run: run.run_id)
    names = short_ids([run.run_id for run in rows])
    lines: list[Line] = []
    if len(rows) > _MOST_RUNS:
        lines.append(
            line(Span(f"… and {len(rows) - _MOST_RUNS} earlier runs", Style.DIM))
        )
    for run in rows[-_MOST_RUNS:]:
        lines.append(_run_line(run, now_ms))
        if run.status is not RunStatus.SUCCEEDED:
            go_on = command_text(folder, "resume", names[run.run_id])
            hint = f"    its tasks go on; take it over: {go_on}"
            if run.status in RUN_TERMINAL:
                hint = f"    go on with it: {go_on}"
            lines.append(line(Span(hint, Style.DIM)))
    return lines


def _run_line(run: RunRow, now_ms: int) -> Line:
    is_over = run.status in RUN_TERMINAL
    word = words(run.status) if is_over else "left running"
    failed = f", {run.failed} failed" if run.failed else ""
    blocked = f", {run.blocked} blocked" if run.blocked else ""
    return line(
        Span(f"{RUN_GLYPHS[run.status]} ", RUN_STYLES[run.status]),
        Span(sanitize(run.dag), Style.BOLD),
        f"  {word}  {run.succeeded}/{run.total} ok{failed}{blocked}  "
        f"{duration(run_length_ms(run, now_ms))}",
    )
