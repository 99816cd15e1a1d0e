"""Regular expressions, matched in another process: one that runs wild is ended.

`re` holds the interpreter's lock while it matches, so that a pattern as `(a+)+$` would
stop the whole program, whatever thread it is in. What is sent is a letter, a length and
text; what comes back are numbers.
"""

import re
import select
import signal
import struct
import subprocess
import sys
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from leo_tui.text.search import Query, Spans, uncoloured

_HEAD = struct.Struct("<cI")
_LENGTH = struct.Struct("<I")
_LINES, _SPANS = b"L", b"S"
_MOST_SPANS = 200
_BEYOND_LINES = re.compile(r"\[\^|\\[sSWDnAZBrvfxuUN0-7]|\(\?[^:P]|[*+?}]\+")
"""What makes a pattern match line ends, or depend on where a text begins or ends."""
_ROOT = str(Path(__file__).parents[2])
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from leo_tui.text.regex_search import answer; answer(*sys.argv[2:])"
)
_LIMIT_S = 5.0
"""More is not spent on one block."""


class SlowPatternError(Exception):
    """A pattern has taken too long, or its process was ended."""


class RegexSearch:
    """Lines that match a regular expression; one thread asks at a time."""

    def __init__(self, query: Query, limit_s: float = _LIMIT_S) -> None:
        query.compiled()
        self._limit_s = limit_s
        self._process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-I", "-S", "-c", _START, _ROOT, query.text],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def lines_in(self, block: bytes) -> Sequence[int]:
        """Return which lines of a block match, counted from its beginning.

        Raises:
            SlowPatternError: it takes too long, or somebody has closed this.
        """
        return self._ask(_LINES, block)

    def spans(self, text: str) -> Spans:
        """Return where in a shown line it matches.

        Raises:
            SlowPatternError: it takes too long, or somebody has closed this.
        """
        ends = self._ask(_SPANS, text.encode(errors="replace"))
        return list(zip(ends[::2], ends[1::2], strict=True))

    def close(self) -> None:
        """End the process; whoever waits for it gets an error. From any thread."""
        self._process.kill()

    def end(self) -> None:
        """Give back what the process took; only who asks may do this."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue

    def _ask(self, kind: bytes, text: bytes) -> "array[int]":
        sent, answers = self._process.stdin, self._process.stdout
        assert sent is not None  # noqa: S101 - for the type checker
        assert answers is not None  # noqa: S101 - for the type checker
        try:
            sent.write(_HEAD.pack(kind, len(text)) + text)
            sent.flush()
        except (OSError, ValueError) as error:
            raise SlowPatternError("the search was ended") from error
        if not select.select([answers], [], [], self._limit_s)[0]:
            self.close()
            raise SlowPatternError("the pattern takes too long")
        head = answers.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            raise SlowPatternError("the search was ended")
        numbers: array[int] = array("I")
        numbers.frombytes(answers.read(_LENGTH.unpack(head)[0]))
        return numbers


def answer(pattern: str) -> None:
    """Answer what is asked on stdin until it ends: the other process."""
    query = Query(pattern, is_regex=True)
    compiled = query.compiled()
    lines = _lines if _BEYOND_LINES.search(pattern) else _lines_at_once
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := asked.read(_HEAD.size):
        kind, length = _HEAD.unpack(head)
        # Nobody else would end this when whoever asked has been killed.
        signal.alarm(int(_LIMIT_S) + 1)
        text = uncoloured(asked.read(length)).decode(errors="replace")
        found = lines(compiled, text) if kind == _LINES else _ends(compiled, text)
        packed = array("I", found).tobytes()
        answers.write(_LENGTH.pack(len(packed)) + packed)
        answers.flush()
        signal.alarm(0)


def _lines(pattern: re.Pattern[str], block: str) -> Iterator[int]:
    for number, line in enumerate(block.split("\n")):
        if pattern.search(line):
            yield number


def _lines_at_once(pattern: re.Pattern[str], block: str) -> Iterator[int]:
    """Yield the lines that match, without a call for each that does not."""
    pattern = re.compile(pattern.pattern, pattern.flags | re.MULTILINE)
    line = done = 0
    while match := pattern.search(block, done):
        line += block.count("\n", done, match.start())
        yield line
        end = block.find("\n", match.start())
        if end < 0:
            return
        done = end + 1
        line += 1


def _ends(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    spans = (match.span() for match in pattern.finditer(text))
    for _, span in zip(range(_MOST_SPANS), spans, strict=False):
        yield from span
