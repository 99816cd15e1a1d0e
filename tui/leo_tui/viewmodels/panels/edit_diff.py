"""How an edited file differs from the version a run keeps, as lines."""

import json
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from leo_engine.spec.diff import DagDiff, FieldChange
from leo_engine.spec.model import Action, Json, PythonCall
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import ELLIPSIS, cells, cut, cut_middle
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.panels.definition_text import action_text
from leo_tui.viewmodels.panels.page import Page, Target, TaskTarget
from leo_tui.viewmodels.spans import Line, Span, cut_line, line

_MOST_NAMED = 100
_MOST_CHARACTERS = 2_000
"""Of a value, before it is cut to fit."""
_INDENT = "    "
_LEAST_VALUE_CELLS = 8
_MOST_OF_LABEL = 30
_ARROW = " → "
_ACTION = "action"
_DIGITS = 8
"""Of a digest, enough to tell two versions of a file apart."""
_ABSENT = "absent"
_KEPT_CHARACTERS = 6
"""Before a difference, where a value does not fit."""


def edit_diff_page(
    diff: DagDiff,
    *,
    width: int,
    can_apply: bool = False,
    not_started: int = 0,
    ends: bool = True,
) -> Page:
    """Return the difference; a changed task's lines lead to it.

    `can_apply`: only what tasks do has changed, no ids and no edges, so a run may take
    it over for its `not_started` tasks. Unless it `ends` so, it does not say which.
    """
    lines: list[Line] = []
    targets: dict[int, Target] = {}
    if diff.is_empty:
        return Page([line(Span("Nothing differs.", Style.DIM))])
    lines += _fields(diff.dag_changes, width, indent="")
    for task in diff.changed[:_MOST_NAMED]:
        first = len(lines)
        lines.append(_name("~", Style.CARE, task.task, width))
        lines += _fields(task.changes, width, indent=_INDENT)
        rows = range(first, len(lines))
        targets.update(dict.fromkeys(rows, TaskTarget(task.task)))
    lines += _more(diff.changed, "changed task")
    lines += _named("+", Style.GOOD, diff.added, "added task", width)
    lines += _named("-", Style.BAD, diff.removed, "removed task", width)
    lines += _named("+", Style.GOOD, _edges(diff.added_edges), "added edge", width)
    lines += _named("-", Style.BAD, _edges(diff.removed_edges), "removed edge", width)
    if ends:
        closing = _closing(can_apply=can_apply, not_started=not_started)
        lines += [(), cut_line(closing, width)]
    return Page(lines, targets)


def diff_summary(diff: DagDiff) -> str:
    """Return `2 tasks edited, 1 added`."""
    edges = len(diff.added_edges) + len(diff.removed_edges)
    parts = [
        (len(diff.changed), f"{counted(len(diff.changed), 'task')} edited"),
        (len(diff.added), f"{len(diff.added)} added"),
        (len(diff.removed), f"{len(diff.removed)} removed"),
        (edges, f"{counted(edges, 'edge')} changed"),
        (len(diff.dag_changes), f"{counted(len(diff.dag_changes), 'setting')} changed"),
    ]
    return ", ".join(text for count, text in parts if count) or "nothing differs"


def value_text(value: Json) -> str:
    """Return a value of a field on one line, as JSON unless it is a text."""
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text[:_MOST_CHARACTERS]
    return sanitize(text.replace("\n", "⏎")) or '""'


def _closing(*, can_apply: bool, not_started: int) -> Line:
    if can_apply and not_started:
        return line(
            f"applies to {counted(not_started, 'task')} not started: ",
            Span("a", Style.ACCENT),
        )
    why = "every task has started" if can_apply else "ids or edges have changed"
    return line(Span(f"The run keeps its version ({why}).", Style.DIM))


def _fields(
    changes: Iterable[FieldChange], width: int, *, indent: str
) -> Iterator[Line]:
    for change in changes:
        field, before, after = _values(change)
        label = f"{indent}{cut(sanitize(field), _MOST_OF_LABEL)}: "
        room = width - cells(label) - cells(_ARROW)
        each = max(_LEAST_VALUE_CELLS, room // 2)
        if cells(before) + cells(after) > room:
            before, after = _from_difference(before, after)
        # A short value leaves its room to the other.
        before = cut(before, max(each, room - cells(after)))
        after = cut(after, max(each, room - cells(before)))
        yield cut_line(
            line(
                Span(label, Style.DIM),
                Span(before, Style.BAD),
                Span(_ARROW, Style.DIM),
                Span(after, Style.GOOD),
            ),
            width,
        )


def _values(change: FieldChange) -> tuple[str, str, str]:
    """Return the field and its values: of what a task does, what the file has."""
    kinds = set()
    values = []
    for value in (change.before, change.after):
        kind, text = "", value_text(value)
        if change.field == _ACTION and isinstance(value, dict):
            kind, text = action_text(msgspec.convert(value, Action))
            text = value_text(text)
        kinds.add(kind)
        values.append(text)
    field = change.field if len(kinds) > 1 else kinds.pop() or change.field
    before, after = values
    if before == after and change.field == _ACTION:
        files = _changed_files(change)
        return ("source", *files) if files else (field, before, after)
    return field, before, after


def _changed_files(change: FieldChange) -> tuple[str, str] | None:
    """Return the Python files that differ, each with what tells its versions apart."""
    was, now = _files(change.before), _files(change.after)
    changed = sorted(path for path in {**was, **now} if was.get(path) != now.get(path))
    if not changed:
        return None
    before, after = (
        ", ".join(f"{path} {files.get(path, _ABSENT)[:_DIGITS]}" for path in changed)
        for files in (was, now)
    )
    return before, after


def _files(value: Json) -> dict[str, str]:
    if not isinstance(value, dict) or "sources" not in value:
        return {}
    call = msgspec.convert(value, Action)
    return dict(call.sources) if isinstance(call, PythonCall) else {}


def _from_difference(before: str, after: str) -> tuple[str, str]:
    """Return texts from a little before where they begin to differ."""
    pairs = enumerate(zip(before, after, strict=False))
    shorter = min(len(before), len(after))
    start = next((n for n, (x, y) in pairs if x != y), shorter) - _KEPT_CHARACTERS
    if start <= len(ELLIPSIS):
        return before, after
    return ELLIPSIS + before[start:], ELLIPSIS + after[start:]


def _named(
    sign: str, style: Style, names: Sequence[str], noun: str, width: int
) -> Iterator[Line]:
    for name in names[:_MOST_NAMED]:
        yield _name(sign, style, name, width)
    yield from _more(names, noun)


def _more(names: Sequence[object], noun: str) -> Iterator[Line]:
    if len(names) > _MOST_NAMED:
        yield line(
            Span(f"  … and {counted(len(names) - _MOST_NAMED, noun)}", Style.DIM)
        )


def _name(sign: str, style: Style, name: str, width: int) -> Line:
    shown = cut_middle(sanitize(name), width - 2)
    return cut_line(line(Span(f"{sign} ", style), shown), width)


def _edges(edges: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{above}{_ARROW}{below}" for above, below in edges]
