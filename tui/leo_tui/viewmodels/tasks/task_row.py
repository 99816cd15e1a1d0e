"""A task, or a group of tasks, as one row of the list.

From left to right: fold, glyph, name, `x2/5`, time, bar against the usual duration,
reason. What does not fit is dropped from the right; the name is cut in its middle, one
of a matrix to its values first, and may have what the columns after it leave empty. The
glyph, the beginning of the name, the attempt and the time always stay.
"""

from typing import NamedTuple

from leo_tui.text.width import cells, cut, cut_middle, pad
from leo_tui.theme import Style
from leo_tui.units import clock, grouped, stopwatch
from leo_tui.viewmodels.spans import Line, Span
from leo_tui.viewmodels.task_lines import attempts
from leo_tui.viewmodels.tasks.reasons import backoff_until_ms, brief, countdown
from leo_tui.viewmodels.tasks.run_model import FAILURES, RunModel
from leo_tui.viewmodels.tasks.task_state import LOOKS, TaskState
from leo_tui.viewmodels.tasks.task_tree import TaskTree

OPEN, FOLDED = "▾ ", "▸ "

_ATTEMPT_CELLS = 6
"""`x2/10`, and a space before it."""
_TIME_CELLS = 7
_GAP = 2
_LEAST_TAIL = 7
"""The right end keeps as much before a long name may have it: `exit 75`."""
_NAME_SHARE = 2, 5
"""Of the width that names get where they are short."""
_MOST_PLAIN = 28
"""Cells before the attempts where the names are short, however wide the list is."""
_LEAST_NAME = 4
_BAR_CELLS = 4
_BAR_STEPS = "▂▄▆"
_LATE = 2
"""Times the usual duration: from there on the bar is reversed."""
_INDENT = 2

_TIMELESS = frozenset(
    {
        TaskState.PERSON,
        TaskState.BLOCKED,
        TaskState.QUEUED,
        TaskState.WAITING,
        TaskState.SKIPPED,
    }
)
_FAINT = frozenset({TaskState.WAITING, TaskState.SKIPPED, TaskState.STOPPED})
_STYLED_REASON = frozenset(
    {
        TaskState.FAILED,
        TaskState.TIMED_OUT,
        TaskState.PERSON,
        TaskState.INTERRUPTED,
        TaskState.BACKOFF,
    }
)


class RowWidth(NamedTuple):
    """How wide a row is, and where its columns are."""

    width: int
    name_end: int
    """First cell after the column of names."""
    attempt_cells: int = _ATTEMPT_CELLS
    """None where no task has been tried again."""

    def suits(self, tree: TaskTree, width: int) -> bool:
        """Tell whether rows of a tree can have these columns still."""
        return (self.width, self.attempt_cells) == (width, _attempt_cells(tree))


class _Name(NamedTuple):
    """What a row is called."""

    text: str
    style: Style = Style.PLAIN
    keys: tuple[str, ...] = ()
    """Of a task's matrix: they go first."""

    @property
    def width(self) -> int:
        """In cells."""
        return cells(self.text)

    def shortened(self) -> str:
        """Return `[x,y]` for `[a=x,b=y]`."""
        text = self.text
        for key in self.keys:
            text = text.replace(f"[{key}=", "[").replace(f",{key}=", ",")
        return text

    def cut_to(self, room: int) -> str:
        """Return at most `room` cells: all of it, else of a matrix the values."""
        text = self.text if self.width <= room else self.shortened()
        return cut_middle(text, room)


