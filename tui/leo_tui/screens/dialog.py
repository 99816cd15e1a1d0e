"""The frame of everything that lies over the main screen."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget

from leo_tui.text.sanitize import sanitize

_MOST_CHARACTERS = 500
"""Of what stands in the frame: Textual measures all of it."""


class Overlay(ModalScreen[ScreenResultType]):
    """Lies over another screen until it has answered, which it does once."""

    def answer_with(self, result: ScreenResultType | None) -> None:
        """Close with an answer; any after the first is too late."""
        # A second click on the way would close the screen below.
        if self.app.screen is self:
            _ = self.dismiss(result)


class Dialog(Overlay[ScreenResultType]):
    """A frame with a title, and keys below it. Returns None when it is left."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: transparent;
    }
    Dialog > #frame {
        width: 60;
        max-width: 100%;
        height: auto;
        max-height: 100%;
        border: heavy $border;
        border-title-style: bold;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
        background: $surface;
        padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", show=False),
    ]

    title_text = ""
    """Above the frame; not sanitised."""
    keys_text = ""
    """Below the frame: `enter run · esc close`."""

    def compose(self) -> ComposeResult:
        """Make the frame around what the dialog consists of."""
        with Vertical(id="frame") as frame:
            yield from self.parts()
        frame.border_title = Content(sanitize(self.title_text[:_MOST_CHARACTERS]))
        frame.border_subtitle = Content(self.keys_text)

    def parts(self) -> Iterable[Widget]:
        """Yield what is inside the frame."""
        return ()

    @property
    def frame(self) -> Vertical:
        """The frame."""
        return self.query_one("#frame", Vertical)

    def tell(self, text: str) -> None:
        """Say something where the keys stand; nothing: the keys again."""
        self.frame.border_subtitle = Content(
            sanitize(text[:_MOST_CHARACTERS]) or self.keys_text
        )

    def action_leave(self) -> None:
        """Close it without an answer."""
        self.answer_with(None)
