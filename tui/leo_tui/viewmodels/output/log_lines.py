"""The lines of a log as the window wants them, from one file or from many.

Whoever searches asks from a thread of his own, so each call holds a lock, for less than
a millisecond.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol

from leo_tui.text.arrivals import Arrivals
from leo_tui.text.line_index import ByteReader, LineIndex
from leo_tui.text.sgr import Ink

BLOCK_BYTES = 256 * 1024
TAIL_BYTES = 256 * 1024
_LONGEST_BLOCK_BYTES = 1024 * 1024
"""A line that is longer is searched so far."""
_WHOLE_BYTES = 16 * 1024 * 1024


class LogSource(NamedTuple):
    """The output of one attempt."""

    path: Path
    masks: tuple[str, ...] = ()
    arrivals: Arrivals | None = None
    is_live: bool = False
    until_bytes: int | None = None
    """In a replay: what had been written by then."""
    label: str = ""
    """Whose it is, sanitised, when several are shown together."""


class SourceLine(NamedTuple):
    """A line as it was written, not yet safe to show."""

    number: int
    text: bytes
    ink: Ink
    is_cut: bool = False
    label: str = ""
    masks: tuple[str, ...] = ()
    at_ms: int | None = None
    since_ms: int | None = None
    """How long after the line before it."""


class Block(NamedTuple):
    """Whole lines, from line `first` on; the last one may still be growing."""

    first: int
    text: bytes
    ended: int
    """How many of them have an end."""


class LineSource(Protocol):
    """Numbered lines that grow at the end, and may be lost at the beginning."""

    @property
    def first(self) -> int:
        """The number of the first line there is."""

    @property
    def ended(self) -> int:
        """One more than the number of the last line that has an end."""

    @property
    def count(self) -> int:
        """One more than the number of the last line found so far."""

    @property
    def is_whole(self) -> bool:
        """Whether all lines that there were at the last look are found."""

    @property
    def is_missing(self) -> bool:
        """Whether there is nothing where the log should be."""

    @property
    def is_live(self) -> bool:
        """Whether somebody may still write to it."""

    @property
    def renewals(self) -> int:
        """How often everything was replaced by something else."""

    @property
    def size_bytes(self) -> int:
        """How much there is."""

    @property
    def began_ms(self) -> int | None:
        """When the first line was written; None when nobody knows."""

    def extend(self, most_bytes: int) -> bool:
        """Find more lines; return whether anything is different from before."""

    def lines(self, first: int, count: int) -> Sequence[SourceLine]:
        """Return up to `count` lines from `first` on."""

    def whole(self, line: SourceLine) -> SourceLine:
        """Return a line that was cut, as long as it is: 16 MiB at most."""

    def block(self, first: int) -> Block:
        """Return lines from `first` on as they are, at most about 256 KiB."""

    def tail(self) -> "LineSource | None":
        """Return the last lines alone, numbered from 0, to show meanwhile."""

    def line_of_tail(self, tail: "LineSource") -> int | None:
        """Return the number here of the first line of `tail`, once it is found."""


class LogLines:
    """The lines of one log."""

    def __init__(
        self, source: LogSource, reader: ByteReader, *, start: int = 0
    ) -> None:
        self._source = source
        self._reader = reader
        self._start = start
        self._index = LineIndex(reader, start=start)
        self._index.limit_bytes = source.until_bytes
        self._lock = Lock()
        self._next: tuple[tuple[int, int], int | None] = (0, 0), None
        """After the last block: line, renewals, and where it begins."""

    @property
    def source(self) -> LogSource:
        """What it was made of."""
        return self._source

    def change(self, source: LogSource) -> None:
        """Take over what is known of the same file now."""
        with self._lock:
            self._source = source
            self._index.limit_bytes = source.until_bytes

    @property
    def first(self) -> int:
        """The number of the first line there is."""
        return self._index.first

    @property
    def ended(self) -> int:
        """One more than the number of the last line that has an end."""
        return self._index.ended

    @property
    def count(self) -> int:
        """One more than the number of the last line found so far."""
        return self._index.count

    @property
    def is_whole(self) -> bool:
        """Whether all lines that there were at the last look are found."""
        return self._index.is_whole

    @property
    def is_missing(self) -> bool:
        """Whether there is nothing where the log should be."""
        return self._index.is_missing

    @property
    def is_live(self) -> bool:
        """Whether somebody may still write to it."""
        return self._source.is_live

    @property
    def renewals(self) -> int:
        """How often the file was replaced, or written anew."""
        return self._index.renewals

    @property
    def size_bytes(self) -> int:
        """How much there is."""
        return self._index.size_bytes

    @property
    def began_ms(self) -> int | None:
        """When the first line was written; None when nobody knows."""
        arrivals = self._source.arrivals
        return arrivals.at_ms[0] if arrivals and len(arrivals.at_ms) else None

    def extend(self, most_bytes: int) -> bool:
        """Find more lines; return whether anything is different from before."""
        with self._lock:
            return self._index.extend(most_bytes)

    def lines(self, first: int, count: int) -> list[SourceLine]:
        """Return up to `count` lines from `first` on."""
        with self._lock:
            found = self._index.lines(first, count)
        label, masks = self._source.label, self._source.masks
        times = self._times([line.offset for line in found])
        return [
            SourceLine(line.number, line.text, line.ink, line.is_cut, label, masks, *at)
            for line, at in zip(found, times, strict=True)
        ]

    def whole(self, line: SourceLine) -> SourceLine:
        """Return a line that was cut, as long as it is: 16 MiB at most."""
        with self._lock:
            text = self._index.line(line.number, _WHOLE_BYTES)
        return line._replace(text=text, is_cut=len(text) == _WHOLE_BYTES)

    def lines_before(self, offset: int) -> int:
        """Return how many lines begin before a byte, of those that are found."""
        with self._lock:
            return self._index.line_at(offset - 1) + 1 if offset > 0 else 0

    def block(self, first: int) -> Block:
        """Return lines from `first` on as they are, at most about 256 KiB."""
        with self._lock:
            if first >= self._index.ended:
                self._index.extend(4 * BLOCK_BYTES)
            first = max(first, self._index.first)
            if first >= self._index.count:
                return Block(first, b"", 0)
            at = first, self._index.renewals
            start = self._next[1] if self._next[0] == at else None
            if start is None:
                start = self._index.start_of(first)
            text = self._index.read(start, BLOCK_BYTES)
            end = text.rfind(b"\n") + 1
            if not end:
                return self._long_line(first, start)
            ended = text.count(b"\n")
            self._next = (first + ended, self._index.renewals), start + end
            return Block(first, text[:end], ended)

    def _long_line(self, first: int, start: int) -> Block:
        if first >= self._index.ended:
            return Block(first, self._index.read(start, _LONGEST_BLOCK_BYTES), 0)
        size = min(self._index.start_of(first + 1) - start, _LONGEST_BLOCK_BYTES)
        text = self._index.read(start, size).removesuffix(b"\n")
        return Block(first, text + b"\n", 1)

    def tail(self) -> "LogLines | None":
        """Return the last lines alone, numbered from 0, to show meanwhile."""
        start = self.size_bytes - TAIL_BYTES
        end = self._reader.read(start, TAIL_BYTES).find(b"\n") if start > 0 else -1
        if end < 0:
            return None
        return LogLines(self._source, self._reader, start=start + end + 1)

    def line_of_tail(self, tail: LineSource) -> int | None:
        """Return the number here of the first line of `tail`, once it is found."""
        if not isinstance(tail, LogLines) or not self.is_whole:
            return None
        with self._lock:
            return self._index.line_at(tail._start)  # noqa: SLF001 - one of its kind

    def _times(self, offsets: Sequence[int]) -> list[tuple[int | None, int | None]]:
        arrivals = self._source.arrivals
        if arrivals is None:
            return [(None, None)] * len(offsets)
        found = []
        for offset in offsets:
            at_ms = arrivals.at(offset)
            before_ms = arrivals.at(offset - 1) if offset else None
            known = at_ms is not None and before_ms is not None
            since = (at_ms or 0) - (before_ms or 0) if known else None
            found.append((at_ms, since))
        return found
