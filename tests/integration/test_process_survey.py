"""A look at an interrupted run tells what still runs, what has ended, what is gone."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.exit_record import Ending
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.survey import Gone, NotStarted, Runs, start_counts, survey
from leo_engine.state.outcome import Failed
from leo_engine.testing.attempt_requests import run_of
from leo_engine.testing.other_engine import (
    OtherEngine,
    is_alive,
    until,
    wait_until,
)

pytestmark = pytest.mark.usefixtures("no_survivors")


def key(folder: Path, attempt: int) -> AttemptKey:
    return AttemptKey(run_of(folder), "task", attempt)


@pytest.mark.parametrize("known", ["handle stored", "no handle stored"])
def test_each_attempt_is_told_as_it_is(tmp_path: Path, known: str) -> None:
    scripts = ["exec sleep 600", until("go", "exit 7"), "exec sleep 600"]
    engine = OtherEngine(tmp_path, *scripts)
    engine.kill()
    running, ended, other = map(ProcessHandle.parse, engine.handles)
    records = tmp_path / "records"
    attempts = {
        key(tmp_path, number): handle if known == "handle stored" else ""
        for number, handle in enumerate(engine.handles, start=1)
    }
    (tmp_path / "go").touch()
    wait_until(lambda: not is_alive(ended.pid))
    wait_until(lambda: "\nX\t" in (records / ended.record).read_text())
    killed = running.warden[0], other.pid
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, killed)))
    found = survey(records, attempts)
    assert found[key(tmp_path, 1)] == Runs(running.pid)
    ending = found[key(tmp_path, 2)]
    assert isinstance(ending, Ending)
    assert isinstance(ending.outcome, Failed)
    assert ending.outcome.exit_code == 7
    assert found[key(tmp_path, 3)] == Gone()


def test_what_was_never_started_is_told_so(tmp_path: Path) -> None:
    engine = OtherEngine(tmp_path, "exec sleep 600")
    engine.kill()
    record = tmp_path / "records" / ProcessHandle.parse(engine.handles[0]).record
    wait_until(lambda: "\nE\t" in record.read_text())
    attempts = {key(tmp_path, 2): ""}
    assert survey(record.parent, attempts) == {key(tmp_path, 2): NotStarted()}


def test_what_another_executor_runs_is_left_out(tmp_path: Path) -> None:
    attempts = {key(tmp_path, 1): "0192f3c4-container"}
    assert survey(tmp_path / "records", attempts) == {}


async def test_starts_are_counted_over_all_records(tmp_path: Path) -> None:
    for scripts in (["true", "true", "leo-nowhere"], ["true"]):
        engine = await asyncio.to_thread(OtherEngine, tmp_path, *scripts)
        engine.kill()
    counts = start_counts(tmp_path / "records", run_of(tmp_path))
    assert counts == {
        key(tmp_path, 1): 2,
        key(tmp_path, 2): 1,
        key(tmp_path, 3): 1,
    }
    assert start_counts(tmp_path / "records", "another") == {}
