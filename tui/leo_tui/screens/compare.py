"""Two runs side by side, over the main screen."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from leo_tui.theme import Style
from leo_tui.viewmodels.panels.comparison import Comparison
from leo_tui.viewmodels.spans import Span, line
from leo_tui.widgets.compare_pane import ComparePane
from leo_tui.widgets.line_bar import LineBar
from leo_tui.widgets.row_view import RowView

if TYPE_CHECKING:
    from collections.abc import Callable

_KEYS = (
    " j/k row · enter both outputs · A all/differences · < > sort · y copy · esc back"
)


class CompareScreen(ModalScreen[str]):
    """Returns the id of the task whose outputs are wanted; None when it was left."""

    DEFAULT_CSS = """
    CompareScreen { background: $background; layout: vertical; }
    CompareScreen ComparePane { border: heavy $border; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False),
        Binding("enter", "open", show=False),
        Binding("j,down", "move('cursor_down')", show=False),
        Binding("k,up", "move('cursor_up')", show=False),
        Binding("ctrl+d", "move('cursor_half_down')", show=False),
        Binding("ctrl+u", "move('cursor_half_up')", show=False),
        Binding("pagedown", "move('cursor_page_down')", show=False),
        Binding("pageup", "move('cursor_page_up')", show=False),
        Binding("g,home", "move('cursor_top')", show=False),
        Binding("G,end", "move('cursor_bottom')", show=False),
        Binding("A", "move('toggle_all')", show=False),
        Binding("greater_than_sign", "move('sort_next')", show=False),
        Binding("less_than_sign", "move('sort_previous')", show=False),
        Binding("y", "copy", show=False),
    ]

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self._comparison = comparison
        self._pane = ComparePane()

    def compose(self) -> ComposeResult:
        """Make the table between two bars."""
        yield LineBar(id="compare-title")
        yield self._pane
        yield LineBar(id="compare-keys")

    def on_mount(self) -> None:
        """Show the runs."""
        self._pane.show(self._comparison)
        self._pane.focus()
        self.query_one("#compare-keys", LineBar).show(line(Span(_KEYS, Style.DIM)))
        self._tell()

    def on_resize(self) -> None:
        """Write the title for another width."""
        self._tell()

    def _tell(self) -> None:
        title = self._pane.title(self.size.width)
        self.query_one("#compare-title", LineBar).show(title)
        self._pane.border_subtitle = self._pane.subtitle()

    def action_move(self, method: str) -> None:
        """Pass a key on to the table."""
        act: Callable[[], None] = getattr(self._pane, method)
        act()
        self._tell()

    def action_copy(self) -> None:
        """Copy what is shown."""
        self.app.copy_to_clipboard(self._pane.text())

    def action_open(self) -> None:
        """Leave for the outputs of the task under the cursor."""
        task = self._pane.task_id()
        if task is not None:
            _ = self.dismiss(task)

    def action_leave(self) -> None:
        """Go back."""
        _ = self.dismiss(None)

    def on_row_view_opened(self, message: RowView.Opened) -> None:
        """Do as the key for it."""
        message.stop()
        self.action_open()
