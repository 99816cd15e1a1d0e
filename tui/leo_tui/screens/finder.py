"""A list of commands under a line to type in; what palette and help are made of."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from leo_tui.screens.dialog import Dialog
from leo_tui.theme import Style
from leo_tui.viewmodels.commands import Command, CommandSearch
from leo_tui.viewmodels.spans import Line, Span, line
from leo_tui.widgets.field import TextField
from leo_tui.widgets.row_view import NO_SIGN, RowView

_CURSOR = Span("▸", Style.ACCENT)


class CommandRows(RowView):
    """The commands that were found."""

    DEFAULT_CSS = """
    CommandRows { height: 1fr; }
    CommandRows > .row-view--cursor-unfocused { background: $block-cursor-background; }
    CommandRows:ansi > .row-view--cursor-unfocused { text-style: reverse; }
    """

    def __init__(
        self, search: CommandSearch, draw: Callable[[Command, int], Line]
    ) -> None:
        super().__init__()
        self._search = search
        self._draw = draw

    def row_count(self) -> int:
        """Return how many were found."""
        return len(self._search.found)

    def row_line(self, row: int, width: int) -> Line:
        """Return one of them."""
        return line(" ", *self._draw(self._search.command(row), width - 1))

    def row_sign(self, row: int) -> Span:
        """Return the sign of the row that enter runs."""
        return _CURSOR if row == self.cursor else NO_SIGN

    def empty_lines(self, width: int) -> list[Line]:
        """Say that there are none."""
        del width
        return [line(Span("  nothing matches", Style.DIM))]


class FinderScreen(Dialog[Command]):
    """Returns the command that was chosen."""

    DEFAULT_CSS = """
    FinderScreen > #frame { height: 80%; min-height: 14; width: 72; }
    FinderScreen TextField { margin: 0 0 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move('cursor_down')", show=False, priority=True),
        Binding("up,ctrl+p", "move('cursor_up')", show=False, priority=True),
        Binding("pagedown", "move('cursor_page_down')", show=False, priority=True),
        Binding("pageup", "move('cursor_page_up')", show=False, priority=True),
        Binding("enter", "choose", "Run it", show=False),
    ]
    keys_text = "↑↓ choose · enter run · esc close"

    def __init__(
        self, search: CommandSearch, draw: Callable[[Command, int], Line]
    ) -> None:
        super().__init__()
        self._search = search
        self._rows = CommandRows(search, draw)

    def parts(self) -> Iterable[Widget]:
        """Yield the line and the list."""
        yield TextField()
        yield self._rows

    def on_mount(self) -> None:
        """Begin with typing."""
        self.query_one(TextField).focus()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Search."""
        self._search.find(message.value)
        self._rows.refresh_rows()
        self._rows.move_cursor(0)
        self.tell("")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Run what was found: enter comes after what was typed before it."""
        message.stop()
        self.action_choose()

    def on_row_view_opened(self, message: RowView.Opened) -> None:
        """Run what was clicked twice."""
        message.stop()
        self.action_choose()

    def action_move(self, way: str) -> None:
        """Move in the list while the line keeps the focus."""
        getattr(self._rows, way)()

    def action_choose(self) -> None:
        """Run the command under the cursor, or say why it cannot be."""
        row = self._rows.cursor
        if row < 0:
            return
        command = self._search.command(row)
        if command.why_not:
            self.tell(command.why_not)
        else:
            self.answer_with(command)
