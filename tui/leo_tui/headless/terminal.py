"""One output stream: what it can show, and text made ready for it."""

import errno
import os
from collections.abc import Iterable, Mapping
from typing import TextIO

from leo_tui.headless.nowhere import send_nowhere
from leo_tui.theme import ASCII, Style
from leo_tui.viewmodels.spans import Line


class Terminal:
    """A stream that people read: a terminal, or a pipe or file that may become one.

    Escape sequences go only to a terminal that understands them, colours only where
    they are wanted (https://no-color.org), our signs only where they can be encoded.
    """

    def __init__(
        self, stream: TextIO, environ: Mapping[str, str], *, no_color: bool = False
    ) -> None:
        self._stream = stream
        self.is_tty = stream.isatty()
        self.is_live = self.is_tty and environ.get("TERM", "dumb") != "dumb"
        """Whether the cursor can be moved."""
        self.has_color = self.is_live and not no_color and not environ.get("NO_COLOR")
        self._is_unicode = (stream.encoding or "").lower().startswith("utf")

    def fileno(self) -> int:
        """Flush what was written and return the descriptor behind the stream."""
        self._stream.flush()
        return self._stream.fileno()

    def size(self) -> tuple[int, int]:
        """Return columns and rows as they are now; 80 and 24 when nobody knows."""
        try:
            columns, rows = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            columns, rows = 80, 24
        return columns or 80, rows or 24

    @property
    def columns(self) -> int | None:
        """Width to fit text into; None when this is not a terminal."""
        return self.size()[0] if self.is_tty else None

    def render(self, spans: Line) -> str:
        """Return one line as text for this stream, without its line end."""
        text = "".join(self.paint(span.text, span.style) for span in spans)
        return text if self._is_unicode else text.translate(ASCII)

    def paint(self, text: str, style: Style) -> str:
        """Return `text` in `style`, or as it is where there are no colours."""
        if not (self.has_color and style and text):
            return text
        return f"\x1b[{style.value}m{text}\x1b[0m"

    def print(self, lines: Iterable[Line]) -> None:
        """Write lines, now."""
        text = "".join(f"{self.render(spans)}\n" for spans in lines)
        self.write(text)

    def write(self, text: str) -> None:
        """Write text as it is, now; a terminal that was closed is no reason to fail."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            if error.errno != errno.EIO or not self.is_tty:
                raise
            send_nowhere(self._stream)
