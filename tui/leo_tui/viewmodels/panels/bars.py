"""The one-line bars: header, status and keys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cells, cut, cut_middle
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, Style, words
from leo_tui.viewmodels.run_table import run_length_ms
from leo_tui.viewmodels.spans import Line, Span, cut_line, line
from leo_tui.viewmodels.tasks.task_state import LOOKS, TaskState

WIDE_CELLS = 100
"""From here on there is room for three columns."""

_FOLDER_PART = 4
"""Of the width, what a folder's name may take from the run's status and counts."""

_COUNTED = (
    (TaskState.OK, (TaskState.OK, TaskState.KEPT)),
    (TaskState.RUNNING, (TaskState.RUNNING,)),
    (TaskState.INTERRUPTED, (TaskState.INTERRUPTED,)),
    (TaskState.PERSON, (TaskState.PERSON,)),
    (TaskState.BACKOFF, (TaskState.BACKOFF,)),
    (TaskState.FAILED, (TaskState.FAILED, TaskState.TIMED_OUT)),
    (TaskState.BLOCKED, (TaskState.BLOCKED,)),
    (TaskState.STOPPED, (TaskState.STOPPED,)),
    (TaskState.SKIPPED, (TaskState.SKIPPED,)),
    (TaskState.WAITING, (TaskState.WAITING, TaskState.QUEUED)),
)
"""What the header counts together, in its order; each under one sign."""

_LEAST_TELLING = (
    (TaskState.SKIPPED,),
    (TaskState.WAITING, TaskState.QUEUED),
    (TaskState.STOPPED,),
    (TaskState.BACKOFF,),
    (TaskState.OK, TaskState.KEPT),
    (TaskState.BLOCKED,),
    (TaskState.RUNNING,),
    (TaskState.INTERRUPTED,),
)
"""What goes first where there is no room for all counts."""


class Heading(NamedTuple):
    """What the header is about."""

    folder: str
    """The DAG folder as people write it: `~/pipelines`."""
    files: str = ""
    """`7 files  1 broken`; shown while no run is open."""
    run: RunRow | None = None
    counts: Mapping[TaskState, int] = {}
    trail: Sequence[str] = ()
    """Where one is below the run: a sub-DAG's task, the zoomed task."""
    moment: Line = ()
    """The time bar of a replay; in place of the counts."""


def span_text(length_ms: int) -> str:
    """Return `02:14`, from an hour on `1:02:14`: a clock that runs in view."""
    seconds = max(0, length_ms) // 1000
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return (
        f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
    )


