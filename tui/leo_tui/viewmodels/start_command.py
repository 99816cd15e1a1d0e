"""The command that starts a run like one there was."""

from leo_engine.ports import RunRow
from leo_tui.viewmodels.command_text import command_text
from leo_tui.viewmodels.start_form import text_of_value

_WAYS = ("upstream", "downstream")


def start_text(folder: str | None, run: RunRow) -> str:
    """Return the command that starts a run of the same DAG, parameters and tasks."""
    words = ["--once", run.dag]
    for name, value in run.params.items():
        if value is not None:
            words += ["-p", f"{name}={text_of_value(value)}"]
    only, reach = run.options.get("only"), run.options.get("reach")
    for task in only if isinstance(only, list) else []:
        words += ["--only", str(task)]
    words += [f"--{way}" for way in _WAYS if way in str(reach or "")]
    return command_text(folder, *words)
