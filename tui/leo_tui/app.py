"""The Textual application: themes, the screens, and the way out."""

from leo_engine.errors import ConfigError
from leo_tui.preferences.options import ScreenOptions


def run_screen(options: ScreenOptions) -> int:
    """Open the screen, and return the exit code of the process when it is closed."""
    del options
    raise ConfigError("this version has no screen yet; leo-tui --once runs DAGs")
