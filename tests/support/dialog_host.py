"""An app with something under it, to put dialogs over."""

from typing import cast

from rich.segment import Segment
from textual.app import ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen

from leo_tui.theme import Glyphs, ThemeName
from leo_tui.viewmodels.commands import Command
from leo_tui.viewmodels.spans import Line, line
from leo_tui.viewmodels.start_form import StartOptions
from leo_tui.widgets.row_view import RowView
from leo_tui.widgets.themed_app import ThemedApp

HOSTILE = (
    "\x1b]0;owned\x07 [b]bold[/b] [/] \u202egnp.exe \x1bc🦁 e\u0301 日本"
    "\x9b2J \udcff\n\ttab"
)
"""A title, markup, a turned text, a reset, emoji, marks, wide signs, broken UTF-8."""


class Ground(RowView):
    """Rows that say little."""

    said = "row"

    def row_count(self) -> int:
        """Return enough to fill a screen."""
        return 50

    def row_line(self, row: int, width: int) -> Line:
        """Return the row's number."""
        del width
        return line(f"{self.said} {row}")


class DialogHost(ThemedApp[None]):
    """Keeps what a dialog returned."""

    def __init__(
        self,
        dialog: Screen[str] | Screen[None] | Screen[Command] | Screen[StartOptions],
        *,
        theme: ThemeName = ThemeName.DARK,
        glyphs: Glyphs = Glyphs.UNICODE,
    ) -> None:
        super().__init__(theme=theme, glyphs=glyphs)
        self._dialog = dialog
        self.results: list[object] = []

    def compose(self) -> ComposeResult:
        """Make the ground."""
        yield Ground()

    async def on_mount(self) -> None:
        """Open the dialog."""
        dialog = cast("Screen[object]", self._dialog)
        await self.push_screen(dialog, self.results.append)

    def segments(self) -> list[Segment]:
        """Return everything that is drawn."""
        return [part for row in self.screen._compositor.render_strips() for part in row]

    def rows(self) -> list[str]:
        """Return the screen as text."""
        strips = self.screen._compositor.render_strips()
        return ["".join(part.text for part in row).rstrip() for row in strips]

    def text(self) -> str:
        """Return the screen as one text."""
        return "\n".join(self.rows())


async def assert_harmless(pilot: Pilot[None]) -> None:
    """Fail when something raw reaches the terminal."""
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, DialogHost)
    raw = {
        character
        for part in app.segments()
        for character in part.text
        if ord(character) < 32 or 0x7F <= ord(character) < 0xA0
    }
    assert raw == set()
    assert "\u202e" not in app.text()
