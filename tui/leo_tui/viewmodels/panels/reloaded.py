"""What is said when the chosen file was written anew."""

from leo_engine.app.folder_state import FileState
from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.theme import Style
from leo_tui.units import counted


def reloaded_text(file: FileState, run: RunRow | None) -> tuple[str, Style]:
    """Return one line and its style; `run` is the one that is open."""
    name = file.path.name
    live = "" if run is None or run.status in RUN_TERMINAL else f"run {run.run_key}"
    keeps = f": {live} keeps its version" if live else ""
    if file.is_gone:
        goes_on = f"; {live} goes on from its stored copy" if live else ""
        return f"{name} is gone{goes_on}", Style.CARE
    if file.problems:
        last_good = "" if file.last_good is None else "; s runs the last good version"
        errors = counted(len(file.problems), "error")
        return f"{name} has {errors}{keeps or last_good}", Style.BAD
    applies = "; a applies it to what has not started" if live else ""
    return f"{name} reloaded{keeps}{applies}", Style.PLAIN
