"""The tour, a page at a time; shown by itself once, and whenever it is asked for."""

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from leo_tui.keys.keymap import Keymap
from leo_tui.screens.dialog import Dialog
from leo_tui.viewmodels.tour import tour_pages
from leo_tui.widgets.paragraphs import Paragraphs


class TourScreen(Dialog[None]):
    """Goes through its pages; closes after the last."""

    DEFAULT_CSS = """
    TourScreen > #frame { width: 62; height: 16; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,right,n,l,down,pagedown", "turn(1)", show=False),
        Binding("left,backspace,b,p,h,up,pageup", "turn(-1)", show=False),
        Binding("q", "leave", show=False),
    ]
    keys_text = "enter next · ← back · esc close"

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self._pages = tour_pages(keymap)
        self._number = 0
        self._text = Paragraphs(self._pages[0][1])
        self.title_text = self._title()

    def parts(self) -> Iterable[Widget]:
        """Yield the text."""
        yield self._text

    def on_click(self, event: events.Click) -> None:
        """Turn the page."""
        event.stop()
        self.action_turn(1)

    def action_turn(self, pages: int) -> None:
        """Go forward or back."""
        number = max(0, self._number + pages)
        if number == len(self._pages):
            self.answer_with(None)
            return
        self._number = number
        self._text.show(self._pages[number][1])
        self.frame.border_title = Content(self._title())

    def _title(self) -> str:
        return f"{self._pages[self._number][0]}  {self._number + 1}/{len(self._pages)}"
