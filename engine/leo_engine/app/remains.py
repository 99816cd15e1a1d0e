"""What is left of an interrupted run's attempts, in words."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import assert_never

from leo_engine.app.types import Remains, RemainsState
from leo_engine.executors import survey
from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.exit_record import Ending
from leo_engine.executors.http_record import HttpRecords
from leo_engine.ports import RunRow
from leo_engine.spec.model import ExecutorName
from leo_engine.state.outcome import reason_of
from leo_engine.state.rows import AttemptRow
from leo_engine.state.status import RUN_TERMINAL


def remains_of(
    record_folder: Path, run: RunRow, attempts: Iterable[AttemptRow]
) -> dict[str, Remains]:
    """Return {task: what became of its attempt}, of those that are open.

    Left out are those that are undecided, and those that are no processes of this
    machine: who is asked about containers may not answer.

    Reads the wardens' records once, and looks at the processes that they name.
    """
    requests = HttpRecords(record_folder.with_name("runs"))
    handles: dict[AttemptKey, str] = {}
    told: dict[str, Remains] = {}
    for row in attempts:
        key = AttemptKey(run.run_id, row.task, row.attempt)
        if row.executor == ExecutorName.HTTP:
            told[row.task] = _told(_left_of_request(requests, key), "succeeded")
        elif row.executor != ExecutorName.DOCKER:
            handles[key] = row.handle
    if handles:
        found = survey.survey(record_folder, handles)
        told |= {key.task: _told(remains) for key, remains in found.items()}
    return told


def _left_of_request(records: HttpRecords, key: AttemptKey) -> survey.Remains:
    """Return what became of a request: it ends with its engine at the latest."""
    handle = records.handle(key)
    ending = records.ending(handle)
    if ending is not None:
        return Ending(ending.outcome, ending.at_ms)
    return survey.Gone() if records.has(handle) else survey.NotStarted()


def remains_of_child(child: RunRow | None, remains: Mapping[str, Remains]) -> Remains:
    """Return what became of a sub-DAG's attempt, given what is left of its run."""
    if child is None:
        return Remains(RemainsState.NOT_STARTED, "its run was not begun")
    name = f"its run {child.run_id[:13]}"
    if child.status in RUN_TERMINAL:
        return Remains(RemainsState.ENDED, f"{name} {child.status}, not recorded yet")
    runs = sum(one.state is RemainsState.RUNS for one in remains.values())
    if runs:
        return Remains(RemainsState.RUNS, f"{runs} of {name} still running")
    return Remains(RemainsState.GONE, f"nothing of {name} runs now")


def _told(remains: survey.Remains, well: str = "exit 0") -> Remains:
    """Return what became of an attempt in words; `well` is how it ended well."""
    match remains:
        case survey.Runs(pid):
            return Remains(RemainsState.RUNS, f"still runs, pid {pid}")
        case Ending(outcome):
            how = reason_of(outcome) or well
            return Remains(RemainsState.ENDED, f"has ended, {how}, not recorded yet")
        case survey.Gone():
            text = "is gone, and nothing tells how it ended"
            return Remains(RemainsState.GONE, text)
        case survey.NotStarted():
            return Remains(RemainsState.NOT_STARTED, "was not started any more")
        case _:
            assert_never(remains)
