"""What an engine that is gone has left behind, as words."""

from collections import Counter
from collections.abc import Iterable, Mapping

from leo_engine.app.types import Remains, RemainsState
from leo_engine.ports import RunRow
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.run_ids import short_id

_WORDS = {
    RemainsState.RUNS: ("still runs", "still run"),
    RemainsState.ENDED: ("had ended", "had ended"),
    RemainsState.GONE: ("is gone", "are gone"),
    RemainsState.NOT_STARTED: ("had not started", "had not started"),
}


def taken_over_text(run: RunRow, remains: Mapping[str, Remains]) -> str:
    """Return `took over run 0193… of etl: 3 tasks still run, 2 had ended`."""
    return f"took over {_run(run)}: {left_text(remains.values())}"


def left_alone_text(run: RunRow, remains: Mapping[str, Remains]) -> str:
    """Return `left run 0193… of etl alone: 3 tasks still run`."""
    return f"left {_run(run)} alone: {left_text(remains.values())}"


def left_text(remains: Iterable[Remains]) -> str:
    """Return how many tasks still run, had ended, are gone; one line.

    Containers and requests are not among what is looked at: nothing is said of them.
    """
    counts = Counter(one.state for one in remains)
    told = [
        (counts[state], words[counts[state] > 1])
        for state, words in _WORDS.items()
        if counts[state]
    ]
    if not told:
        return "no process was under way"
    (first, verb), *others = told
    noun = "task" if first == 1 else "tasks"
    rest = (f"{count} {words}" for count, words in others)
    return ", ".join([f"{first} {noun} {verb}", *rest])


def _run(run: RunRow) -> str:
    return f"run {short_id(run.run_id)} of {sanitize(run.dag)}"
