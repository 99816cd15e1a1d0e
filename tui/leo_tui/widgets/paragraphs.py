"""Lines of text in a dialog, broken to its width."""

from collections.abc import Sequence

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from leo_tui.text.width import cells
from leo_tui.viewmodels.spans import Line, text_of
from leo_tui.viewmodels.wrapping import wrapped_lines
from leo_tui.widgets.ink import inks_of, strip


class Paragraphs(Widget):
    """As high as its text; does not scroll by itself."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Paragraphs { height: auto; width: 1fr; }"

    def __init__(self, lines: Sequence[Line] = (), *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._lines = lines
        self._broken: tuple[int, list[Line]] = (0, [])

    def show(self, lines: Sequence[Line]) -> None:
        """Show other text."""
        self._lines = lines
        self._broken = (0, [])
        self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the width of the longest line, unbroken."""
        del container, viewport
        return max((cells(text_of(spans)) for spans in self._lines), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines the text takes."""
        del container, viewport
        return max(len(self._at(width)), 1)

    def render_line(self, y: int) -> Strip:
        """Draw a line."""
        width = self.size.width
        lines = self._at(width)
        spans = lines[y] if y < len(lines) else ()
        return strip(spans, inks_of(self), self.rich_style, width)

    def _at(self, width: int) -> list[Line]:
        if self._broken[0] != width:
            self._broken = (width, wrapped_lines(self._lines, width))
        return self._broken[1]
