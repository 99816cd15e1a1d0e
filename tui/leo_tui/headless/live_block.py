"""One block of lines at the foot of a terminal, redrawn in place.

What has to stay scrolls by above it. The cursor is hidden meanwhile and always brought
back.
Source: ECMA-48, 5th edition, section 8.3; DECTCEM in xterm's control sequences.
"""

from collections.abc import Sequence

from leo_tui.headless.background_writer import BackgroundWriter
from leo_tui.headless.terminal import Terminal
from leo_tui.text.width import cells
from leo_tui.viewmodels.spans import Line, text_of

_HIDE_CURSOR = "\x1b[?25l"
_SHOW_CURSOR = "\x1b[?25h"
_CLEAR_LINE_END = "\x1b[K"
_CLEAR_BELOW = "\x1b[J"


class LiveBlock:
    """Draws when the terminal has taken the last frame; never waits for it."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._writer = BackgroundWriter(terminal.fileno())
        self._drawn: list[Line] = []
        self._writer.write(_HIDE_CURSOR)

    def room(self) -> tuple[int, int] | None:
        """Return the columns and rows a block may have now; None while it is drawn."""
        if not self._writer.is_idle:
            return None
        columns, rows = self._terminal.size()
        # The last column stays free: a full line wraps on some terminals.
        return columns - 1, rows - 1

    def draw(self, block: list[Line], above: Sequence[Line]) -> None:
        """Replace the last block by the lines above it and a new one."""
        if block == self._drawn and not above:
            return
        self._writer.write(self._frame(block, above))
        self._drawn = block

    def close(self, last: Sequence[Line]) -> None:
        """Take the block away, leave the last lines, show the cursor."""
        self._writer.write(self._frame((), last) + _SHOW_CURSOR)
        self._writer.close()

    def _frame(self, block: Sequence[Line], above: Sequence[Line]) -> str:
        columns, _ = self._terminal.size()
        height = sum(_rows_of(spans, columns) for spans in self._drawn)
        up = f"\x1b[{height}A" if height else ""
        fresh = map(self._terminal.render, (*above, *block))
        body = "".join(f"{text}{_CLEAR_LINE_END}\n" for text in fresh)
        return f"\r{up}{body}{_CLEAR_BELOW}"


def _rows_of(spans: Line, columns: int) -> int:
    """Return the rows a drawn line takes now: a narrower terminal has wrapped it."""
    return max(1, -(-cells(text_of(spans)) // columns))
