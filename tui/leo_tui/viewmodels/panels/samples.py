"""What is measured once a second, and how much of it is kept."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

RECENT = 120
"""Samples of a second each that a short history keeps."""
_LONG = 512
"""Samples that a history of a whole run keeps, whatever its length."""


class WorkSample(NamedTuple):
    """The engine at one moment."""

    at_ms: int
    slots_taken: int
    slots: int
    settled_count: int = 0
    """Tasks that have settled since the engine was opened."""
    log_bytes: int = 0
    """What tasks have written since the engine was opened."""


class Recent:
    """The last values of something, a second apart."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=RECENT)

    def add(self, value: float) -> None:
        """Take the next value."""
        self._values.append(value)

    def last(self, count: int) -> list[float]:
        """Return the latest values, at most `count`, oldest first."""
        start = max(0, len(self._values) - max(0, count))
        return [value for n, value in enumerate(self._values) if n >= start]

    @property
    def latest(self) -> float:
        """The last value; 0 before the first."""
        return self._values[-1] if self._values else 0.0

    @property
    def highest(self) -> float:
        """The largest value kept; 0 before the first."""
        return max(self._values, default=0.0)


class Rate:
    """How fast something grows that is only ever counted up."""

    def __init__(self) -> None:
        self._at_ms: int | None = None
        self._count = 0

    def take(self, at_ms: int, count: int) -> float:
        """Return the growth per second since the last count; 0 for the first.

        A count that went down began anew: its machine or its process did.
        """
        before_ms, before = self._at_ms, self._count
        self._at_ms, self._count = at_ms, count
        if before_ms is None or at_ms <= before_ms or count < before:
            return 0.0
        return (count - before) * 1000 / (at_ms - before_ms)


class LongHistory:
    """(at_ms, value) over a time of any length, coarser the longer it gets."""

    def __init__(self) -> None:
        self._samples: list[tuple[int, float]] = []
        self._stride = 1
        """How many values taken in make one that is kept."""
        self._pending: list[float] = []

    def add(self, at_ms: int, value: float) -> None:
        """Take the next value; O(1) on average."""
        self._pending.append(value)
        if len(self._pending) < self._stride:
            return
        self._samples.append((at_ms, sum(self._pending) / len(self._pending)))
        self._pending.clear()
        if len(self._samples) >= _LONG:
            pairs = zip(self._samples[::2], self._samples[1::2], strict=False)
            self._samples = [(late[0], (a[1] + late[1]) / 2) for a, late in pairs]
            self._stride *= 2

    def samples(self) -> Sequence[tuple[int, float]]:
        """Return what is kept, oldest first; replaced, not changed, when it is cut."""
        return self._samples
