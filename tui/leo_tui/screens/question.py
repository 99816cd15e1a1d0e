"""Text and answers; the first answer is the safe one and has the focus."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from leo_tui.keys.key_names import key_text
from leo_tui.screens.dialog import Dialog
from leo_tui.viewmodels.spans import Line
from leo_tui.widgets.answer import Answer
from leo_tui.widgets.paragraphs import Paragraphs

_WIDTH = 60
_AROUND = 6
"""Cells of frame and padding."""


class QuestionScreen(Dialog[str]):
    """Returns the value of an answer; esc gives the first."""

    DEFAULT_CSS = """
    QuestionScreen > #frame { padding: 1 2 0 2; overflow-y: auto; }
    QuestionScreen #answers {
        height: auto;
        margin: 1 0;
        align-horizontal: center;
    }
    QuestionScreen #answers.-stacked { layout: vertical; align-horizontal: left; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down,tab", "app.focus_next", "Next answer", show=False),
        Binding("left,up,shift+tab", "app.focus_previous", "Previous", show=False),
        Binding("enter,space", "press", "Give the answer", show=False),
    ]

    def __init__(
        self, title: str, lines: Sequence[Line], answers: Sequence[Answer]
    ) -> None:
        super().__init__()
        self.title_text = title
        self._lines = lines
        self._answers = answers

    def parts(self) -> Iterable[Widget]:
        """Yield the text and the answers."""
        yield Paragraphs(self._lines)
        yield Horizontal(*self._answers, id="answers")

    def on_mount(self) -> None:
        """Put the focus on the safe answer."""
        self._answers[0].focus()

    def on_resize(self) -> None:
        """Put the answers below each other when they have no room side by side."""
        needed = sum(answer.cells_wide for answer in self._answers)
        room = min(self.size.width, _WIDTH) - _AROUND
        self.query_one("#answers").set_class(needed > room, "-stacked")

    def on_key(self, event: events.Key) -> None:
        """Take the key of an answer."""
        pressed = key_text(event.key, event.character)
        for answer in self._answers:
            if answer.key == pressed:
                event.stop()
                self.answer_with(answer.value)

    def on_answer_given(self, message: Answer.Given) -> None:
        """Take the answer that was clicked."""
        self.answer_with(message.answer.value)

    def action_press(self) -> None:
        """Give the answer with the focus."""
        if isinstance(self.focused, Answer):
            self.answer_with(self.focused.value)

    def action_leave(self) -> None:
        """Give the safe answer."""
        self.answer_with(self._answers[0].value)
