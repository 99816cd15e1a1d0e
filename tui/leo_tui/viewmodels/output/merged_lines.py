"""The output of several tasks as one log, in the order in which it was written.

What has arrived together stays together, as far as it is whole lines. Once shown, lines
keep their numbers: what becomes known late comes at the end.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from threading import Lock
from typing import NamedTuple

from leo_tui.text.sgr import PLAIN
from leo_tui.viewmodels.output.log_lines import (
    BLOCK_BYTES,
    Block,
    LineSource,
    LogLines,
    LogSource,
    SourceLine,
)

_BLOCK_LINES = 200
_LOOKED_AT = 64
"""So many logs are looked at in one call, in turns."""


class _Part(NamedTuple):
    """Lines of one log that were written together."""

    at_ms: int
    log: int
    first: int
    lines: int


class MergedLines:
    """Lines of several logs in the order of their arrival."""

    def __init__(
        self,
        sources: Sequence[LogSource],
        opened: Callable[[LogSource], LogLines],
    ) -> None:
        self._opened = opened
        self._logs: list[LogLines] = []
        self._places: dict[str, int] = {}
        self._lock = Lock()
        self._taken: list[int] = []
        """How many lines of each are shown."""
        self._arrivals: list[int] = []
        """How many arrivals of each are."""
        self._looked_at = 0
        """How many have been looked at ever."""
        self._turn = 0
        self._at_ms: array[int] = array("q")
        self._log: array[int] = array("L")
        self._first: array[int] = array("Q")
        self._start: array[int] = array("Q")
        """The number here of the first line of each part."""
        self._count = 0
        self.change(sources)

    first = 0
    renewals = 0
    is_missing = False

    @property
    def ended(self) -> int:
        """One more than the number of the last line."""
        return self._count

    @property
    def count(self) -> int:
        """One more than the number of the last line."""
        return self._count

    @property
    def is_whole(self) -> bool:
        """Whether all lines are found."""
        return self._looked_at >= len(self._logs) and all(
            log.is_whole for log in self._logs
        )

    @property
    def is_live(self) -> bool:
        """Whether somebody may still write to one of them."""
        return any(log.is_live for log in self._logs)

    @property
    def size_bytes(self) -> int:
        """How much there is in all of them."""
        return sum(log.size_bytes for log in self._logs)

    @property
    def began_ms(self) -> int | None:
        """When the first line was written; None when nobody knows."""
        began = [log.began_ms for log in self._logs if log.began_ms is not None]
        return min(began, default=None)

    def change(self, sources: Sequence[LogSource]) -> None:
        """Take over what is known of the same files now, and files that are new."""
        with self._lock:
            for source in sources:
                name = str(source.path)
                place = self._places.setdefault(name, len(self._logs))
                if place < len(self._logs):
                    self._logs[place].change(source)
                    continue
                self._logs.append(self._opened(source))
                self._taken.append(0)
                self._arrivals.append(0)

    def extend(self, most_bytes: int) -> bool:
        """Find more lines; return whether there may be more than before."""
        before = self._count
        looked_at = min(_LOOKED_AT, len(self._logs))
        with self._lock:
            parts = []
            for _ in range(looked_at):
                self._logs[self._turn].extend(max(most_bytes // looked_at, 1))
                parts.append(list(self._new_parts(self._turn)))
                self._turn = (self._turn + 1) % len(self._logs)
            for part in merge(*parts):
                self._add(part)
        self._looked_at = min(self._looked_at + looked_at, len(self._logs))
        return self._count != before or self._looked_at < len(self._logs)

    def lines(self, first: int, count: int) -> list[SourceLine]:
        """Return up to `count` lines from `first` on."""
        with self._lock:
            return self._lines(first, count)

    def block(self, first: int) -> Block:
        """Return lines from `first` on as they are, at most about 256 KiB."""
        if first >= self._count:
            self.extend(BLOCK_BYTES)
        found: list[bytes] = []
        size = 0
        for line in self.lines(first, _BLOCK_LINES):
            found.append(line.text + b"\n")
            size += len(line.text)
            if size > BLOCK_BYTES:
                break
        return Block(first, b"".join(found), len(found))

    def whole(self, line: SourceLine) -> SourceLine:
        """Return a line that was cut, as long as it is."""
        with self._lock:
            part = bisect_right(self._start, line.number) - 1
            log = self._logs[self._log[part]]
            number = self._first[part] + line.number - self._start[part]
            found = log.whole(line._replace(number=number))
        return found._replace(number=line.number)

    def tail(self) -> LineSource | None:
        """Show everything from the beginning."""
        return None

    def line_of_tail(self, tail: LineSource) -> int | None:
        """Nothing is the tail of this."""
        del tail
        return None

    def _lines(self, first: int, count: int) -> list[SourceLine]:
        first = max(first, 0)
        last = min(first + count, self._count)
        found: list[SourceLine] = []
        while first < last:
            part = bisect_right(self._start, first) - 1
            more = part + 1 < len(self._start)
            end = min(self._start[part + 1] if more else self._count, last)
            log = self._logs[self._log[part]]
            begin = self._first[part] + first - self._start[part]
            kept = {line.number: line for line in log.lines(begin, end - first)}
            for number in range(begin, begin + end - first):
                # What a log has given back is still a line, an empty one.
                line = kept.get(number) or SourceLine(
                    number, b"", PLAIN, label=log.source.label
                )
                found.append(line._replace(number=first, since_ms=None))
                first += 1
        return found

    def _new_parts(self, log: int) -> Iterator[_Part]:
        """Yield what has come to a log: by its arrivals, or in one part without any."""
        lines = self._logs[log]
        taken, whole = self._taken[log], lines.ended if lines.is_live else lines.count
        arrivals = lines.source.arrivals
        place = self._arrivals[log]
        while arrivals is not None and taken < whole and place < len(arrivals.at_ms):
            last = place + 1 == len(arrivals.at_ms)
            end = whole if last else lines.lines_before(arrivals.offsets[place + 1])
            end = min(end, whole)
            if end > taken:
                yield _Part(arrivals.at_ms[place], log, taken, end - taken)
                taken = end
            if last or end == whole:
                break
            place += 1
        if arrivals is None and whole > taken:
            latest_ms = self._at_ms[-1] if self._at_ms else 0
            yield _Part(latest_ms, log, taken, whole - taken)
            taken = whole
        self._taken[log], self._arrivals[log] = taken, place

    def _add(self, part: _Part) -> None:
        continues = (
            self._log
            and self._log[-1] == part.log
            and self._first[-1] + self._count - self._start[-1] == part.first
        )
        if not continues:
            self._at_ms.append(part.at_ms)
            self._log.append(part.log)
            self._first.append(part.first)
            self._start.append(self._count)
        self._count += part.lines
