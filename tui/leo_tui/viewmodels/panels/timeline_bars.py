"""One task on the timeline: when it waited, ran, failed and paused, to scale."""

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import groupby
from typing import NamedTuple

from leo_engine.state.rows import AttemptRow
from leo_tui.theme import Style
from leo_tui.viewmodels.panels.time_window import TimeWindow
from leo_tui.viewmodels.spans import Line, Span
from leo_tui.viewmodels.tasks.task_state import TaskState

RUN_SIGN, WAIT_SIGN, BACKOFF_SIGN, FAILED_SIGN, GOING_SIGN = "█░▒x▸"
_LEFT, _RIGHT = "‹›"

LEGEND: Line = (
    Span(RUN_SIGN, Style.BUSY),
    Span(" run  "),
    Span(WAIT_SIGN, Style.DIM),
    Span(" wait for slot  "),
    Span(BACKOFF_SIGN, Style.CARE),
    Span(" back-off  "),
    Span(FAILED_SIGN, Style.BAD),
    Span(" failed attempt"),
)


class Kind(IntEnum):
    """What a task did for a while; of two in one cell the larger is drawn."""

    WAIT = 0
    BACKOFF = 1
    OK = 2
    FAILED = 3
    STOPPED = 4
    GOING = 5


class Stretch(NamedTuple):
    """A time that a task spent on one thing."""

    kind: Kind
    begin_ms: int
    end_ms: int


_LOOKS = {
    Kind.WAIT: Span(WAIT_SIGN, Style.DIM),
    Kind.BACKOFF: Span(BACKOFF_SIGN, Style.CARE),
    Kind.OK: Span(RUN_SIGN, Style.GOOD),
    Kind.FAILED: Span(RUN_SIGN, Style.BAD),
    Kind.STOPPED: Span(RUN_SIGN, Style.DIM),
    Kind.GOING: Span(RUN_SIGN, Style.BUSY),
}
_LAST_SIGNS = {
    Kind.FAILED: Span(FAILED_SIGN, Style.BAD),
    Kind.GOING: Span(GOING_SIGN, Style.BUSY),
}
_OUTCOMES = {"succeeded": Kind.OK, "cancelled": Kind.STOPPED, "": Kind.GOING}
_UNDER_WAY = frozenset({TaskState.QUEUED, TaskState.PERSON})


def stretches(
    attempts: Sequence[AttemptRow],
    state: TaskState,
    *,
    ready_ms: int | None,
    now_ms: int,
) -> Iterator[Stretch]:
    """Yield what a task did, in order of time.

    `ready_ms` is when the last thing it waited for was settled; None: not yet. Between
    two attempts of a generation it paused; before the first of one it waited.
    """
    last_end_ms: int | None = None
    generation = 0
    for row in attempts:
        if row.generation == generation and last_end_ms is not None:
            yield Stretch(Kind.BACKOFF, last_end_ms, row.started_ms)
        elif ready_ms is not None and ready_ms < row.started_ms:
            begin_ms = ready_ms if last_end_ms is None else max(ready_ms, last_end_ms)
            yield Stretch(Kind.WAIT, begin_ms, row.started_ms)
        kind = _OUTCOMES.get(row.outcome, Kind.FAILED)
        end_ms = now_ms if row.ended_ms is None else row.ended_ms
        if state is TaskState.INTERRUPTED and row.ended_ms is None:
            # How long it went on is not known: no longer than the least bar.
            kind, end_ms = Kind.STOPPED, row.started_ms
        yield Stretch(kind, row.started_ms, end_ms)
        last_end_ms, generation = row.ended_ms, row.generation
    if state is TaskState.BACKOFF and last_end_ms is not None:
        yield Stretch(Kind.BACKOFF, last_end_ms, now_ms)
    elif state in _UNDER_WAY and ready_ms is not None:
        begin_ms = ready_ms if last_end_ms is None else max(ready_ms, last_end_ms)
        yield Stretch(Kind.WAIT, begin_ms, now_ms)


def bar(shown: Iterable[Stretch], window: TimeWindow, width: int) -> Line:
    """Return the stretches to scale in `width` cells; an attempt takes at least one.

    What lies wholly outside is pointed at from the edge.
    """
    if width < 1:
        return ()
    drawn: list[Span | None] = [None] * width
    is_before = is_after = False
    for stretch in sorted(shown, key=_rank):
        first = window.cell(stretch.begin_ms, width)
        last = window.cell(max(stretch.begin_ms, stretch.end_ms - 1), width)
        if last < 0 or first >= width:
            is_before |= last < 0
            is_after |= first >= width
            continue
        look = _LOOKS[stretch.kind]
        visible = range(max(0, first), min(width - 1, last) + 1)
        drawn[visible.start : visible.stop] = [look] * len(visible)
        if stretch.kind in _LAST_SIGNS and last < width:
            drawn[last] = _LAST_SIGNS[stretch.kind]
    if not any(drawn):
        _point(drawn, is_before=is_before, is_after=is_after)
    return _joined(drawn)


def _rank(stretch: Stretch) -> tuple[bool, int]:
    """Order pauses before attempts, so that no short attempt is painted over."""
    return stretch.kind > Kind.BACKOFF, stretch.begin_ms


def _point(drawn: list[Span | None], *, is_before: bool, is_after: bool) -> None:
    if is_before:
        drawn[0] = Span(_LEFT, Style.DIM)
    if is_after:
        drawn[-1] = Span(_RIGHT, Style.DIM)


def _joined(drawn: Iterable[Span | None]) -> Line:
    nothing = Span(" ")
    looks = groupby(look or nothing for look in drawn)
    return tuple(Span(look.text * len(list(same)), look.style) for look, same in looks)
