"""What is drawn in place of the panels when the terminal is too small for them."""

from textual.strip import Strip
from textual.widget import Widget

from leo_tui.text.width import cells
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, cut_line, line, text_of
from leo_tui.widgets.ink import inks_of, strip

LEAST_WIDTH = 60
LEAST_HEIGHT = 16


def is_too_small(width: int, height: int) -> bool:
    """Whether a terminal has no room for the panels."""
    return width < LEAST_WIDTH or height < LEAST_HEIGHT


class TooSmall(Widget):
    """What is needed, what there is, and how the run stands: it goes on."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "TooSmall { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._summary: Line = ()

    def show(self, summary: Line) -> None:
        """Show how the run stands, in one sanitised line."""
        if summary != self._summary:
            self._summary = summary
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw a line; two of them, in the middle, say something."""
        width, height = self.app.size
        needed = f"{LEAST_WIDTH}x{LEAST_HEIGHT} needed, {width}x{height} now"
        lines = [line(Span(needed, Style.CARE)), self._summary]
        row = y - max(0, (self.size.height - len(lines)) // 2)
        spans = cut_line(lines[row], self.size.width) if 0 <= row < len(lines) else ()
        indent = " " * ((self.size.width - cells(text_of(spans))) // 2)
        return strip(
            line(indent, *spans), inks_of(self), self.rich_style, self.size.width
        )
