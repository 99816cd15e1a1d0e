"""Two runs side by side, over the main screen."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from leo_engine.errors import LeoError
from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.screens.dialog import Overlay
from leo_tui.screens.outputs_beside import Look, OutputsBesideScreen, Titles
from leo_tui.screens.prompt import PromptScreen
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.panels.comparison import Comparison
from leo_tui.viewmodels.spans import Span, line
from leo_tui.widgets.compare_pane import ComparePane
from leo_tui.widgets.line_bar import LineBar
from leo_tui.widgets.row_view import RowView

_KEYS = (
    " esc back · enter both outputs · A all/differences · < > sort · y copy · O save"
    " · j/k row"
)
_LOOK_S = 1.0


class Sources(NamedTuple):
    """Where the comparison gets what it shows."""

    look: Callable[[], Awaitable[Comparison]]
    """Compares the same runs as they are now."""
    outputs: Callable[[str], Look]
    """Returns what looks at the outputs of a task."""
    names: tuple[str, str]
    now_ms: Callable[[], int]


class CompareScreen(Overlay[None]):
    """Goes on while a run does, and opens the outputs of a task over itself."""

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
        Binding("O", "save", show=False),
    ]

    def __init__(self, comparison: Comparison, sources: Sources) -> None:
        super().__init__()
        self._comparison = comparison
        self._sources = sources
        self._pane = ComparePane()

    def compose(self) -> ComposeResult:
        """Make the table between two bars."""
        yield LineBar(id="compare-title")
        yield self._pane
        yield LineBar(id="compare-keys")

    def on_mount(self) -> None:
        """Show the runs."""
        self._pane.border_title = "Compare"
        self._pane.show(self._comparison)
        self._pane.focus()
        self._tell()
        self.set_interval(_LOOK_S, self._look_again)

    def on_resize(self) -> None:
        """Write the title for another width."""
        self._tell()

    def _tell(self) -> None:
        self._tell_title()
        self._say("")

    def _tell_title(self) -> None:
        title = self._pane.title(max(0, self.size.width - 1))
        self.query_one("#compare-title", LineBar).show((Span(" "), *title))
        self._pane.border_subtitle = self._pane.subtitle()

    def _say(self, text: str) -> None:
        """Say something where the keys stand; nothing: the keys again."""
        said = Span(f" {sanitize(text)}") if text else Span(_KEYS, Style.DIM)
        self.query_one("#compare-keys", LineBar).show(line(said))

    async def _look_again(self) -> None:
        """Compare again while one of the runs goes on."""
        compared = self._comparison.compared
        if {compared.before.status, compared.after.status} <= RUN_TERMINAL:
            return
        try:
            self._comparison = await self._sources.look()
        except LeoError as error:
            self._say(str(error))
            return
        self._pane.show(self._comparison)
        self._tell_title()

    def action_move(self, method: str) -> None:
        """Pass a key on to the table."""
        act: Callable[[], None] = getattr(self._pane, method)
        act()
        self._tell()

    def action_copy(self) -> None:
        """Copy what is shown, and say so."""
        text = self._pane.text()
        self.app.copy_to_clipboard(text)
        self._say(f"copied {counted(text.count(chr(10)), 'line')}")

    def action_save(self) -> None:
        """Ask where what is shown is to be written."""
        keys = (run.run_key for run in self._runs())
        name = f"compare-{'-'.join(map(str, keys))}.txt"
        _ = self.app.push_screen(PromptScreen("save as ", name), self._save)

    def action_open(self) -> None:
        """Show both outputs of the task under the cursor, over this."""
        task = self._pane.task_id()
        if task is None:
            self._say("that is no task")
            return
        titles = Titles(task, *self._sources.names)
        look = self._sources.outputs(task)
        beside = OutputsBesideScreen(titles, look, self._sources.now_ms)
        _ = self.app.push_screen(beside)

    def action_leave(self) -> None:
        """Go back."""
        self.answer_with(None)

    def _runs(self) -> tuple[RunRow, RunRow]:
        return self._comparison.compared.before, self._comparison.compared.after

    def _save(self, name: str | None) -> None:
        if not name:
            return
        path = Path(name).expanduser()
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(self._pane.text())
        except FileExistsError:
            self._say(f"{path} is there already")
        except OSError as error:
            self._say(f"cannot save: {error.strerror}: {path}")
        else:
            self._say(f"saved to {path.absolute()}")

    def on_row_view_opened(self, message: RowView.Opened) -> None:
        """Do as the key for it."""
        message.stop()
        self.action_open()
