"""Ascending line numbers in about one byte each, for millions of hits."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

_EVERY = 128
"""So many numbers are counted from one that is written out."""
_FAR = 255
"""In place of a gap: the next eight bytes are the number."""
_NUMBER_BYTES = 8


class LineSet:
    """A growing set of line numbers; one thread may add while another one reads."""

    def __init__(self) -> None:
        self._gaps = bytearray()
        self._written: array[int] = array("Q")
        """Every 128th number."""
        self._places: array[int] = array("Q")
        """Where in the gaps what follows it begins."""
        self._last = -1
        self._count = 0

    def add(self, line: int) -> None:
        """Add a number; the last one again is left out.

        Raises:
            ValueError: it is smaller than the last.
        """
        gap = line - self._last
        if self._count and gap <= 0:
            if gap:
                raise ValueError(f"line {line} comes after {self._last}")
            return
        if self._count % _EVERY == 0:
            self._places.append(len(self._gaps))
            self._written.append(line)
        elif gap < _FAR:
            self._gaps.append(gap)
        else:
            self._gaps.append(_FAR)
            self._gaps += line.to_bytes(_NUMBER_BYTES, "little")
        self._last = line
        # A reader goes by the count: it has to see what is counted.
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        parts = range(-(-self._count // _EVERY))
        return (number for part in parts for number in self._part(part))

    def __getitem__(self, place: int) -> int:
        if not 0 <= place < self._count:
            raise IndexError(place)
        return self._part(place // _EVERY)[place % _EVERY]

    def __contains__(self, line: object) -> bool:
        if not isinstance(line, int):
            return False
        place = self.rank(line)
        return place < self._count and self[place] == line

    def rank(self, line: int) -> int:
        """Return how many numbers are smaller than `line`."""
        if not self._count:
            return 0
        part = bisect_right(self._written, line) - 1
        if part < 0:
            return 0
        place = part * _EVERY + bisect_left(self._part(part), line)
        return min(place, self._count)

    def slice(self, first: int, count: int) -> list[int]:
        """Return up to `count` numbers from place `first` on."""
        last = min(first + count, self._count)
        parts = range(first // _EVERY, -(-last // _EVERY))
        numbers = [number for part in parts for number in self._part(part)]
        skipped = first - first % _EVERY
        return numbers[first - skipped : last - skipped]

    def _part(self, part: int) -> list[int]:
        count = min(_EVERY, self._count - part * _EVERY)
        number, place = self._written[part], self._places[part]
        numbers = [number]
        while len(numbers) < count:
            gap = self._gaps[place]
            place += 1
            if gap == _FAR:
                number = int.from_bytes(
                    self._gaps[place : place + _NUMBER_BYTES], "little"
                )
                place += _NUMBER_BYTES
            else:
                number += gap
            numbers.append(number)
        return numbers
