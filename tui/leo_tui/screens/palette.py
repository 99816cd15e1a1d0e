"""The palette: every command by some of its letters, and every task to go to."""

from collections.abc import Sequence

from leo_tui.screens.finder import FinderScreen
from leo_tui.viewmodels.commands import Command, CommandSearch, palette_line


class PaletteScreen(FinderScreen):
    """Returns the command to run; for a task, one of the action `go_to`."""

    title_text = "Commands"

    def __init__(
        self,
        commands: Sequence[Command],
        tasks: Sequence[str] = (),
        *,
        go_to: str = "goto.task",
    ) -> None:
        super().__init__(CommandSearch(commands, tasks, go_to), palette_line)
