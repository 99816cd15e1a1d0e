"""The runs of one DAG as rows of a narrow column, and what is usual for them."""

from collections.abc import Sequence
from statistics import median

from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL, RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, Style, words
from leo_tui.units import instant, stopwatch
from leo_tui.viewmodels.run_table import run_length_ms
from leo_tui.viewmodels.spans import Line, Span, cut_line, line

_LAST = 12
_WIDE_CELLS = 50
_BARS = "⣀⣤⣶⣿"
_NUMBER_CELLS = 4
"""`41` and a blank or two: the columns of most DAGs stay aligned."""
_TIME_CELLS = 5
_WORDS = {
    RunStatus.CANCELLED: "cancelled",
    RunStatus.TIMED_OUT: "timed out",
    RunStatus.INTERRUPTED: "interrupted",
    RunStatus.PENDING: "starting",
}


def run_line(run: RunRow, now_ms: int, width: int) -> Line:
    """Return a run's row in at most `width` cells."""
    style = RUN_STYLES[run.status]
    parts: list[Span | str] = [
        Span(f"{RUN_GLYPHS[run.status]} ", style),
        f"{f'{run.run_key} ':<{_NUMBER_CELLS}}",
        f"{stopwatch(run_length_ms(run, now_ms)):>{_TIME_CELLS}}",
    ]
    if run.failed:
        parts.append(Span(f"  ✗{run.failed}", Style.BAD))
    word = _word(run)
    if word:
        parts.append(Span(f"  {word}", Style.DIM))
    if width >= _WIDE_CELLS:
        begun_ms = run.created_ms if run.started_ms is None else run.started_ms
        counts = f"  {run.succeeded}/{run.total} ok"
        parts += [
            counts,
            Span(f"  {instant(begun_ms)}  {sanitize(run.trigger)}", Style.DIM),
        ]
    return cut_line(line(*parts), width)


def matches(run: RunRow, text: str) -> bool:
    """Tell whether a run is meant by `text`: its number, or how it stands."""
    status = "ok" if run.status is RunStatus.SUCCEEDED else words(run.status)
    return all(word in f"#{run.run_key} {status}" for word in text.lower().split())


def _word(run: RunRow) -> str:
    if run.status is RunStatus.RUNNING and run.total:
        done = run.succeeded + run.failed + run.blocked + run.skipped
        paused = " paused" if run.paused else ""
        return f"{100 * done // run.total}%{paused}"
    return _WORDS.get(run.status, "")


def usual_lines(runs: Sequence[RunRow]) -> list[Line]:
    """Return the foot: the median of the good runs, the last lengths as bars.

    Nothing before there are two good runs: one is no rule.
    """
    good = [run_length_ms(run, 0) for run in runs if run.status is RunStatus.SUCCEEDED]
    if len(good) < 2:  # noqa: PLR2004 -- as said
        return []
    ended = [run for run in runs if run.status in RUN_TERMINAL][:_LAST]
    lengths = [run_length_ms(run, 0) for run in reversed(ended)]
    return [
        line(Span("median ok   ", Style.DIM), stopwatch(round(median(good)))),
        line(_bars(lengths), Span(f" last {len(lengths)}", Style.DIM)),
    ]


def _bars(lengths: Sequence[int]) -> str:
    longest = max(*lengths, 1)
    return "".join(
        _BARS[min(max(0, length) * len(_BARS) // longest, len(_BARS) - 1)]
        for length in lengths
    )
