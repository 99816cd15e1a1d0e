"""An app of one output pane, and what it shows."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from leo_tui.theme import Glyphs, ThemeName
from leo_tui.viewmodels.output.log_lines import LogSource
from leo_tui.widgets.output_pane import OutputPane
from leo_tui.widgets.themed_app import ThemedApp


class Host(ThemedApp[None]):
    """An app of one pane."""

    def __init__(
        self, theme: ThemeName = ThemeName.DARK, glyphs: Glyphs = Glyphs.UNICODE
    ) -> None:
        super().__init__(theme=theme, glyphs=glyphs)
        self.pane = OutputPane(wraps=False)

    def compose(self) -> ComposeResult:
        """Show the pane."""
        yield self.pane


@asynccontextmanager
async def hosted(
    size: tuple[int, int] = (60, 9),
    theme: ThemeName = ThemeName.DARK,
    glyphs: Glyphs = Glyphs.UNICODE,
) -> AsyncIterator[Pilot[None]]:
    """Run the app."""
    app = Host(theme, glyphs)
    async with app.run_test(size=size) as pilot:
        yield pilot


def pane_of(pilot: Pilot[None]) -> OutputPane:
    """Return the pane."""
    app = pilot.app
    assert isinstance(app, Host)
    return app.pane


def drawn(pane: OutputPane) -> list[str]:
    """Return what the pane shows after a tick, line by line."""
    pane.poll()
    width = pane.scrollable_content_region.width
    return [
        strip.text[:width].rstrip()
        for strip in pane.render_lines(Region(0, 0, *pane.size))
    ]


async def until(pilot: Pilot[None], is_so: Callable[[], object]) -> None:
    """Let the app tick until something is so."""
    pane = pane_of(pilot)
    for _ in range(2000):
        pane.poll()
        if is_so():
            return
        await pilot.pause(0.001)
    pytest.fail("it never came")


def numbers(path: Path, count: int) -> LogSource:
    """Write a log of numbered lines."""
    path.write_text("".join(f"line {number}\n" for number in range(count)))
    return LogSource(path, is_live=True)