def header(about: Heading, now_ms: int, width: int, clock: str) -> Line:
    """Return the header: where we are, how the run stands, what time it is."""
    right = line(Span(f"{clock}  ? help ", Style.DIM))
    if about.run is None:
        left = line(Span(" leo ", Style.ACCENT), f" {sanitize(about.folder)}")
        files = line(f"   {about.files}") if about.files else ()
        return spread(width, [left + files, (), right])
    is_wide = width >= WIDE_CELLS
    sep, gap = (" · run ", " ") if is_wide else (" #", "")
    folder = cut_middle(sanitize(about.folder), width // _FOLDER_PART)
    left = line(Span(" leo ", Style.ACCENT), f" {folder}")
    if about.moment:
        # The time bar needs the room more.
        left = line(Span(" leo ", Style.ACCENT))
    run = _run_words(about.run, about.trail, now_ms, sep=sep)
    others = [left, run] if is_wide else [line(" ") + run]
    room = width - sum(map(line_cells, (*others, right))) - len(others) - 1
    tallies = about.moment or _fitting_tally(about.counts, gap, room)
    return spread(width, [*others, tallies, right])


def _fitting_tally(counts: Mapping[TaskState, int], gap: str, room: int) -> Line:
    """Return as many counts as there is room for, the most telling ones."""
    shown = dict(counts)
    for group in _LEAST_TELLING:
        if line_cells(tally(shown, gap=gap)) <= room:
            break
        for state in group:
            shown.pop(state, None)
    return tally(shown, gap=gap)


def _run_words(run: RunRow, trail: Sequence[str], now_ms: int, *, sep: str) -> Line:
    style = RUN_STYLES[run.status]
    path = "".join(f" › {sanitize(part)}" for part in trail)
    word = "" if sep == " #" else f"{words(run.status)} "
    paused = " paused" if run.paused and run.status not in RUN_TERMINAL else ""
    return line(
        Span(sanitize(run.dag), Style.BOLD),
        f"{sep}{run.run_key}{path} " + ("" if sep == " #" else "· "),
        Span(f"{RUN_GLYPHS[run.status]} {word}", style),
        span_text(run_length_ms(run, now_ms)),
        Span(paused, Style.CARE),
    )


def tally(counts: Mapping[TaskState, int], *, gap: str) -> Line:
    """Return `✓ 412  ▸ 8  ✗ 2`: what there is of, in the order of the header."""
    parts: list[Span] = []
    for shown, states in _COUNTED:
        count = sum(counts.get(state, 0) for state in states)
        if count:
            looks = LOOKS[shown]
            parts += [Span(f"{looks.glyph}{gap}{count}", looks.style), Span(" " + gap)]
    return tuple(parts[:-1])


def spread(width: int, parts: Sequence[Line]) -> Line:
    """Return lines side by side over `width` cells, the space shared between them.

    What does not fit is left out from the last but one on, then the first is cut.
    """
    kept = [part for part in parts if part]
    while len(kept) > 1 and sum(map(line_cells, kept)) + len(kept) - 1 > width:
        del kept[max(1, len(kept) - 2)]
    if len(kept) == 1:
        return cut_line(kept[0], width)
    free = width - sum(map(line_cells, kept))
    gaps = len(kept) - 1
    spans: list[Span] = []
    for number, part in enumerate(kept):
        if number:
            share = free // gaps + (1 if number <= free % gaps else 0)
            spans.append(Span(" " * share))
        spans += part
    return tuple(spans)


def line_cells(spans: Iterable[Span]) -> int:
    """Return the width of a line in cells."""
    return sum(cells(span.text) for span in spans)


class KeyHint(NamedTuple):
    """One entry of the key bar."""

    key: str
    """As it is shown."""
    label: str
    action_id: str = ""
    is_enabled: bool = True


def key_bar(hints: Sequence[KeyHint], width: int) -> Line:
    """Return `s start  r retry`, as many as there is room for; disabled ones dim."""
    spans: list[Span] = [Span(" ")]
    left = width - 1
    for hint in hints:
        text = f"{hint.key} {hint.label}"
        if cells(text) > left:
            break
        style = Style.PLAIN if hint.is_enabled else Style.DIM
        key_style = Style.ACCENT if hint.is_enabled else Style.DIM
        spans += [Span(hint.key, key_style), Span(f" {hint.label}  ", style)]
        left -= cells(text) + 2
    return tuple(spans)


def key_at(hints: Sequence[KeyHint], column: int) -> str:
    """Return the id of the action whose entry stands in a column of the key bar."""
    start = 1
    for hint in hints:
        end = start + cells(f"{hint.key} {hint.label}")
        if start <= column < end:
            return hint.action_id
        start = end + 2
    return ""


class Standing(NamedTuple):
    """What the right end of the status line tells."""

    filter_text: str = ""
    marks: int = 0
    engine: str = "engine ok"
    fps: int = 30


def status(message: Line, standing: Standing, width: int) -> Line:
    """Return the status line: the latest message, then filter, marks, engine.

    What is as usual gives way to a message that needs the room.
    """
    chosen = sanitize(standing.filter_text) or "none"
    is_ok = standing.engine == "engine ok"
    engine = Span(f"{standing.engine} ", Style.DIM if is_ok else Style.BAD)
    tails = [line(engine), () if is_ok else line(engine)]
    if width >= WIDE_CELLS:
        filtered = f"filter: {cut(chosen, 20)}   marks: {standing.marks}   "
        fps = Span(f"  ui {standing.fps} fps ", Style.DIM)
        tails = [
            line(Span(filtered, Style.DIM), engine, fps),
            line(engine, fps),
            *tails,
        ]
    needed = line_cells(message) + 2
    fitting = (tail for tail in tails if needed + line_cells(tail) <= width)
    tail = next(fitting, tails[-1])
    room = width - line_cells(tail) - 2
    return spread(width, [line(" ") + cut_line(message, room), tail])
