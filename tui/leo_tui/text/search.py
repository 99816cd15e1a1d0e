"""What is searched for in output, and which lines of a block of bytes have it.

Plain text is found in bytes; capital letters count when there is one in what is
searched for. A regular expression may take for ever, so `regex_search` matches it in
another process; here it is only checked.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

Spans = Sequence[tuple[int, int]]

_COLOURING = re.compile(rb"\x1b\[[0-9;:]*m")
_ESCAPE = b"\x1b"
_ERROR = re.compile(rb"Traceback|ERROR|(?i:error:|fatal|panic)")
_ERROR_WORDS = (b"traceback", b"error", b"fatal", b"panic")
ERROR_KINDS = tuple(
    re.compile(kind)
    for kind in (
        rb"Traceback",
        rb"ERROR",
        rb"(?i:error:)",
        rb"(?i:fatal)",
        rb"(?i:panic)",
    )
)
"""What tells of a failure, the surest first."""


class Matcher(Protocol):
    """Something that lines may have."""

    def lines_in(self, block: bytes) -> Sequence[int]:
        """Return which lines of a block have it, counted from its beginning."""

    def close(self) -> None:
        """Have whoever waits for it wait no longer; from any thread."""

    def end(self) -> None:
        """Give back what it took."""


class Query(NamedTuple):
    """What a person searches for."""

    text: str
    is_regex: bool = False

    @property
    def heeds_case(self) -> bool:
        r"""Whether it has a capital letter; those of `\S` or `\D` do not count."""
        letters = re.sub(r"\\.", "", self.text) if self.is_regex else self.text
        return letters != letters.lower()

    def compiled(self) -> re.Pattern[str]:
        """Return it as a regular expression.

        Raises:
            ValueError: it is none; says where it is wrong.
        """
        flags = re.NOFLAG if self.heeds_case else re.IGNORECASE
        text = self.text if self.is_regex else re.escape(self.text)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return re.compile(text, flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"not a regular expression: {error}") from error


class PlainText:
    """Lines that hold a text."""

    def __init__(self, query: Query) -> None:
        self._folds = not query.heeds_case
        self._is_ascii = query.text.isascii()
        text = query.text.lower() if self._folds else query.text
        self._needle = text.encode(errors="replace")
        self._pattern = query.compiled()

    def lines_in(self, block: bytes) -> list[int]:
        """Return which lines of a block hold it, counted from its beginning."""
        block = uncoloured(block)
        if self._folds and self._is_ascii:
            block = block.lower()
        elif self._folds:
            block = block.decode(errors="replace").lower().encode()
        return list(_lines_with(block, self._needle))

    def spans(self, text: str) -> Spans:
        """Return where in a shown line it is."""
        return [match.span() for match in self._pattern.finditer(text)]

    def close(self) -> None:
        """Nobody waits for long."""

    def end(self) -> None:
        """It took nothing."""


class ErrorLines:
    """Lines that tell of a failure."""

    def lines_in(self, block: bytes) -> list[int]:
        """Return which lines of a block do, counted from its beginning."""
        folded = block.lower()
        found: set[int] = set()
        for word in _ERROR_WORDS:
            found.update(_lines_with(folded, word))
        if not found:
            return []
        lines = block.split(b"\n")
        return [line for line in sorted(found) if _ERROR.search(lines[line])]

    def close(self) -> None:
        """Nobody waits for long."""

    def end(self) -> None:
        """It took nothing."""


def uncoloured(block: bytes) -> bytes:
    """Return bytes without colours, which may change inside what is searched for."""
    return _COLOURING.sub(b"", block) if _ESCAPE in block else block


def tells_of_failure(line: bytes) -> bool:
    """Return whether a line is one of an error."""
    folded = line.lower()
    # Words are found in a fiftieth of the time that the pattern takes.
    if not any(word in folded for word in _ERROR_WORDS):
        return False
    return _ERROR.search(line) is not None


def last_failure(block: bytes) -> int | None:
    """Return the last line with the surest sign of a failure; None without any."""
    for kind in ERROR_KINDS:
        last = None
        for match in kind.finditer(block):
            last = match
        if last is not None:
            return block.count(b"\n", 0, last.start())
    return None


def _lines_with(block: bytes, needle: bytes) -> Iterator[int]:
    """Yield each line with a text once, by plain finding."""
    line = done = 0
    place = block.find(needle)
    while place >= 0:
        line += block.count(b"\n", done, place)
        yield line
        done = block.find(b"\n", place)
        if done < 0:
            return
        place = block.find(needle, done)