def row_width(tree: TaskTree, width: int) -> RowWidth:
    """Return the columns for rows of `width` cells."""
    wanted = tree.longest_name + (_INDENT if tree.is_flat else 3 * _INDENT)
    share, of = _NAME_SHARE
    plain = min(width * share // of, _MOST_PLAIN)
    attempt_cells = _attempt_cells(tree)
    room = width - attempt_cells - _TIME_CELLS
    end = min(max(wanted, plain), room - _GAP - _LEAST_TAIL)
    end = max(end, min(room, 3 * _INDENT + _LEAST_NAME))
    return RowWidth(width, end, attempt_cells)


def tree_row(
    tree: TaskTree, entry: int, columns: RowWidth, now_ms: int, *, blocks: int = 0
) -> Line:
    """Return a row of the list. `blocks`: how many tasks a failure holds up."""
    if entry < 0:
        return _group_row(tree, entry, columns, now_ms)
    model = tree.model
    state = model.states[entry]
    # Asked again is no further attempt, and there is no time to show.
    attempt = "" if state is TaskState.PERSON else attempts(model.rows[entry])
    time = time_text(model, entry, now_ms)
    figures = ""
    if attempt or time:
        figures = pad(attempt, columns.attempt_cells, right=True)
        figures += pad(time, _TIME_CELLS, right=True) if time else ""
    tail = _tail(model, entry, now_ms, blocks)
    style = Style.DIM if state in _FAINT else Style.PLAIN
    name = _Name(
        tree.name(entry), style, tuple(k for k, _ in model.dag.tasks[entry].matrix)
    )
    return _closed(_head(tree, entry, state), name, figures, tail, columns)


def time_text(model: RunModel, number: int, now_ms: int) -> str:
    """Return how long the latest attempt took or takes, or when the next one is due."""
    row, state = model.rows[number], model.states[number]
    if state is TaskState.BACKOFF:
        until_ms = backoff_until_ms(model, number)
        return "" if until_ms is None else countdown(until_ms, now_ms)
    if row.started_ms is None or state in _TIMELESS:
        return ""
    elapsed_ms = model.elapsed_ms(number, now_ms)
    is_known = row.ended_ms is not None or state is TaskState.RUNNING
    return "" if elapsed_ms is None or not is_known else clock(elapsed_ms)


def bar(model: RunModel, number: int, now_ms: int) -> Span | None:
    """Return how far a running task is by its usual duration; None when unknown."""
    row = model.rows[number]
    usual_ms = usual_duration_ms(model, number)
    if model.states[number] is not TaskState.RUNNING or not usual_ms:
        return None
    if row.started_ms is None:
        return None
    share = max(0, now_ms - row.started_ms) / usual_ms
    steps = len(_BAR_STEPS)
    filled = min(int(share * _BAR_CELLS * steps), _BAR_CELLS * steps)
    whole, part = divmod(filled, steps)
    text = _BAR_STEPS[-1] * whole + (_BAR_STEPS[part - 1] if part else "")
    return Span(text or _BAR_STEPS[0], Style.HIT if share > _LATE else Style.BUSY)


def usual_duration_ms(model: RunModel, number: int) -> int | None:
    """Return how long a task takes by earlier runs, else by its own estimate."""
    learnt = model.median_ms.get(model.ids[number])
    return model.dag.tasks[number].estimate_ms if learnt is None else learnt


def _group_row(tree: TaskTree, entry: int, columns: RowWidth, now_ms: int) -> Line:
    group = tree.group(entry)
    is_folded = tree.is_folded(entry)
    state = group.worst
    head = (
        Span(FOLDED if is_folded else OPEN, Style.DIM),
        Span(LOOKS[state].glyph, LOOKS[state].style),
        Span(" "),
    )
    name, total = _Name(group.name), len(group.members)
    if is_folded and not group.has_begun:
        label = f"({grouped(total)} {'task' if total == 1 else 'tasks'})"
        return _closed(head, name, "", (Span(label, Style.DIM),), columns)
    elapsed_ms = group.elapsed_ms(now_ms)
    time = "" if elapsed_ms is None else stopwatch(elapsed_ms)
    # As wide as with attempts: of so long a count, the name makes room for the rest.
    done = f" {group.done}/{total} "
    room = _ATTEMPT_CELLS + _TIME_CELLS - len(done)
    figures = done + pad(time, max(0, room), right=True)
    columns = columns._replace(
        name_end=columns.name_end + columns.attempt_cells - _ATTEMPT_CELLS
    )
    return _closed(head, name, figures, (), columns)


def _head(tree: TaskTree, entry: int, state: TaskState) -> Line:
    indent = 0 if tree.is_flat else _INDENT
    if tree.parent(entry) is not None:
        indent += _INDENT
    glyph = Span(LOOKS[state].glyph, LOOKS[state].style)
    return (Span(" " * indent), glyph, Span(" "))


def _closed(
    head: Line, name: _Name, figures: str, tail: Line, columns: RowWidth
) -> Line:
    """Put the parts of a row together: the name cut, the tail as far as it fits."""
    lead = sum(cells(span.text) for span in head)
    if not figures and not tail:
        return (*head, Span(name.cut_to(columns.width - lead), name.style))
    room = max(1, columns.name_end - lead)
    if figures:
        lacking = max(0, name.width - room)
        spare = len(figures) - len(figures.lstrip()) - 1
        taken = max(0, min(lacking, spare))
        figures, room = figures[taken:], room + taken
    else:
        room = _room_beside(tail[0], columns.width - lead, room, name)
    spans = [*head, Span(pad(name.cut_to(room), room), name.style), Span(figures)]
    used = lead + room + cells(figures)
    gap = _GAP if figures else 1
    for place, span in enumerate(tail):
        left = columns.width - used - gap
        # The first may be cut, the others are shown whole or not at all.
        text = span.text if place else cut(span.text, max(0, left))
        if not text or cells(text) > left:
            break
        spans += [Span(" " * gap), Span(text, span.style)]
        used += gap + cells(text)
        gap = _GAP
    return tuple(spans)


def _room_beside(reason: Span, width: int, column: int, name: _Name) -> int:
    """Return the room of a name without figures: either may have what the other leaves.

    The column stays one where both fit.
    """
    left = max(1, width - 1 - cells(reason.text))
    wanted = name.width
    if wanted > max(column, left):
        wanted = cells(name.shortened())
    if wanted > column:
        return max(column, min(wanted, left))
    return min(column, max(wanted, left))


def _attempt_cells(tree: TaskTree) -> int:
    return _ATTEMPT_CELLS if tree.model.is_tried_again else 0


def _tail(model: RunModel, number: int, now_ms: int, blocks: int) -> Line:
    state = model.states[number]
    found: list[Span] = []
    if (shown := bar(model, number, now_ms)) is not None:
        found.append(shown)
    if reason := brief(model, number, now_ms):
        style = LOOKS[state].style if state in _STYLED_REASON else Style.DIM
        found.append(Span(reason, style))
    if blocks and state in FAILURES:
        found.append(Span(f"blocks {grouped(blocks)}", Style.CARE))
    return tuple(found)
