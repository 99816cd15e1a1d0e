"""What a run has come to, for the status line: it has ended, or waits for a person."""

from collections.abc import Iterable, Sequence

from leo_engine.ports import RunRow
from leo_engine.state.status import RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import RUN_GLYPHS, Style, words
from leo_tui.units import counted
from leo_tui.viewmodels.left_behind import left_text
from leo_tui.viewmodels.tasks.run_model import FAILURES, RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState

_MOST_NAMED = 2
_STYLES = {
    RunStatus.SUCCEEDED: Style.GOOD,
    RunStatus.FAILED: Style.BAD,
    RunStatus.TIMED_OUT: Style.BAD,
}


def ended_text(model: RunModel) -> tuple[str, Style]:
    """Return `✗ etl #41 failed: 2 tasks failed — ! jump`, and its style."""
    run, counts = model.run, model.counts()
    word = "ok" if run.status is RunStatus.SUCCEEDED else words(run.status)
    text = f"{RUN_GLYPHS[run.status]} {sanitize(run.dag)} #{run.run_key} {word}"
    failed = sum(counts[state] for state in FAILURES)
    if failed:
        text += f": {counted(failed, 'task')} failed"
    keys = ["! jump"] * bool(failed)
    if run.status is not RunStatus.SUCCEEDED:
        keys.append("c continues")
    if keys:
        text += f" — {' · '.join(keys)}"
    return text, _STYLES.get(run.status, Style.PLAIN)


def asking_text(model: RunModel, numbers: Iterable[int]) -> str:
    """Return which of these tasks wait for a person; empty when none does."""
    if not model.counts()[TaskState.PERSON]:
        return ""
    asking = [n for n in numbers if model.states[n] is TaskState.PERSON]
    if not asking:
        return ""
    more = f" +{len(asking) - 1}" if len(asking) > 1 else ""
    return f"⚑ {model.name(min(asking))}{more} waits for you: enter on it"


def interrupted_text(model: RunModel) -> str:
    """Return `! etl #41 was interrupted: 1 task still runs — c goes on with it`.

    Empty unless it was.
    """
    run = model.run
    if run.status is not RunStatus.INTERRUPTED:
        return ""
    name = f"{RUN_GLYPHS[run.status]} {sanitize(run.dag)} #{run.run_key}"
    left = left_text(model.remains.values())
    return f"{name} was interrupted: {left} — c goes on with it"


def adopted_text(runs: Sequence[RunRow]) -> str:
    """Return `going on with etl #41, ads #3 and 2 more, which nobody looked after`."""
    named = [f"{sanitize(run.dag)} #{run.run_key}" for run in runs[:_MOST_NAMED]]
    more = len(runs) - len(named)
    names = ", ".join(named) + (f" and {more} more" if more else "")
    return f"going on with {names}, which nobody looked after"
