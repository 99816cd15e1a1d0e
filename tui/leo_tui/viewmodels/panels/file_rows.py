"""The files of the DAG folder as rows: a narrow column, or a table if there is room."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from leo_engine.ports import RunRow
from leo_engine.spec.model import Dag
from leo_engine.state.status import RUN_TERMINAL, RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cells, cut, cut_middle, pad
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, Style, words
from leo_tui.units import clock
from leo_tui.viewmodels.run_table import run_length_ms
from leo_tui.viewmodels.spans import Line, Span, line

TABLE_CELLS = 74
"""From here on there is room for a table."""
_FILE_CELLS = 22
_TASKS_CELLS = 7
_RUN_CELLS = 22
_NEXT_CELLS = 8
_GONE = Span("?", Style.CARE)
_BROKEN = Span("!", Style.BAD)
_NEVER = Span("◦", Style.DIM)


class FileItem(NamedTuple):
    """One file, with what is known of its newest run."""

    path: Path
    task_count: int | None
    """None when it has never been valid."""
    problem_count: int = 0
    run: RunRow | None = None
    is_gone: bool = False
    next_ms: int | None = None
    """When its schedule is due."""


def file_line(item: FileItem, now_ms: int, width: int) -> Line:
    """Return a file's row in at most `width` cells."""
    if width >= TABLE_CELLS:
        return _table_line(item, now_ms, width)
    right = _short_state(item)
    name = sanitize(item.path.name)
    room = width - 2 - (cells(right.text) + 1 if right.text else 0)
    shown = pad(cut_middle(name, room), room)
    row = line(_glyph(item), " ", shown)
    return (*row, Span(" "), right) if right.text else row


def file_head(width: int) -> Line:
    """Return the names of the table's columns."""
    names = _columns("file", "tasks", "last run", "next", "state", width)
    return line(Span(f"  {names}", Style.DIM))


def _table_line(item: FileItem, now_ms: int, width: int) -> Line:
    tasks = "—" if item.task_count is None else f"{item.task_count:,}".replace(",", " ")
    due = "" if item.next_ms is None else _due(item.next_ms, now_ms)
    state = _long_state(item)
    name = sanitize(item.path.name)
    text = _columns(name, tasks, _last_run(item.run, now_ms), due, "", width)
    room = max(0, width - 2 - cells(text))
    return line(_glyph(item), " ", text, Span(cut(state.text, room), state.style))


def _columns(name: str, tasks: str, last: str, due: str, state: str, width: int) -> str:
    spare = max(0, width - TABLE_CELLS) // 2
    return " ".join(
        (
            pad(cut_middle(name, _FILE_CELLS + spare), _FILE_CELLS + spare),
            pad(tasks, _TASKS_CELLS, right=True),
            " " + pad(cut(last, _RUN_CELLS), _RUN_CELLS),
            pad(cut(due, _NEXT_CELLS), _NEXT_CELLS),
            state,
        )
    )


def _glyph(item: FileItem) -> Span:
    if item.is_gone:
        return _GONE
    if item.problem_count:
        return _BROKEN
    if item.run is None:
        return _NEVER
    return Span(RUN_GLYPHS[item.run.status], RUN_STYLES[item.run.status])


def _short_state(item: FileItem) -> Span:
    if item.is_gone:
        return Span("gone", Style.CARE)
    if item.problem_count:
        return Span(f"{item.problem_count} err", Style.BAD)
    if item.run is not None and item.run.failed:
        return Span(f"✗{item.run.failed}", Style.BAD)
    return Span("")


def _long_state(item: FileItem) -> Span:
    if item.is_gone:
        return Span("file is gone", Style.CARE)
    if item.problem_count:
        plural = "s" if item.problem_count > 1 else ""
        return Span(f"{item.problem_count} error{plural}", Style.BAD)
    run = item.run
    if run is not None and run.failed:
        so_far = "" if run.status in RUN_TERMINAL else " so far"
        return Span(f"✗{run.failed}{so_far}", Style.BAD)
    if run is not None and run.status is RunStatus.INTERRUPTED:
        return Span("c continues it", Style.CARE)
    return Span("")


def _last_run(run: RunRow | None, now_ms: int) -> str:
    if run is None:
        return "never run"
    word = "ok" if run.status is RunStatus.SUCCEEDED else words(run.status)
    return f"#{run.run_key} {word} {clock(run_length_ms(run, now_ms))}"


def _due(at_ms: int, now_ms: int) -> str:
    """Return the time of day, with the weekday when it is not within a day."""
    moment = datetime.fromtimestamp(at_ms / 1000).astimezone()
    is_soon = at_ms - now_ms < 24 * 3_600_000
    return moment.strftime("%H:%M" if is_soon else "%a %H:%M")


def next_start_ms(dag: Dag, now_ms: int) -> int | None:
    """Return when the earliest of a DAG's schedules is due; None without one."""
    starts = list(_starts(dag.schedule, dag.timezone, now_ms))
    return min(starts) if starts else None


def _starts(schedules: Sequence[str], timezone: str, now_ms: int) -> Iterator[int]:
    if not schedules:
        return
    from cronsim import CronSim  # noqa: PLC0415 -- only when there is a schedule

    zone = ZoneInfo(timezone) if timezone else None
    now = datetime.fromtimestamp(now_ms / 1000, tz=zone).astimezone(zone)
    for schedule in schedules:
        due = next(CronSim(schedule, now), None)
        if due is not None:
            yield round(due.timestamp() * 1000)
