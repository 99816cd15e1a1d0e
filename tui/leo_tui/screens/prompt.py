"""One line to type in, at the bottom of the screen: search, filter, a path."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from leo_tui.screens.dialog import Overlay
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Span
from leo_tui.widgets.field import TextField
from leo_tui.widgets.paragraphs import Paragraphs


class PromptScreen(Overlay[str]):
    """Returns what was typed; None when it was left with esc."""

    DEFAULT_CSS = """
    PromptScreen { align: left bottom; background: transparent; }
    PromptScreen > Horizontal { height: 1; background: $surface; }
    PromptScreen Paragraphs { width: auto; max-width: 40%; margin: 0 0 0 1; }
    PromptScreen TextField { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False, priority=True),
        Binding("up", "older", show=False, priority=True),
        Binding("down", "newer", show=False, priority=True),
    ]

    def __init__(
        self,
        label: str,
        text: str = "",
        *,
        history: Sequence[str] = (),
        on_change: Callable[[str], None] | None = None,
    ) -> None:
        """`history` has the oldest first; `on_change` hears of every key."""
        super().__init__()
        self._label = label
        self._text = text
        self._history = [entry for entry in history if entry]
        self._place = len(self._history)
        self._on_change = on_change
        self._typed = text
        """What stood there before the history was gone through."""

    def compose(self) -> ComposeResult:
        """Make the line."""
        with Horizontal():
            yield Paragraphs([(Span(self._label, Style.ACCENT),)])
            yield TextField(self._text)

    def on_mount(self) -> None:
        """Type at the end of what stands there."""
        field = self.query_one(TextField)
        field.focus()
        field.cursor_position = len(field.value)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Pass on what is typed."""
        if self._on_change is not None:
            self._on_change(message.value)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Return what was typed."""
        self.answer_with(message.value)

    def action_older(self) -> None:
        """Show what was typed before."""
        if self._place == len(self._history):
            self._typed = self.query_one(TextField).value
        self._go(max(0, self._place - 1))

    def action_newer(self) -> None:
        """Show what was typed later."""
        self._go(min(len(self._history), self._place + 1))

    def action_leave(self) -> None:
        """Give up."""
        self.answer_with(None)

    def _go(self, place: int) -> None:
        self._place = place
        entries = [*self._history, self._typed]
        field = self.query_one(TextField)
        field.value = entries[place]
        field.cursor_position = len(field.value)
