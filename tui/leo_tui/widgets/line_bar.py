"""A bar of one line."""

from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from leo_tui.viewmodels.spans import Line
from leo_tui.widgets.ink import inks_of, strip

if TYPE_CHECKING:
    from rich.style import Style as RichStyle


class LineBar(Widget):
    """Draws one line; cheap to be told the same again."""

    DEFAULT_CSS = "LineBar { height: 1; }"

    class Clicked(Message):
        """Somebody clicked a cell of the bar."""

        def __init__(self, bar: "LineBar", column: int) -> None:
            super().__init__()
            self.bar = bar
            self.column = column

    def __init__(self, *, id: str) -> None:  # noqa: A002 -- as Textual calls it
        super().__init__(id=id)
        self.line: Line = ()
        """What it shows."""

    def show(self, line: Line) -> None:
        """Show a line from now on."""
        if line != self.line:
            self.line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw it."""
        under: RichStyle = self.rich_style
        if y:
            return Strip.blank(self.size.width, under)
        return strip(self.line, inks_of(self), under, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Tell where it was clicked."""
        self.post_message(self.Clicked(self, event.x))
