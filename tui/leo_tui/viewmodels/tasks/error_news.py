"""Which tasks have an error that nobody has looked at yet."""

from collections.abc import Iterable

from leo_tui.viewmodels.tasks.run_model import FAILURES, RunModel


class ErrorNews:
    """The errors of one run since it was opened; those before are not news."""

    def __init__(self, model: RunModel | None = None) -> None:
        self._failed = set() if model is None else set(model.failures())
        self.tasks: set[int] = set()

    def take(
        self, model: RunModel, numbers: Iterable[int], looked_at: int | None
    ) -> None:
        """Note which of the tasks failed, and which do so no longer; O(1) each.

        `looked_at` is the task under the cursor: its failure is seen at once.
        """
        for number in numbers:
            if model.states[number] not in FAILURES:
                if number in self._failed:
                    self._failed.discard(number)
                    self.tasks.discard(number)
            elif number not in self._failed:
                self._failed.add(number)
                self.add(number, looked_at)

    def add(self, number: int, looked_at: int | None) -> None:
        """Note an error of a task, of any kind."""
        if number != looked_at:
            self.tasks.add(number)

    def look_at(self, number: int) -> None:
        """Note that somebody has looked at a task."""
        self.tasks.discard(number)
