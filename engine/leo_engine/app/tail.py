"""The output of a whole run, followed while its attempts write."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from leo_engine.app.logs import GrowingLog, log_paths
from leo_engine.state.rows import AttemptRow

Masks = Callable[[str], Sequence[str]]
"""Returns the secrets that a task's output must not show."""


class Tail:
    """The logs of attempts, all of them read side by side.

    It begins with the latest attempt of each task; of later ones none is left out.
    """

    def __init__(
        self, run_folder: Path, attempts: Sequence[AttemptRow], masks: Masks
    ) -> None:
        self._run_folder = run_folder
        self._masks = masks
        latest = {row.task: row.attempt for row in attempts}
        self._over = {
            (row.task, row.attempt)
            for row in attempts
            if row.attempt != latest[row.task]
        }
        """(task, attempt) of what is read to its end, or never wanted."""
        self._growing: dict[tuple[str, int], list[GrowingLog]] = {}

    def read(
        self, attempts: Sequence[AttemptRow], *, is_over: bool
    ) -> Iterator[tuple[str, str]]:
        """Return (task, line) of what `attempts` have written since the last call.

        With `is_over` none of them writes any more, whatever its row says.
        """
        for row in attempts:
            key = (row.task, row.attempt)
            if key in self._over:
                continue
            has_ended = is_over or row.ended_ms is not None
            lines = [
                line for log in self._logs(key) for line in log.read(is_over=has_ended)
            ]
            for line in lines:
                yield row.task, line
            if has_ended and not lines:
                self._over.add(key)
                del self._growing[key]

    def _logs(self, key: tuple[str, int]) -> list[GrowingLog]:
        if key not in self._growing:
            masks = self._masks(key[0])
            paths = log_paths(self._run_folder, *key)
            self._growing[key] = [GrowingLog(path, masks) for path in paths]
        return self._growing[key]
