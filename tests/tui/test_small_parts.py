"""The small parts of dialogs, and what stands where nothing has room."""

from pathlib import Path

import pytest
from textual.app import ComposeResult

from harmless_lines import HOSTILE, check_lines, is_harmless
from leo_engine.app.types import ResumeChoice
from leo_tui.keys.keymap import Keymap
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.viewmodels.about import about_lines
from leo_tui.viewmodels.commands import Command, help_line, palette_line
from leo_tui.viewmodels.resume_rows import choice_line
from leo_tui.viewmodels.spans import Span, line, text_of
from leo_tui.viewmodels.tour import tour_pages
from leo_tui.viewmodels.wrapping import wrapped_line
from leo_tui.widgets.themed_app import ThemedApp
from leo_tui.widgets.too_small import TooSmall, is_too_small
from snapshots import Snapshot


class Small(ThemedApp[None]):
    """Nothing but what is shown when there is no room."""

    def compose(self) -> ComposeResult:
        """Make it."""
        yield TooSmall()

    def on_mount(self) -> None:
        """Show how a run stands."""
        summary = line("run 41  ", Span("✗2", Style.BAD), "  ✓412")
        self.query_one(TooSmall).show(summary)


@pytest.mark.parametrize(
    ("size", "is_small"),
    [((60, 16), False), ((59, 16), True), ((60, 15), True), ((300, 100), False)],
)
def test_sixty_columns_and_sixteen_rows_are_enough(
    size: tuple[int, int],
    is_small: bool,  # noqa: FBT001 -- of the table
) -> None:
    assert is_too_small(*size) == is_small


async def test_a_small_terminal_is_told_what_is_needed(snapshot: Snapshot) -> None:
    async with Small().run_test(size=(52, 14)) as pilot:
        await snapshot(pilot, "small", [(52, 14), (12, 3), (3, 1)])


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("width", [56, 116])
def test_lines_of_dialogs_fit_and_are_harmless(number: int, width: int) -> None:
    text = HOSTILE[number]
    command = Command(text, "zoom", why_not=text)
    choice = ResumeChoice(text, keeps=False, reason=text)
    check_lines([palette_line(command, width), help_line(command, width)], width)
    check_lines([palette_line(command._replace(why_not=""), width)], width)
    check_lines([help_line(command._replace(why_not=""), width)], width)
    check_lines([choice_line(choice, width)], width)
    check_lines(wrapped_line(line(sanitize(text)), width), width)


def test_the_tour_names_the_keys_as_they_are_set() -> None:
    pages = tour_pages(Keymap.load({"run.start": "f9", "run.pause": []}))
    texts = [text_of(spans) for _, lines in pages for spans in lines]
    assert any(text.startswith("f9") for text in texts)
    assert any(text.startswith("  ") and "pause" in text for text in texts)
    assert 6 <= len(pages) <= 7


def test_about_says_where_the_files_are() -> None:
    lines = about_lines([("settings", Path("/\x1b[2J/config.toml"))])
    assert text_of(lines[0]).startswith("leo-tui")
    assert all(is_harmless(text_of(spans)) for spans in lines)
