"""A text to read: a definition, an environment, a graph, what leo-tui is."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from leo_tui.screens.dialog import Dialog
from leo_tui.units import counted
from leo_tui.viewmodels.spans import Line, cut_line, text_of
from leo_tui.widgets.row_view import RowView


class TextRows(RowView):
    """The lines; long ones are panned."""

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__()
        self._lines = lines
        self.offset_columns = 0

    def row_count(self) -> int:
        """Return how many lines there are."""
        return len(self._lines)

    def row_line(self, row: int, width: int) -> Line:
        """Return what is in view of a line."""
        return cut_line(shifted(self._lines[row], self.offset_columns), width)


class TextScreen(Dialog[None]):
    """Lines of sanitised text; y copies them."""

    DEFAULT_CSS = """
    TextScreen > #frame { width: 110; height: 90%; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move('cursor_down')", show=False),
        Binding("k,up", "move('cursor_up')", show=False),
        Binding("ctrl+d", "move('cursor_half_down')", show=False),
        Binding("ctrl+u", "move('cursor_half_up')", show=False),
        Binding("pagedown,space", "move('cursor_page_down')", show=False),
        Binding("pageup", "move('cursor_page_up')", show=False),
        Binding("g,home", "move('cursor_top')", show=False),
        Binding("G,end", "move('cursor_bottom')", show=False),
        Binding("l,right", "pan(8)", show=False),
        Binding("h,left", "pan(-8)", show=False),
        Binding("y", "copy", "Copy", show=False),
        Binding("q,enter", "leave", "Close", show=False),
    ]
    keys_text = "↑↓ scroll · ←→ pan · y copy · esc close"

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self.title_text = title
        self._lines = lines
        self._rows = TextRows(lines)

    def parts(self) -> Iterable[Widget]:
        """Yield the lines."""
        yield self._rows

    def on_mount(self) -> None:
        """Let keys move in the text."""
        self._rows.focus()

    def action_move(self, way: str) -> None:
        """Move in the text."""
        getattr(self._rows, way)()

    def action_pan(self, columns: int) -> None:
        """Move sideways."""
        self._rows.offset_columns = max(0, self._rows.offset_columns + columns)
        self._rows.refresh()

    def action_copy(self) -> None:
        """Copy everything."""
        text = "\n".join(text_of(spans).rstrip() for spans in self._lines)
        self.app.copy_to_clipboard(text)
        self.tell(f"copied {counted(len(self._lines), 'line')}")


def shifted(spans: Line, columns: int) -> Line:
    """Return a line without its first characters."""
    kept = []
    for span in spans:
        kept.append(span._replace(text=span.text[columns:]))
        columns = max(0, columns - len(span.text))
    return tuple(kept)
