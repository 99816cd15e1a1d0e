"""The tasks of the opened run, in groups, with a cursor that can follow what starts."""

from collections.abc import Collection, Hashable, Iterable, Sequence

from textual import events

from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span
from leo_tui.viewmodels.tasks.error_news import ErrorNews
from leo_tui.viewmodels.tasks.reasons import blocked_count, cause
from leo_tui.viewmodels.tasks.run_model import FAILURES, RunModel
from leo_tui.viewmodels.tasks.task_groups import ACTIVE
from leo_tui.viewmodels.tasks.task_row import RowWidth, row_width, tree_row
from leo_tui.viewmodels.tasks.task_state import TaskState
from leo_tui.viewmodels.tasks.task_tree import TaskOrder, TaskTree
from leo_tui.widgets.row_view import NO_SIGN, RowView

NEWS = Span("▐", Style.BAD)
"""In the first column of a row with an error that nobody has looked at."""

_SORT_EVERY_MS = 1_000
"""Rows in another order than that of the file change places no more often."""
_FOLD_CELLS = 3
"""The columns in which a click on a group folds it."""

_FOLLOW_EVERY_MS = 500
"""Between two moves of a cursor that follows: more often is unrest."""


class TasksPanel(RowView):
    """A row for each task and group of tasks.

    A task is named by its number in the model that is shown.
    """

    class Moved(RowView.Moved):
        """The cursor stands on another task; `task` is None on a group."""

        def __init__(self, panel: "TasksPanel", row: int, task: int | None) -> None:
            super().__init__(panel, row)
            self.task = task

    class Opened(RowView.Opened):
        """A task was opened. A group that is opened folds or unfolds instead."""

        def __init__(self, panel: "TasksPanel", row: int, task: int) -> None:
            super().__init__(panel, row)
            self.task = task

    def __init__(self, *, id: str | None = None, folds_ok: bool = False) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.folds_ok = folds_ok
        """Groups fold themselves when everything in them is ok; for the next `show`."""
        self.follow_newest = False
        """Whether the cursor goes to each task that starts, until a person moves it."""
        self._tree: TaskTree | None = None
        self._left: TaskTree | None = None
        """What was shown before: when there are tasks again, they look like these."""
        self._now_ms = 0
        self._followed_ms = -_FOLLOW_EVERY_MS
        self._sorted_ms = 0
        self._empty: Sequence[Line] = ()
        self._news = ErrorNews()
        self._columns = RowWidth(0, 0)
        self._blocks = (-1, -1, 0)
        """Task, version of the model, and how many tasks it blocks in it."""

    def show(
        self, model: RunModel | None, now_ms: int = 0, empty: Sequence[Line] = ()
    ) -> None:
        """Show a run, or `empty`, and say what the cursor is on there.

        Order, filter and folds stay; in another run of the DAG the marks go, and the
        cursor is on the task of the same id.
        """
        self._left = old = self._tree or self._left
        self._now_ms, self._empty = now_ms, empty
        self._tree = tree = self._new_tree(model, old) if model is not None else None
        self._news = ErrorNews(model)
        self._columns = RowWidth(0, 0)
        self._blocks = (-1, -1, 0)
        if tree is None or old is None or tree.model.run.run_id != old.model.run.run_id:
            self.clear_marks()
        before = self._cursor_key
        self.refresh_rows()
        # The same id stands for another task now, whose output is another.
        if self._cursor_key == before:
            self.post_moved()
        self.follow()

    @property
    def task_tree(self) -> TaskTree | None:
        """What is shown."""
        return self._tree

    def changed(self, numbers: Collection[int]) -> None:
        """Draw tasks anew that changed; O(1) each, unless rows came or went."""
        tree = self._tree
        if tree is None:
            return
        self._news.take(tree.model, numbers, self.cursor_task())
        is_as_before = self._columns.suits(tree, self._columns.width)
        if tree.changed(numbers, self._entry()) or not is_as_before:
            self.refresh_rows()
        else:
            self._touch_tasks(tree, numbers)
        self.follow()

    def tick(self, now_ms: int) -> None:
        """Let the clocks in view go on: of what runs, or waits for its next attempt."""
        self._now_ms = now_ms
        tree = self._tree
        if tree is None:
            return
        if now_ms - self._sorted_ms >= _SORT_EVERY_MS and tree.sort_again():
            self._sorted_ms = now_ms
            self.refresh_rows()
        for row in self.rows_in_view():
            entry = tree.rows[row]
            is_active = (
                tree.group(entry).is_active
                if entry < 0
                else tree.model.states[entry] in ACTIVE
            )
            if is_active:
                self.touch(row)

    def follow(self) -> None:
        """Put the cursor on the task that started last, if it is to follow."""
        tree = self._tree
        if tree is None or not self.follow_newest or tree.model.newest < 0:
            return
        if self._now_ms - self._followed_ms < _FOLLOW_EVERY_MS:
            return
        row = tree.place_or_group(tree.model.newest)
        if row is not None and row != self.cursor:
            self._followed_ms = self._now_ms
            super().move_cursor(row)

    def move_cursor(self, to: int) -> None:
        """Put the cursor somewhere else; from now on it stays there."""
        self.follow_newest = False
        super().move_cursor(to)

    def cursor_task(self) -> int | None:
        """Return the task under the cursor, None on a group or where nothing is."""
        entry = self._entry()
        return entry if entry is not None and entry >= 0 else None

    def chosen(self) -> list[int]:
        """Return the marked tasks, else what is under the cursor; a group's are all."""
        tree = self._tree
        if tree is None:
            return []
        marked = [
            entry
            for key in self.marked_keys
            if (entry := tree.entry_of_key(key)) is not None
        ]
        entry = self._entry()
        entries = marked or ([] if entry is None else [entry])
        return sorted({task for one in entries for task in tree.tasks_of(one)})

    def go_to(self, number: int) -> None:
        """Put the cursor on a task; unfolds its group, drops a filter that hides it."""
        tree = self._tree
        if tree is None:
            return
        if not tree.shows(number):
            tree.set_filter("")
            self.refresh_rows()
        parent = tree.parent(number)
        if parent is not None and tree.fold([parent], folded=False):
            self.refresh_rows()
        row = tree.place(number)
        if row is not None:
            self.move_cursor(row)

    def go_to_cause(self) -> bool:
        """Go to the task that this one waits for or was blocked by, if any."""
        tree, number = self._tree, self.cursor_task()
        found = None if tree is None or number is None else cause(tree.model, number)
        if found is not None:
            self.go_to(found)
        return found is not None

    def first_failure(self) -> bool:
        """Go to the task that failed first, if one did."""
        failed = [] if self._tree is None else self._tree.model.failures()
        if failed:
            self.go_to(failed[0])
        return bool(failed)

    def next_failure(self, *, forward: bool = True) -> bool:
        """Go to the task that failed after, or before, this one; round and round."""
        failed = [] if self._tree is None else self._tree.model.failures()
        if not failed:
            return False
        number = self.cursor_task()
        step = 1 if forward else -1
        if number in failed:
            self.go_to(failed[(failed.index(number) + step) % len(failed)])
        else:
            self.go_to(failed[0 if forward else -1])
        return True

    def fold(self) -> bool:
        """Fold the group under the cursor, or that of its task, and stand on it."""
        return self._fold(folded=True)

    def unfold(self) -> bool:
        """Unfold the group under the cursor."""
        return self._fold(folded=False)

    def toggle(self) -> bool:
        """Fold or unfold the group under the cursor."""
        tree, entry = self._tree, self._entry()
        if tree is None or entry is None or entry >= 0:
            return False
        return self._fold(folded=not tree.is_folded(entry))

    def fold_all(self, *, folded: bool = True) -> None:
        """Fold or unfold every group."""
        tree, entry = self._tree, self._entry()
        if tree is None or not tree.fold(tree.group_entries(), folded=folded):
            return
        parent = None if entry is None else tree.parent(entry)
        self._stand_on(tree, entry if parent is None or not folded else parent)

    def sort(self, order: TaskOrder) -> None:
        """Order the rows by something else."""
        if self._tree is not None:
            self._tree.sort(order)
            self._columns = RowWidth(0, 0)
            self.refresh_rows()

    @property
    def filter_text(self) -> str:
        """What is filtered by; empty: nothing."""
        return "" if self._tree is None else self._tree.filter.text

    def set_filter(self, text: str) -> None:
        """Show only the tasks that `text` means, with their groups."""
        if self._tree is not None:
            self._tree.set_filter(text)
            self.refresh_rows()

    def clear_filter(self) -> bool:
        """Show all tasks; False when they are shown already."""
        if self._tree is None or not self._tree.filter.is_on:
            return False
        self.set_filter("")
        return True

    def mark_news(self, number: int) -> None:
        """Show that a task has an error to look at, unless the cursor is there."""
        self._news.add(number, self.cursor_task())
        if self._tree is not None:
            self._touch_tasks(self._tree, (number,))

    def footer(self, *, is_short: bool = False) -> str:
        """Return where the cursor is: `20 of 241 shown · 1 000 total`."""
        tree = self._tree
        return "" if tree is None else tree.place_text(self.cursor, is_short=is_short)

    def row_count(self) -> int:
        """Return how many rows are shown."""
        return 0 if self._tree is None else len(self._tree.rows)

    def row_line(self, row: int, width: int) -> Line:
        """Draw a task or a group."""
        tree = self._shown()
        if not self._columns.suits(tree, width):
            self._columns = row_width(tree, width)
        entry = tree.rows[row]
        blocks = self._blocked_by(tree.model, entry) if row == self.cursor else 0
        return tree_row(tree, entry, self._columns, self._now_ms, blocks=blocks)

    def row_key(self, row: int) -> Hashable:
        """Return the id of the task, or what the group is called."""
        tree = self._shown()
        return tree.key(tree.rows[row])

    def row_of(self, key: Hashable) -> int | None:
        """Return where a task or a group stands."""
        if self._tree is None:
            return None
        entry = self._tree.entry_of_key(key)
        return None if entry is None else self._tree.place(entry)

    def row_sign(self, row: int) -> Span:
        """Return the mark of a row, else that there is news in it."""
        sign = super().row_sign(row)
        fresh = self._news.tasks
        if sign is not NO_SIGN or not fresh:
            return sign
        tree = self._shown()
        entry = tree.rows[row]
        if entry >= 0:
            return NEWS if entry in fresh else NO_SIGN
        is_inside = any(tree.parent(number) == entry for number in fresh)
        return NEWS if is_inside and tree.is_folded(entry) else NO_SIGN

    def empty_lines(self, width: int) -> Sequence[Line]:
        """Return why there is nothing to see."""
        del width
        if self._tree is None:
            return self._empty
        text = self._tree.filter_text()
        return ((Span(f" {text}"),),) if text else ()

    def post_moved(self) -> None:
        """Say which task the cursor is on; its error has been looked at."""
        number = self.cursor_task()
        if number is not None:
            self._news.look_at(number)
        self.post_message(self.Moved(self, self.cursor, number))

    def post_opened(self) -> None:
        """Say which task is opened, or fold a group."""
        number = self.cursor_task()
        if number is None:
            self.toggle()
        else:
            self.post_message(self.Opened(self, self.cursor, number))

    def on_click(self, event: events.Click) -> None:
        """Fold or unfold a group whose sign for that is clicked."""
        offset = event.get_content_offset(self)
        tree = self._tree
        if tree is None or offset is None or offset.x >= _FOLD_CELLS:
            return
        row = self.scroll_offset.y + offset.y
        if row < len(tree.rows) and tree.rows[row] < 0:
            # The row under the mouse is dealt with: it is not to be opened as well.
            event.prevent_default()
            self.move_cursor(row)
            self.toggle()

    def _new_tree(self, model: RunModel, old: TaskTree | None) -> TaskTree:
        tree = TaskTree(model, folds_ok=self.folds_ok)
        if old is None:
            return tree
        tree.fold_keys(old.folded_keys())
        tree.order = old.order
        tree.set_filter(old.filter.text)
        return tree

    def _shown(self) -> TaskTree:
        if self._tree is None:
            raise LookupError("no run is shown")
        return self._tree

    def _entry(self) -> int | None:
        tree, row = self._tree, self.cursor
        return (
            tree.rows[row] if tree is not None and 0 <= row < len(tree.rows) else None
        )

    def _touch_tasks(self, tree: TaskTree, numbers: Iterable[int]) -> None:
        """Repaint tasks and their groups, and what is queued: others left its slots."""
        groups: set[int] = set()
        for number in numbers:
            if (row := tree.place(number)) is not None:
                self.touch(row)
            if (parent := tree.parent(number)) is not None:
                groups.add(parent)
        for entry in groups:
            if (row := tree.place(entry)) is not None:
                self.touch(row)
        states = tree.model.states
        for row in self.rows_in_view():
            entry = tree.rows[row]
            if entry >= 0 and states[entry] is TaskState.QUEUED:
                self.touch(row)

    def _fold(self, *, folded: bool) -> bool:
        tree, entry = self._tree, self._entry()
        if tree is None or entry is None:
            return False
        group = entry if entry < 0 else tree.parent(entry)
        if group is None or not tree.fold([group], folded=folded):
            return False
        self._stand_on(tree, group)
        return True

    def _stand_on(self, tree: TaskTree, entry: int | None) -> None:
        """Show other rows with the cursor on one that is still there."""
        row = None if entry is None else tree.place(entry)
        if row is not None:
            self.move_cursor(row)
        self.refresh_rows()

    def _blocked_by(self, model: RunModel, entry: int) -> int:
        """Return how many tasks a failure blocks; worked out once per change."""
        if entry < 0 or model.states[entry] not in FAILURES:
            return 0
        if self._blocks[:2] != (entry, model.version):
            self._blocks = (entry, model.version, blocked_count(model, entry))
        return self._blocks[2]
