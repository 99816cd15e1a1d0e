"""Two runs side by side: what differs, in an order to choose, or everything."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from leo_engine.app.types import RunComparison
from leo_engine.ports import RunRow
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cells, cut, cut_middle, pad
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, Style
from leo_tui.units import counted, stopwatch
from leo_tui.viewmodels.panels.task_contrast import (
    NOTABLE_MS,
    NOTABLE_SHARE,
    SIMILAR,
    Contrast,
    Side,
    TaskContrast,
    change_text,
    contrast_of,
    note,
    side_text,
)
from leo_tui.viewmodels.run_card import params_text
from leo_tui.viewmodels.run_table import run_length_ms
from leo_tui.viewmodels.spans import Line, Span, cut_line, line, text_of
from leo_tui.viewmodels.tasks.task_state import LOOKS

HEAD_LINES = 4
_REVISION_CHARACTERS = 6
_WIDE_FROM = 100
_NARROW_SIDE = len("✗ 12.0s x3")
_NARROW_CHANGE = len("attempts")
_GAP = "  "
_ON, _OFF = "●", "○"


class Order(NamedTuple):
    """An order of the tasks; ties are in order of declaration."""

    name: str
    key: Callable[[TaskContrast], tuple[float, float] | str]


def _took(side: Side | None) -> tuple[float, float]:
    return (0, 0) if side is None or side.took_ms is None else (-side.took_ms, 0)


def _change(task: TaskContrast) -> tuple[float, float]:
    """Order by the change in time; where there is none to speak of, by its kind."""
    change_ms = abs(task.change_ms)
    return (0 if change_ms < NOTABLE_MS else -change_ms), task.contrast


ORDERS: Sequence[Order] = (
    Order("as declared", lambda _: ""),
    Order("task", lambda task: task.task),
    Order("before", lambda task: _took(task.before)),
    Order("after", lambda task: _took(task.after)),
    Order("Δ duration", _change),
    Order("kind", lambda task: (task.contrast, 0)),
)
_FIRST_ORDER = 4


class Widths(NamedTuple):
    """The columns of the table; two cells lie between them."""

    task: int
    side: int
    change: int
    note: int

    @classmethod
    def of(cls, width: int) -> "Widths":
        """Share `width` cells out; what is left is the note's."""
        is_wide = width >= _WIDE_FROM
        task = min(40, max(12, width // 4))
        side = 20 if is_wide else _NARROW_SIDE
        change = 10 if is_wide else _NARROW_CHANGE
        left = width - task - 2 * side - change - 4 * len(_GAP)
        return cls(task, side, change, max(0, left))


class Comparison:
    """Two runs; a row is a task, a parameter that differs, or the closing line."""

    def __init__(
        self,
        compared: RunComparison,
        *,
        now_ms: int,
        names: tuple[str, str] = ("before", "after"),
    ) -> None:
        self.compared = compared
        self.shows_all = False
        self._names = tuple(sanitize(name) for name in names)
        self._now_ms = now_ms
        self._order = _FIRST_ORDER
        before, after = compared.before, compared.after
        self._tasks = [contrast_of(t, before, after, now_ms) for t in compared.tasks]
        self._rows: Sequence[TaskContrast | Line] | None = None

    @property
    def difference_count(self) -> int:
        """How many tasks and parameters differ."""
        differing = sum(task.contrast not in SIMILAR for task in self._tasks)
        return differing + len(self.compared.params_changed)

    def rows(self) -> Sequence[TaskContrast | Line]:
        """Return what is shown, in order."""
        if self._rows is None:
            tasks = [
                task
                for task in self._tasks
                if self.shows_all or task.contrast not in SIMILAR
            ]
            tasks.sort(key=ORDERS[self._order].key)
            self._rows = [*self._params(), *tasks, *self._closing()]
        return self._rows

    def toggle_all(self) -> None:
        """Show all tasks, or only differences."""
        self.shows_all = not self.shows_all
        self._rows = None

    def sort(self, *, forward: bool) -> None:
        """Order by the next column, or by the one before."""
        self._order = (self._order + (1 if forward else -1)) % len(ORDERS)
        self._rows = None

    def look_as(self, other: "Comparison") -> None:
        """Show as much, in the same order, as another one did."""
        self.shows_all, self._order = other.shows_all, other._order  # noqa: SLF001 -- of the same class
        self._rows = None

    def head_lines(self, width: int) -> Sequence[Line]:
        """Return what is shown and how, a gap, the columns, a rule."""
        shown = f"only differences {_OFF if self.shows_all else _ON}"
        left = f"{shown}   same file {self._file()}"
        order = f"order: {ORDERS[self._order].name} ▾"
        gap = width - cells(left) - cells(order)
        is_one_line = gap >= len(_GAP)
        columns = Widths.of(width)
        titles = _columns(
            ("task", self._names[0], self._names[1], "Δ", "note"), columns
        )
        return (
            cut_line(line(left, " " * gap, order if is_one_line else ""), width),
            () if is_one_line else cut_line(line(order), width),
            cut_line(line(Span(titles, Style.DIM)), width),
            line(Span("─" * width, Style.DIM)),
        )

    def row_line(self, row: int, width: int) -> Line:
        """Return one row."""
        shown = self.rows()[row]
        if not isinstance(shown, TaskContrast):
            return cut_line(shown, width)
        widths = Widths.of(width)
        style = Style.DIM if shown.contrast in SIMILAR else Style.PLAIN
        spans = (
            Span(
                pad(cut_middle(sanitize(shown.task), widths.task), widths.task), style
            ),
            *_side_spans(shown.before, widths.side),
            *_side_spans(shown.after, widths.side),
            Span(_GAP + pad(cut(change_text(shown), widths.change), widths.change)),
            Span(_GAP + cut(note(shown, self._revision()), widths.note)),
        )
        return cut_line(spans, width)

    def title(self, width: int) -> Line:
        """Return `run 40 ✗ 18:02   ↔   run 41 ▸ 02:14`."""
        before, after = self.compared.before, self.compared.after
        spans = (
            *self._run(self._names[0], before),
            Span("   ↔   ", Style.DIM),
            *self._run(self._names[1], after),
        )
        return cut_line(spans, width)

    def subtitle(self) -> str:
        """Return `7 differences`, for the panel's lower border."""
        return counted(self.difference_count, "difference")

    def text(self, width: int) -> str:
        """Return all that is shown, to copy or to save."""
        lines = [
            self.title(width),
            *self.head_lines(width),
            *(self.row_line(row, width) for row in range(len(self.rows()))),
        ]
        return "\n".join(text_of(spans).rstrip() for spans in lines) + "\n"

    def _run(self, name: str, run: RunRow) -> Line:
        status = Span(RUN_GLYPHS[run.status], RUN_STYLES[run.status])
        took = stopwatch(run_length_ms(run, self._now_ms))
        return (Span(f"{name} "), status, Span(f" {took}"))

    def _revision(self) -> str:
        return sanitize(self.compared.after.dag_hash)[:_REVISION_CHARACTERS]

    def _file(self) -> str:
        """Return `●`, or `○` and what has changed in the file."""
        if self.compared.before.dag_hash == self.compared.after.dag_hash:
            return _ON
        edited = sum(task.is_edited for task in self._tasks)
        added = sum(task.before is None for task in self._tasks)
        removed = sum(task.after is None for task in self._tasks)
        parts = [
            (edited, f"{counted(edited, 'task')} edited"),
            (added, f"{added} added"),
            (removed, f"{removed} removed"),
        ]
        told = ", ".join(text for count, text in parts if count)
        return f"{_OFF} (file changed: {told or 'no task'})"

    def _params(self) -> list[Line]:
        return [
            line(
                Span("parameter ", Style.DIM),
                f"{params_text({name: before})} → {params_text({name: after})}",
            )
            for name, (before, after) in self.compared.params_changed.items()
        ]

    def _closing(self) -> list[Line]:
        if self.shows_all:
            return []
        to_come = sum(task.contrast is Contrast.NOT_YET for task in self._tasks)
        same = sum(task.contrast is Contrast.SAME for task in self._tasks)
        told = {
            f"same state and time within {NOTABLE_SHARE:.0%}": same,
            "not run yet": to_come,
        }
        lines = [
            line(f"{what}: {counted(count, 'task')} (A shows them)")
            for what, count in told.items()
            if count
        ]
        return [(), *lines] if lines else []


def _columns(texts: Sequence[str], widths: Widths) -> str:
    cells_of = (widths.task, widths.side, widths.side, widths.change, widths.note)
    fields = (
        pad(cut(text, room), room) for text, room in zip(texts, cells_of, strict=True)
    )
    return _GAP.join(fields)


def _side_spans(side: Side | None, width: int) -> Line:
    if side is None:
        return line(_GAP, Span(pad("—", width), Style.DIM))
    looks = LOOKS[side.state]
    room = width - len(looks.glyph) - 1
    text = pad(cut(side_text(side), room), room)
    return line(_GAP, Span(looks.glyph, looks.style), f" {text}")
