"""The run as a Gantt chart: rows in order of their start, on one axis of time.

Only rows that are asked for are worked out. What they are ordered by, and how many
slots were in use, is kept up as rows of the run change.
"""

from collections.abc import Iterable, Iterator, Sequence

from leo_engine.state.status import RUN_TERMINAL, TERMINAL
from leo_tui.viewmodels.panels.outlook import Outlook, outlook
from leo_tui.viewmodels.panels.slot_load import SlotLoad
from leo_tui.viewmodels.panels.time_window import TimeWindow, fitted
from leo_tui.viewmodels.panels.timeline_bars import Stretch, stretches
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState

_OUTLOOK_EVERY_MS = 1_000
_CLOSER = 0.5
_PAN = 0.25
_KEPT_IN_VIEW = 0.1
"""Share of the window that the run never leaves, however far it is panned."""
_NEVER = 1 << 62
"""Sorts after every moment."""
_COULD_START = frozenset({TaskState.QUEUED, TaskState.PERSON})


class Timeline:
    """One run on an axis of time; the window grows with the run until it is moved."""

    def __init__(self, model: RunModel) -> None:
        self.model = model
        self.moment_ms: int | None = None
        """The moment of a replay; None: the present."""
        self.shows_all = False
        self.load = SlotLoad()
        self._window: TimeWindow | None = None
        self._follows = False
        """The window was zoomed and still ends where the run does."""
        self._keys = [_NEVER] * len(model.ids)
        self._is_started = bytearray(len(model.ids))
        """In this generation."""
        self._order: list[int] | None = None
        self._path: tuple[int, ...] | None = None
        """The critical path while it is shown alone."""
        self._places: dict[int, int] | None = None
        self._outlook: Outlook | None = None
        self._outlook_at_ms = 0
        self._origin_ms = self.origin_ms
        self.take(range(len(model.ids)))

    def take(self, changed: Iterable[int]) -> None:
        """Take in tasks whose rows have changed; O(their upstream)."""
        if self.origin_ms != self._origin_ms:  # a new generation has begun
            self._origin_ms = self.origin_ms
            changed = range(len(self._keys))
        for number in changed:
            self.load.take(self.model.attempts_of(number))
            key, is_started = self._key(number)
            if (key, is_started) != (self._keys[number], self._is_started[number]):
                self._keys[number], self._is_started[number] = key, is_started
                self._order = self._places = None

    def _key(self, number: int) -> tuple[int, bool]:
        """Return when a task started, or could have, and whether in this generation."""
        attempts = self.model.attempts_of(number)
        if attempts:
            last = attempts[-1]
            first = next(a for a in attempts if a.generation == last.generation)
            is_recent = last.ended_ms is None or last.ended_ms >= self._origin_ms
            return first.started_ms, is_recent
        ready_ms = self.ready_ms(number)
        if self.model.states[number] in _COULD_START and ready_ms is not None:
            return ready_ms, True
        return _NEVER, False

    def ready_ms(self, number: int) -> int | None:
        """Return when the last thing a task waited for was settled; None: not yet.

        None for hooks as well: they wait to be called.
        """
        if self.model.is_hook(number):
            return None
        ready_ms = self.origin_ms
        for above in self.model.graph.upstream[number]:
            row = self.model.rows[above]
            if row.status not in TERMINAL:
                return None
            ready_ms = max(ready_ms, row.ended_ms or 0)
        return ready_ms

    @property
    def origin_ms(self) -> int:
        """When the run, or its latest generation, began: 0:00 of the axis."""
        run = self.model.run
        return run.created_ms if run.started_ms is None else run.started_ms

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        run = self.model.run
        return run.status in RUN_TERMINAL and run.ended_ms is not None

    def end_ms(self, now_ms: int) -> int:
        """Return the last moment there is something to see of."""
        ended_ms = self.model.run.ended_ms
        last_ms = ended_ms if self.is_over and ended_ms is not None else now_ms
        if self.moment_ms is not None:
            last_ms = self.moment_ms
        return max(last_ms, self.origin_ms)

    def window(self, now_ms: int) -> TimeWindow:
        """Return what is seen of time; of a replay the whole run, to its end."""
        end_ms = self.end_ms(now_ms)
        if self.moment_ms is not None:
            end_ms = max(end_ms, self.model.run.ended_ms or now_ms)
        whole = fitted(self.origin_ms, end_ms)
        if self._window is None:
            return whole
        if self._follows:
            begin_ms = whole.end_ms - self._window.length_ms
            return self._window._replace(begin_ms=begin_ms)
        return self._window

    def fit(self) -> None:
        """Show the whole run again, and grow with it."""
        self._window = None
        self._follows = False

    def zoom(self, now_ms: int, *, closer: bool, number: int | None = None) -> None:
        """Halve or double the stretch of time.

        In place stays the end of a run that goes on, else the start of task `number`,
        else the middle.
        """
        window = self.window(now_ms)
        is_live = not self.is_over and self.moment_ms is None
        self._follows = is_live and window.holds(self.end_ms(now_ms))
        around_ms = window.begin_ms + window.length_ms // 2
        key = _NEVER if number is None else self._keys[number]
        if window.holds(key):
            around_ms = key
        self._window = window.zoomed(_CLOSER if closer else 1 / _CLOSER, around_ms)

    def pan(self, now_ms: int, *, later: bool) -> None:
        """Move the window by a quarter of itself, as far as there is something."""
        window = self.window(now_ms).panned(_PAN if later else -_PAN)
        kept_ms = round(window.length_ms * _KEPT_IN_VIEW)
        earliest_ms = min(self.origin_ms, self.load.first_ms(self.origin_ms))
        begin_ms = min(window.begin_ms, self.end_ms(now_ms) - kept_ms)
        begin_ms = max(begin_ms, earliest_ms + kept_ms - window.length_ms)
        self._window = window._replace(begin_ms=begin_ms)
        self._follows = False

    def rows(self) -> Sequence[int]:
        """Return the tasks to show, by number, in order of their start."""
        if self._path is not None:
            return self._path
        if self._order is None:
            order: Iterable[int] = range(len(self._keys))
            if not self.shows_all:
                order = (n for n in order if self._is_started[n])
            self._order = sorted(order, key=self._keys.__getitem__)
        return self._order

    def toggle_all(self) -> None:
        """Show all tasks, or only those that have started, or could have."""
        self.shows_all = not self.shows_all
        self._path = self._order = self._places = None

    def toggle_critical(self, now_ms: int) -> None:
        """Show the critical path alone, or not."""
        self._path = None if self.is_critical_only else self.outlook(now_ms).path
        self._places = None

    def follow_path(self, now_ms: int) -> bool:
        """Take over what the critical path is by now; True when that changes rows."""
        if self._path is None or self._path == self.outlook(now_ms).path:
            return False
        self._path, self._places = self.outlook(now_ms).path, None
        return True

    @property
    def is_critical_only(self) -> bool:
        """Whether the critical path is shown alone, in its own order."""
        return self._path is not None

    def place_of(self, number: int) -> int | None:
        """Return the row a task is shown in; None when it is not."""
        if self._places is None:
            self._places = {shown: row for row, shown in enumerate(self.rows())}
        return self._places.get(number)

    def outlook(self, now_ms: int) -> Outlook:
        """Return what the run hangs on; worked out once a second, or less for many."""
        at_ms = self.end_ms(now_ms)
        every_ms = _OUTLOOK_EVERY_MS + len(self._keys) // 2
        if self._outlook is None or abs(at_ms - self._outlook_at_ms) >= every_ms:
            self._outlook, self._outlook_at_ms = outlook(self.model, at_ms), at_ms
        return self._outlook

    def stretches_of(self, number: int, now_ms: int) -> Iterator[Stretch]:
        """Yield what a task did when."""
        return stretches(
            self.model.attempts_of(number),
            self.model.states[number],
            ready_ms=self.ready_ms(number),
            now_ms=self.end_ms(now_ms),
        )
