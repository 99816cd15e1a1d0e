"""The line at the bottom in which one types what to search the output for."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from leo_tui.screens.prompt import PromptScreen
from leo_tui.text.search import Query
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line
from leo_tui.widgets.field import TextField
from leo_tui.widgets.paragraphs import Paragraphs


class SearchPrompt(PromptScreen):
    """Tells of every key what is searched for by then.

    ctrl+r makes a regular expression of what is typed, or a plain text again.
    """

    DEFAULT_CSS = """
    SearchPrompt #regex { width: 16; margin: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "swap_regex", show=False, priority=True),
    ]

    def __init__(
        self,
        before: Query | None,
        *,
        history: Sequence[str],
        on_query: Callable[[Query], None],
    ) -> None:
        text = "" if before is None else before.text
        super().__init__("/", text, history=history, on_change=self._tell)
        self.is_regex = before is not None and before.is_regex
        self._on_query = on_query
        self._told = Query(text, self.is_regex)

    def compose(self) -> ComposeResult:
        """Make the line, and what tells of the kind of text."""
        with Horizontal():
            yield Paragraphs([line(Span("/", Style.ACCENT))])
            yield TextField(self._text)
            yield Paragraphs([self._kind()], id="regex")

    def action_swap_regex(self) -> None:
        """Take what is typed as a regular expression, or as plain text again."""
        self.is_regex = not self.is_regex
        self.query_one("#regex", Paragraphs).show([self._kind()])
        self._tell(self.query_one(TextField).value)

    def _tell(self, text: str) -> None:
        query = Query(text, self.is_regex)
        if query != self._told:
            self._told = query
            self._on_query(query)

    def _kind(self) -> Line:
        return line(
            Span("ctrl+r", Style.ACCENT), f" regex {'●' if self.is_regex else '○'}"
        )
