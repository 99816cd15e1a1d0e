"""The screen that bytes draw: pyte's, with the alternate screen that it lacks."""

import codecs
import re

import pyte

from terminal_bytes import Size, tokens

_ENTER, _LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
_UNKNOWN = (b"\x1b[>", b"\x1b[<", b"\x1b[=", b"\x1b]", b"\x1bP", b"\x1b_")
"""How sequences begin that pyte would print the rest of."""


_UNSEEN = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe0e\ufe0f\ufeff]")
"""Takes no cell; pyte would drop all text behind it."""


class ScreenShown:
    """Two screens, one in front, that follow what is written."""

    def __init__(self, size: Size) -> None:
        self._usual = _Sheet(size)
        self._alternate = _Sheet(size)
        self._front = self._usual
        self._cut_off = b""

    def see(self, written: bytes) -> None:
        """Draw what is written next; a sequence may come in two pieces."""
        whole = self._cut_off + written
        seen = 0
        for token in tokens(whole):
            seen += len(token)
            if token in {_ENTER, _LEAVE}:
                self._front = self._alternate if token == _ENTER else self._usual
                if token == _ENTER:
                    self._front.screen.reset()
            elif not token.startswith(_UNKNOWN) and not token.endswith(b"$p"):
                self._front.draw(token)
        self._cut_off = whole[seen:]

    def resize(self, size: Size) -> None:
        """Change the size of both screens."""
        for sheet in (self._usual, self._alternate):
            sheet.screen.resize(size[1], size[0])

    def text(self) -> str:
        """Return the lines in front, without their trailing blanks."""
        return "\n".join(line.rstrip() for line in self._front.screen.display)

    def backgrounds(self, column: int) -> list[str]:
        """Return the background of each cell of a column, from the top."""
        screen = self._front.screen
        return [str(screen.buffer[row][column].bg) for row in range(screen.lines)]


class _Sheet:
    def __init__(self, size: Size) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def draw(self, token: bytes) -> None:
        self._stream.feed(_UNSEEN.sub("", self._decoder.decode(token)))
