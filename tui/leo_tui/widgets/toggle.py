"""Yes or no, as a sign that needs no colour."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Span, line
from leo_tui.widgets.ink import inks_of, strip


class Toggle(Widget, can_focus=True):
    """`[x] dry run`: space, enter or a click turns it over."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Toggle { height: 1; width: auto; }
    Toggle:focus { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "turn", "Turn over", show=False)
    ]

    class Turned(Message):
        """It was turned over."""

    def __init__(self, label: str, *, is_on: bool, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._label = label
        self.is_on = is_on

    def action_turn(self) -> None:
        """Turn it over."""
        self.is_on = not self.is_on
        self.refresh()
        self.post_message(self.Turned())

    def on_click(self, event: events.Click) -> None:
        """Turn it over."""
        event.stop()
        self.focus()
        self.action_turn()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the width of the sign and its label."""
        del container, viewport
        return len(self._label) + 4

    def render_line(self, y: int) -> Strip:
        """Draw the sign and its label."""
        del y
        sign = Span("[x] " if self.is_on else "[ ] ", Style.BOLD)
        spans = line(sign, self._label)
        return strip(spans, inks_of(self), self.rich_style, self.size.width)
