"""How long tasks took: the latest durations of each task of each DAG.

Kept next to the runs, not derived from them: a start may look them up for 100,000 tasks
and must not read through thousands of runs. A row holds the latest successes as
hexadecimal numbers of eight digits, oldest first: appended and cut by SQLite itself,
and sorted as text.
"""

import sqlite3
from collections.abc import Iterable
from operator import itemgetter

from leo_engine.state.rows import AttemptRow
from leo_engine.store.projections import AttemptKey

_DIGITS = 8
_LONGEST_MS = 0xFFFF_FFFF
_KEPT = 20
_WIDTH = _DIGITS * _KEPT
_RUN_AND_TASK = itemgetter(0, 1)
_FLUSH_AT = 256
"""Samples are stored this many at a time, so that neighbours share a page."""

_PUT_DURATION = """
INSERT INTO durations (dag, task, recent)
SELECT dag, ?2, ?3 FROM runs WHERE run_key = ?1
ON CONFLICT DO UPDATE SET recent = substr(recent || excluded.recent, ?4)"""

_SELECT_DURATIONS = "SELECT task, recent FROM durations WHERE dag = ?"


class DurationLog:
    """Durations seen but not stored yet; a crash may lose them, they only guide."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[tuple[int, str, str, int]] = []

    def see(self, attempts: dict[AttemptKey, AttemptRow]) -> None:
        """Take note of the attempts that succeeded."""
        self._waiting += [
            (key, task, _digits(row.ended_ms - row.started_ms), -_WIDTH)
            for (key, task, _), row in attempts.items()
            if row.outcome == "succeeded" and row.ended_ms is not None
        ]

    def store(self, cursor: sqlite3.Cursor, *, run_ended: bool) -> None:
        """Store them when there are enough or a run has ended; needs a transaction."""
        if len(self._waiting) >= _FLUSH_AT or (run_ended and self._waiting):
            self._waiting.sort(key=_RUN_AND_TASK)
            cursor.executemany(_PUT_DURATION, self._waiting)
            self._waiting = []


def medians(connection: sqlite3.Connection, dag: str) -> dict[str, int]:
    """Return {task: median milliseconds of its latest successful attempts}."""
    return dict(_medians(connection.execute(_SELECT_DURATIONS, (dag,))))


def _medians(rows: Iterable[tuple[str, str]]) -> Iterable[tuple[str, int]]:
    for task, recent in rows:
        kept = sorted(
            recent[at : at + _DIGITS] for at in range(0, len(recent), _DIGITS)
        )
        yield task, int(kept[len(kept) // 2], 16)


def _digits(duration_ms: int) -> str:
    return f"{min(max(duration_ms, 0), _LONGEST_MS):0{_DIGITS}x}"
