"""An answer of a dialog: a key, a word, something to click."""

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from leo_tui.text.width import cells
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Span, line
from leo_tui.widgets.ink import inks_of, strip

_FRAME = 6
"""Cells around the label: both edges, the key, the blanks."""


class Answer(Widget, can_focus=True):
    """`▌ y  stop run ▐` with the focus; the bars are away without it."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Answer { height: 1; width: auto; margin: 0 1; }
    Answer:focus { background: $block-cursor-background; }
    """

    class Given(Message):
        """The answer was given."""

        def __init__(self, answer: "Answer") -> None:
            super().__init__()
            self.answer = answer

    def __init__(self, value: str, key: str, label: str) -> None:
        super().__init__()
        self.value = value
        """What the dialog returns."""
        self.key = key
        self._label = label

    @property
    def cells_wide(self) -> int:
        """Width of the whole."""
        return cells(self._label) + cells(self.key) + _FRAME

    def on_click(self, event: events.Click) -> None:
        """Give the answer."""
        event.stop()
        self.post_message(self.Given(self))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the width of the whole."""
        del container, viewport
        return self.cells_wide

    def render_line(self, y: int) -> Strip:
        """Draw the key and the label."""
        del y
        left, right = ("▌", "▐") if self.has_focus else (" ", " ")
        style = Style.BOLD if self.has_focus else Style.PLAIN
        spans = line(
            Span(f"{left} ", Style.ACCENT),
            Span(f"{self.key}  ", Style.ACCENT),
            Span(self._label, style),
            Span(f" {right}", Style.ACCENT),
        )
        return strip(spans, inks_of(self), self.rich_style, self.size.width)
