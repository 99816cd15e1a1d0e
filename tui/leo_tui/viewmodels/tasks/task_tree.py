"""The tasks of a run as the rows of a list: in groups, folded, filtered, sorted.

Rows keep the order of declaration, so nothing moves while a run goes on; a change of
a task costs O(1) unless it changes what is shown. Flat lists, and no recursion: a chain
of any length and ten thousand tasks are rows like others.
"""

from array import array
from collections.abc import Iterable
from enum import StrEnum

from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cells
from leo_tui.units import grouped
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_filter import TaskFilter, parse_filter
from leo_tui.viewmodels.tasks.task_groups import NO_GROUP, Grouping, TaskGroup
from leo_tui.viewmodels.tasks.task_state import TaskState

_MOST_SHOWN = 60
"""A longer name does not widen the column of names."""


class TaskOrder(StrEnum):
    """What the rows are sorted by; all but the first show the tasks without groups."""

    DEFINITION = "definition"
    START = "start"
    DURATION = "duration"
    STATE = "state"


class TaskTree:
    """What is shown of a run's tasks.

    An entry of `rows` is the number of a task, or `-1 - g` for group `g`.
    """

    def __init__(self, model: RunModel, *, folds_ok: bool = False) -> None:
        self.model = model
        self.folds_ok = folds_ok
        """Groups fold themselves when everything in them is ok."""
        self.order = TaskOrder.DEFINITION
        self.filter = TaskFilter()
        self.rows = array("i")
        self._grouping = Grouping(model)
        self._generation = model.run.generation
        self._seen = list(model.states)
        self._folded: set[int] = set()
        self._folded_in_filter: set[int] = set()
        self._named = bytearray(b"\x01" * len(model.ids))
        """1 for each task that the words of the filter mean."""
        self._places: dict[int, int] = {}
        self._arranged = -1
        """The version of the model in which the rows were worked out last."""
        shown = map(cells, self._grouping.names)
        self.longest_name = min(max(shown, default=0), _MOST_SHOWN)
        """In cells."""
        self._arrange()

    @property
    def is_flat(self) -> bool:
        """Whether no row is a group."""
        return self.order is not TaskOrder.DEFINITION or not self._grouping.groups

    @property
    def matching(self) -> int:
        """How many tasks the filter lets through, folded ones included. O(tasks)."""
        return sum(map(self._passes, range(len(self.model.ids))))

    def filter_text(self) -> str:
        """Return `12 of 1 000 match 'check'. esc clears.`; empty without a filter."""
        if not self.filter.is_on:
            return ""
        found = f"{grouped(self.matching)} of {grouped(len(self.model.ids))}"
        return f"{found} match {sanitize(self.filter.text)!r}. esc clears."

    def place_text(self, row: int, *, is_short: bool = False) -> str:
        """Return `20 of 241 shown · 1 000 total`; of a filter, what it lets through."""
        if self.filter.is_on:
            return self.filter_text()
        place = f"{grouped(row + 1)} of {grouped(len(self.rows))}"
        if is_short or len(self.rows) == self.model.total:
            return place
        return f"{place} shown · {grouped(self.model.total)} total"

    def group(self, entry: int) -> TaskGroup:
        """Return the group of an entry that is one."""
        return self._grouping.groups[-1 - entry]

    def group_at(self, row: int) -> TaskGroup | None:
        """Return the group that stands in a row; None where there is none."""
        if not 0 <= row < len(self.rows) or self.rows[row] >= 0:
            return None
        return self.group(self.rows[row])

    def parent(self, entry: int) -> int | None:
        """Return the group's entry above a task, None when it stands in none."""
        if entry < 0 or self.is_flat:
            return None
        place = self._grouping.group_of[entry]
        return None if place == NO_GROUP else -1 - place

    def name(self, entry: int) -> str:
        """Return what to call a row: in a group without the group's name."""
        if entry < 0:
            return self.group(entry).name
        if self.order is not TaskOrder.DEFINITION:
            return self.model.name(entry)
        return self._grouping.names[entry]

    def key(self, entry: int) -> str:
        """Return what an entry stands for, the same in every run of the DAG."""
        return f"\0{self.group(entry).key}" if entry < 0 else self.model.ids[entry]

    def entry_of_key(self, key: object) -> int | None:
        """Return the entry that `key` gave this for, shown or not; None if unknown."""
        if not isinstance(key, str):
            return None
        if not key.startswith("\0"):
            return self.model.index.get(key)
        groups = enumerate(self._grouping.groups)
        found = (-1 - place for place, group in groups if group.key == key[1:])
        return next(found, None)

    def shows(self, number: int) -> bool:
        """Tell whether the filter lets a task through."""
        return self._passes(number)

    def place(self, entry: int) -> int | None:
        """Return the row of an entry, None when it is not shown; O(1)."""
        return self._places.get(entry)

    def place_or_group(self, number: int) -> int | None:
        """Return the row of a task, of its group where that is folded."""
        row = self.place(number)
        if row is None and (parent := self.parent(number)) is not None:
            row = self.place(parent)
        return row

    def tasks_of(self, entry: int) -> list[int]:
        """Return the tasks that a row stands for: itself, or what is in the group.

        With a filter, of a group only those that it lets through.
        """
        if entry >= 0:
            return [entry]
        return [n for n in self.group(entry).members if self._passes(n)]

    def is_folded(self, entry: int) -> bool:
        """Tell whether a group is folded."""
        return -1 - entry in self._folds

    def fold(self, entries: Iterable[int], *, folded: bool) -> bool:
        """Fold or unfold groups and tell whether that changed anything."""
        places = {-1 - entry for entry in entries if entry < 0}
        before = set(self._folds)
        if folded:
            self._folds.update(places)
        else:
            self._folds.difference_update(places)
        if self._folds == before:
            return False
        self._arrange()
        return True

    def group_entries(self) -> list[int]:
        """Return the entries of all groups."""
        return [-1 - place for place in range(len(self._grouping.groups))]

    def folded_keys(self) -> list[str]:
        """Return which groups are folded, to be remembered."""
        return [self._grouping.groups[place].key for place in sorted(self._folded)]

    def fold_keys(self, keys: Iterable[str]) -> None:
        """Fold the groups that were remembered."""
        wanted = set(keys)
        groups = enumerate(self._grouping.groups)
        self._folded = {place for place, group in groups if group.key in wanted}
        self._arrange()

    def set_filter(self, text: str) -> None:
        """Show only what `text` asks for; everything when it is empty. O(tasks)."""
        self.filter = parse_filter(text)
        tasks = enumerate(self.model.dag.tasks)
        self._named = bytearray(
            self.filter.accepts_text(f"{task.id}\n{self.model.name(n)}")
            for n, task in tasks
        )
        self._folded_in_filter.clear()
        self._arrange()

    def sort(self, order: TaskOrder) -> None:
        """Order the rows by something else, or by the same as it is now."""
        self.order = order
        self._arrange()

    def sort_again(self) -> bool:
        """Sort by what has changed since; tell whether rows changed places."""
        if self.order is TaskOrder.DEFINITION or self.model.version == self._arranged:
            return False
        before = self.rows
        self._arrange()
        return self.rows != before

    def changed(self, numbers: Iterable[int], cursor: int | None = None) -> bool:
        """Take in that tasks changed; tell whether other rows are shown now.

        O(1) per task, and O(tasks) when rows came or went. `cursor` is the entry under
        the cursor: its group does not fold itself.
        """
        if self._generation != self.model.run.generation:
            self._generation = self.model.run.generation
            self._grouping.forget_times()
        is_other = False
        settled: set[int] = set()
        for number in numbers:
            old, new = self._seen[number], self.model.states[number]
            self._grouping.count(self.model, number, old)
            if new is old:
                continue
            self._seen[number] = new
            is_other = is_other or self._lets_through_otherwise(number, old, new)
            if self.folds_ok:
                settled.add(self._grouping.group_of[number])
        self._grouping.settle_times(self.model)
        is_other = self._fold_ok(settled, cursor) or is_other
        if is_other:
            self._arrange()
        return is_other

    @property
    def _folds(self) -> set[int]:
        """What is folded now: who looks for something wants to see it."""
        return self._folded_in_filter if self.filter.is_on else self._folded

    def _lets_through_otherwise(
        self, number: int, old: TaskState, new: TaskState
    ) -> bool:
        accepts = self.filter.accepts_state
        return bool(self._named[number]) and accepts(old) != accepts(new)

    def _fold_ok(self, places: set[int], cursor: int | None) -> bool:
        kept = NO_GROUP
        if cursor is not None:
            kept = -1 - cursor if cursor < 0 else self._grouping.group_of[cursor]
        fresh = {
            place
            for place in places - {NO_GROUP, kept} - self._folded
            if self._grouping.groups[place].is_all_ok
        }
        self._folded |= fresh
        return bool(fresh)

    def _passes(self, number: int) -> bool:
        accepts = self.filter.accepts_state(self.model.states[number])
        return bool(self._named[number]) and accepts

    def _arrange(self) -> None:
        """Work out the rows; O(tasks), more when they are sorted."""
        self._arranged = self.model.version
        if self.order is TaskOrder.DEFINITION:
            self.rows = array("i", self._in_groups())
        else:
            shown = filter(self._passes, range(len(self.model.ids)))
            self.rows = array("i", sorted(shown, key=self._sort_key))
        self._places = {entry: row for row, entry in enumerate(self.rows)}

    def _in_groups(self) -> list[int]:
        if not self.filter.is_on and not self._grouping.groups:
            return self._grouping.top
        found: list[int] = []
        for entry in self._grouping.top:
            if entry >= 0:
                found += (entry,) if self._passes(entry) else ()
                continue
            members = self.group(entry).members
            if self.filter.is_on:
                members = list(filter(self._passes, members))
            if members:
                found.append(entry)
                found += () if self.is_folded(entry) else members
        return found

    def _sort_key(self, number: int) -> tuple[int, int]:
        row = self.model.rows[number]
        match self.order:
            case TaskOrder.START:
                return (row.started_ms is None, row.started_ms or 0)
            case TaskOrder.DURATION:
                if row.started_ms is None:
                    return (1, 0)
                # What runs still comes first, and of that what began first.
                if row.ended_ms is None:
                    return (-1, row.started_ms)
                return (0, row.started_ms - row.ended_ms)
            case _:
                return (self.model.states[number], 0)
