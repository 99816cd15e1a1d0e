"""When the bytes of a log were written."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple


class Arrivals(NamedTuple):
    """Instants and where in the log what was written then begins; both ascending."""

    at_ms: Sequence[int]
    offsets: Sequence[int]

    def at(self, offset: int) -> int | None:
        """Return when the byte at `offset` was written; None when nobody knows."""
        place = bisect_right(self.offsets, offset) - 1
        return self.at_ms[place] if place >= 0 else None
