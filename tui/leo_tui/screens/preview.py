"""What a retry or a resume would do with every task, and why, before it is done."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from leo_engine.app.types import ResumeChoice
from leo_tui.screens.confirm import NO, THIRD
from leo_tui.screens.dialog import Dialog
from leo_tui.viewmodels.resume_rows import choice_line, counts_line
from leo_tui.viewmodels.spans import Line
from leo_tui.widgets.paragraphs import Paragraphs
from leo_tui.widgets.row_view import RowView


class ChoiceRows(RowView):
    """The tasks."""

    def __init__(self, choices: Sequence[ResumeChoice]) -> None:
        super().__init__()
        self._choices = choices

    def row_count(self) -> int:
        """Return how many tasks there are."""
        return len(self._choices)

    def row_line(self, row: int, width: int) -> Line:
        """Return one task."""
        return choice_line(self._choices[row], width)


class PreviewScreen(Dialog[str]):
    """Returns `yes`, `no`, or `third` for another way to do it (`k`)."""

    DEFAULT_CSS = """
    PreviewScreen > #frame { width: 90; height: 80%; min-height: 14; padding: 0; }
    PreviewScreen Paragraphs { padding: 0 1; margin: 0 0 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer('yes')", "Do it", show=False),
        Binding("n,q", "leave", "Do not", show=False),
        Binding("enter", "hint", show=False, priority=True),
        Binding("k", "third", show=False),
        Binding("j,down", "move('cursor_down')", show=False),
        Binding("up", "move('cursor_up')", show=False),
        Binding("pagedown,space", "move('cursor_page_down')", show=False),
        Binding("pageup", "move('cursor_page_up')", show=False),
        Binding("g,home", "move('cursor_top')", show=False),
        Binding("G,end", "move('cursor_bottom')", show=False),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[ResumeChoice],
        *,
        notes: Sequence[Line] = (),
        third: str = "",
    ) -> None:
        super().__init__()
        self.title_text = title
        # What runs is what is asked about: it stands first.
        self._rows = ChoiceRows(sorted(choices, key=lambda choice: choice.keeps))
        self._head = [counts_line(choices), *notes]
        self._third = third
        answers = ["y run", "n do not"]
        if third:
            answers.insert(1, f"k {third}")
        self.keys_text = " · ".join(answers)

    def parts(self) -> Iterable[Widget]:
        """Yield the counts and the tasks."""
        yield Paragraphs(self._head)
        yield self._rows

    def on_mount(self) -> None:
        """Let keys move in the list."""
        self._rows.focus()

    def action_move(self, way: str) -> None:
        """Move in the list."""
        getattr(self._rows, way)()

    def action_answer(self, answer: str) -> None:
        """Do it."""
        self.answer_with(answer)

    def action_third(self) -> None:
        """Do it the other way, or move up where there is none."""
        if self._third:
            self.answer_with(THIRD)
        else:
            self._rows.cursor_up()

    def action_hint(self) -> None:
        """Say what to press; enter is for the safe answer, and here is no button."""
        self.tell(f"enter does neither: {self.keys_text}")

    def action_leave(self) -> None:
        """Do not do it."""
        self.answer_with(NO)
