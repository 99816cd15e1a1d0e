"""The keys of a part of the screen; enter does what one does."""

from collections.abc import Sequence

from leo_tui.screens.finder import FinderScreen
from leo_tui.viewmodels.commands import Command, CommandSearch, help_line


class HelpScreen(FinderScreen):
    """Returns the command to run."""

    def __init__(self, place: str, commands: Sequence[Command]) -> None:
        super().__init__(CommandSearch(commands), help_line)
        self.title_text = f"Keys: {place}"
