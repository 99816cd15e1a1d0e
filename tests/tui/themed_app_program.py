"""The palette on a terminal, in a theme: `THEME GLYPHS`."""

import sys

from dialog_host import DialogHost
from leo_tui.screens.palette import PaletteScreen
from leo_tui.theme import Glyphs, ThemeName
from leo_tui.viewmodels.commands import Command

if __name__ == "__main__":
    commands = [
        Command("Retry task: pull_orders", "task.retry", key="r"),
        Command("Stop the run", "run.stop", key="X", why_not="the run has ended"),
    ]
    theme, glyphs = ThemeName(sys.argv[1]), Glyphs(sys.argv[2])
    DialogHost(PaletteScreen(commands), theme=theme, glyphs=glyphs).run()
