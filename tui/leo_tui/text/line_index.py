"""Where the lines of a file are: one newline count per 64 KiB of it.

The file is the buffer: 5 million lines take 0.1 MB here, and any screenful is read when
it is shown. The file may grow, be replaced, and lose its oldest bytes (`log_max` makes
a hole of them); lines keep their numbers then, and those that are gone are missed out.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from leo_tui.text.sgr import PLAIN, Ink, ink_after, unfinished

CHUNK_BYTES = 1 << 16
LINE_BYTES = 16 * 1024
"""What is read of a line, at most."""
_MOST_INKS = 4096
_CACHED_CHUNKS = 4
_LAST_BYTES = 32
"""By so many bytes it is seen that a file was written anew."""
_NEWLINE = re.compile(b"\n")
_GIVEN_BACK = b"[leo-tui: "
"""How the line begins that is written where a hole ends."""


class Extent(NamedTuple):
    """How much of a file there is."""

    size_bytes: int
    kept_from: int = 0
    """Where the hole ends that it begins with."""
    identity: tuple[int, int] = (0, 0)
    """Another one is another file."""


class ByteReader(Protocol):
    """A file that is read at any place."""

    def extent(self) -> Extent | None:
        """Return how much there is now; None when there is no file."""

    def read(self, offset: int, count: int) -> bytes:
        """Return the bytes there, fewer at the end; empty when they cannot be read."""

    def written_from(self, offset: int) -> int:
        """Return where something is written, at or after `offset`."""


class RawLine(NamedTuple):
    """A line as it was read."""

    number: int
    offset: int
    text: bytes
    """Without its end."""
    ink: Ink
    is_cut: bool
    """It is longer than what was read of it."""


class LineIndex:
    """The lines of one file, found as far as it has been read.

    It begins at byte `start`, whose line is then number 0.
    """

    def __init__(self, reader: ByteReader, *, start: int = 0) -> None:
        self._reader = reader
        self._start = start
        self.limit_bytes: int | None = None
        """What lies behind it is not there."""
        self.renewals = 0
        """How often the file was replaced by another one, or written anew."""
        self.is_missing = False
        self.size_bytes = start
        self._identity: tuple[int, int] | None = None
        self._chunks: OrderedDict[tuple[int, int], tuple[bytes, array[int]]]
        self._reset(start, 0)

    def _reset(self, offset: int, first: int) -> None:
        self._offsets = array("Q", [offset])
        self._firsts = array("Q", [first])
        """How many newlines there are before each offset."""
        self._inks = array("H", [0])
        self._ink_table = [PLAIN]
        self._ink_places = {PLAIN: 0}
        self._ink = PLAIN
        self._rest = b""
        """The beginning of a colour sequence whose end is still to come."""
        self._end = offset
        self._newlines = first
        self._last = b""
        self._is_settled = True
        self._chunks = OrderedDict()

    @property
    def first(self) -> int:
        """The number of the first line there is."""
        return self._firsts[0]

    @property
    def ended(self) -> int:
        """One more than the number of the last line that has an end."""
        return self._newlines

    @property
    def count(self) -> int:
        """One more than the number of the last line found."""
        is_open = self._end > self._offsets[0] and self._last[-1:] != b"\n"
        return self._newlines + is_open

    @property
    def is_whole(self) -> bool:
        """Whether all there was at the last look has been read."""
        return self._end >= self.size_bytes

    @property
    def chunk_count(self) -> int:
        """Of how many chunks it knows; each takes 18 bytes."""
        return len(self._offsets)

    def extend(self, most_bytes: int) -> bool:
        """Read on; return whether anything is different from before."""
        before = self.size_bytes, self._end, self.renewals, self.first, self.is_missing
        if self._look():
            stop = min(self.size_bytes, self._end + most_bytes)
            while self._end < stop and self._read_on(stop):
                pass
        after = self.size_bytes, self._end, self.renewals, self.first, self.is_missing
        return after != before

    def start_of(self, line: int) -> int:
        """Return where a line begins; the end when it is not found yet."""
        if line <= self.first:
            return self._offsets[0]
        if line > self._newlines:
            return self._end
        part = bisect_left(self._firsts, line) - 1
        places = self._chunk(part)[1]
        place = line - self._firsts[part] - 1
        # Fewer newlines than were counted: the file is another one by now.
        if place >= len(places):
            return self._chunk_end(part)
        return self._offsets[part] + places[place] + 1

    def line_at(self, offset: int) -> int:
        """Return the number of the line that holds the byte at `offset`."""
        if offset <= self._offsets[0]:
            return self.first
        if offset >= self._end:
            return self._newlines
        part = bisect_right(self._offsets, offset) - 1
        places = self._chunk(part)[1]
        return self._firsts[part] + bisect_left(places, offset - self._offsets[part])

    def line(self, number: int, most_bytes: int = 1 << 62) -> bytes:
        """Return a line without its end, whole unless it is too long."""
        start = self.start_of(number)
        return self._reader.read(start, min(self._stop_of(number) - start, most_bytes))

    def lines(self, first: int, count: int) -> list[RawLine]:
        """Return up to `count` lines from `first` on, each cut at 16 KiB."""
        first = max(first, self.first)
        last = min(first + count, self.count)
        if last <= first:
            return []
        start = self.start_of(first)
        ink = self._ink_at(start)
        found = []
        for number in range(first, last):
            stop = self._stop_of(number)
            line = self._raw_line(number, start, stop, ink)
            found.append(line)
            ink = ink_after(line.text, ink)
            start = stop + 1
        return found

    def read(self, offset: int, count: int) -> bytes:
        """Return bytes that were found; nothing behind the limit."""
        return self._reader.read(offset, min(count, max(self._end - offset, 0)))

    def _look(self) -> bool:
        """See what has become of the file; return whether it can be read."""
        extent = self._reader.extent()
        self.is_missing = extent is None
        if extent is None:
            self.size_bytes = self._end
            return False
        size = extent.size_bytes
        if self._identity not in {None, extent.identity} or self._is_anew(size):
            self.renewals += 1
            self._reset(self._start, 0)
        self._identity = extent.identity
        if self.limit_bytes is not None:
            size = min(size, self.limit_bytes)
        self.size_bytes = max(size, self._offsets[0])
        if self.size_bytes < self._end:
            self._cut(self.size_bytes)
        if extent.kept_from > self._offsets[0] or not self._is_settled:
            self._prune(max(extent.kept_from, self._offsets[0]))
        return True

    def _is_anew(self, size_bytes: int) -> bool:
        if size_bytes < self._end:
            return True
        if size_bytes == self.size_bytes or not self._last:
            return False
        start = self._end - len(self._last)
        return self._reader.read(start, len(self._last)) != self._last

    def _cut(self, size_bytes: int) -> None:
        """Forget what lies behind a limit that was set."""
        keep = bisect_right(self._offsets, size_bytes)
        self._end = self._offsets[keep - 1]
        self._newlines = self._firsts[keep - 1]
        self._ink = self._ink_table[self._inks[keep - 1]]
        self._rest = b""
        for column in (self._offsets, self._firsts, self._inks):
            del column[keep:]
        start = max(self._offsets[0], self._end - _LAST_BYTES)
        self._last = self._reader.read(start, self._end - start)
        self._chunks.clear()

    def _prune(self, kept_from: int) -> None:
        """Forget what lies before the end of a hole; later lines keep their numbers."""
        if kept_from >= self._end:
            self._reset(kept_from, self._newlines)
            self._is_settled = self._reader.read(kept_from, 10) == _GIVEN_BACK
            return
        part = bisect_right(self._offsets, kept_from) - 1
        end = self._chunk_end(part)
        ended = self._firsts[part + 1] if end < self._end else self._newlines
        kept = self._reader.read(kept_from, end - kept_from)
        for column in (self._offsets, self._firsts, self._inks):
            del column[:part]
        self._offsets[0] = kept_from
        self._firsts[0] = ended - kept.count(b"\n")
        self._inks[0] = 0
        # The hole comes first, the line that tells of it a moment later.
        self._is_settled = kept.startswith(_GIVEN_BACK)
        self._chunks.clear()

    def _read_on(self, stop: int) -> bool:
        room = CHUNK_BYTES - (self._end - self._offsets[-1])
        piece = self._reader.read(self._end, min(room, stop - self._end))
        if not piece:
            return False
        if not piece[0] and not piece.strip(b"\0"):
            return self._step_over(piece, stop)
        self._newlines += piece.count(b"\n")
        coloured = self._rest + piece if self._rest else piece
        self._ink = ink_after(coloured, self._ink)
        left = unfinished(coloured)
        self._rest = coloured[-left:] if left else b""
        self._end += len(piece)
        self._last = (self._last + piece[-_LAST_BYTES:])[-_LAST_BYTES:]
        if self._end - self._offsets[-1] >= CHUNK_BYTES:
            self._begin_chunk(self._end - left)
        return True

    def _step_over(self, piece: bytes, stop: int) -> bool:
        """Skip a hole in the middle, which may be larger than any disk."""
        self._end = max(
            self._end + len(piece),
            min(self._reader.written_from(self._end), stop),
        )
        self._last = b"\0"
        self._begin_chunk(self._end)
        return True

    def _begin_chunk(self, offset: int) -> None:
        place = self._ink_places.get(self._ink, 0)
        if self._ink not in self._ink_places and len(self._ink_table) < _MOST_INKS:
            place = self._ink_places[self._ink] = len(self._ink_table)
            self._ink_table.append(self._ink)
        self._offsets.append(offset)
        self._firsts.append(self._newlines)
        self._inks.append(place)

    def _chunk_end(self, part: int) -> int:
        more = part + 1 < len(self._offsets)
        return self._offsets[part + 1] if more else self._end

    def _chunk(self, part: int) -> tuple[bytes, Sequence[int]]:
        """Return a chunk and where its newlines are; kept for the next time."""
        offset = self._offsets[part]
        size = min(self._chunk_end(part) - offset, 2 * CHUNK_BYTES)
        known = self._chunks.get((offset, size))
        if known is not None:
            self._chunks.move_to_end((offset, size))
            return known
        text = self._reader.read(offset, size)
        places = array("I", (match.start() for match in _NEWLINE.finditer(text)))
        self._chunks[offset, size] = text, places
        if len(self._chunks) > _CACHED_CHUNKS:
            self._chunks.popitem(last=False)
        return text, places

    def _stop_of(self, line: int) -> int:
        """Return where a line's own bytes end."""
        return self.start_of(line + 1) - 1 if line < self._newlines else self._end

    def _raw_line(self, number: int, start: int, stop: int, ink: Ink) -> RawLine:
        size = max(stop - start, 0)
        if size <= LINE_BYTES:
            return RawLine(number, start, self._bytes(start, size), ink, is_cut=False)
        # A bar of progress is one long line, and its end is what counts.
        end = self._reader.read(stop - LINE_BYTES, LINE_BYTES).rstrip(b"\r")
        place = end.rfind(b"\r")
        if place >= 0:
            return RawLine(number, start, end[place + 1 :], ink, is_cut=False)
        return RawLine(number, start, self._bytes(start, LINE_BYTES), ink, is_cut=True)

    def _bytes(self, start: int, size: int) -> bytes:
        part = bisect_right(self._offsets, start) - 1
        text = self._chunk(part)[0]
        place = start - self._offsets[part]
        if place + size <= len(text):
            return text[place : place + size]
        return self._reader.read(start, size)

    def _ink_at(self, offset: int) -> Ink:
        part = max(bisect_right(self._offsets, offset) - 1, 0)
        before = self._chunk(part)[0][: offset - self._offsets[part]]
        return ink_after(before, self._ink_table[self._inks[part]])
