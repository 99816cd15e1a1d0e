"""Processes are known by their attempt, and stopped by it, without any handle."""

import asyncio
import os
from pathlib import Path

import pytest

from leo_engine.executors import process_table
from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.executors.orphans import marked, stop_marked
from leo_engine.ports import AttemptRequest
from leo_engine.state.outcome import Failed, Succeeded
from leo_engine.testing.attempt_requests import attempt_request, run_of
from leo_engine.testing.other_engine import is_alive, wait_until

LONG_GRACE_MS = 60_000
TASK = "load [shard=a=b], größe\t1 🚀"


@pytest.fixture(params=["proc", "psutil"])
def table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at processes through /proc, and as where there is none."""
    if request.param == "psutil":
        monkeypatch.setattr(process_table, "_HAS_PROC", False)


async def start(executor: LocalProcesses, request: AttemptRequest, count: int) -> str:
    """Start an attempt and wait until it has said `count` lines."""
    handle = await executor.start(request)
    log = Path(request.log_path)
    await asyncio.to_thread(wait_until, lambda: log.read_text().count("\n") == count)
    return handle


def said(request: AttemptRequest) -> list[int]:
    return [int(line) for line in Path(request.log_path).read_text().split()]


@pytest.mark.usefixtures("table")
async def test_every_process_of_an_attempt_is_found_by_it(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "(setsid sh -c 'echo $$; exec sleep 600' &); echo $$; sleep 600"
    key = AttemptKey(run_of(tmp_path), TASK, 3)
    request = attempt_request(tmp_path, script, task=TASK, attempt=3)
    await start(executor, request, 2)
    other = attempt_request(tmp_path, "echo $$; exec sleep 600", task=TASK)
    await start(executor, other, 1)
    found = await asyncio.to_thread(marked)
    assert {row.pid for row in found[key]} >= set(said(request))
    assert [row.pid for row in found[key._replace(attempt=1)]] == said(other)
    await stop_marked(key, 0)
    await stop_marked(key._replace(attempt=1), 0)


async def test_who_drops_the_run_id_is_nobody_s(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "env -u LEO_RUN_ID setsid sh -c 'echo $$; exec sleep 600' &"
    script += " while ! [ -s logs/task/1.log ]; do sleep 0.005; done"
    request = attempt_request(tmp_path, script)
    handle = await start(executor, request, 1)
    assert isinstance(await executor.wait(handle), Succeeded)
    key = AttemptKey(run_of(tmp_path), "task", 1)
    assert key not in await asyncio.to_thread(marked)
    await stop_marked(key, 0)
    (daemon,) = said(request)
    assert is_alive(daemon)
    os.kill(daemon, 9)


@pytest.mark.usefixtures("table")
async def test_what_is_stopped_by_its_marks_may_use_its_grace(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "trap 'echo clean > done; exit 9' TERM; echo $$; sleep 600 & wait"
    handle = await start(executor, attempt_request(tmp_path, script), 1)
    await stop_marked(AttemptKey(run_of(tmp_path), "task", 1), LONG_GRACE_MS)
    outcome = await executor.wait(handle)
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 9
    assert (tmp_path / "done").exists()


async def test_what_ignores_term_is_killed_after_the_grace(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "trap '' TERM; echo $$; while :; do sleep 0.05; done"
    handle = await start(executor, attempt_request(tmp_path, script), 1)
    await stop_marked(AttemptKey(run_of(tmp_path), "task", 1), 50)
    outcome = await executor.wait(handle)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "killed by SIGKILL"


async def test_daemons_whose_session_is_gone_are_stopped(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "for i in 1 2 3; do setsid sh -c 'echo $$; exec sleep 600' & done"
    script += "; while [ $(wc -l < logs/task/1.log) -lt 3 ]; do sleep 0.005; done"
    request = attempt_request(tmp_path, script)
    handle = await start(executor, request, 3)
    assert isinstance(await executor.wait(handle), Succeeded)
    await stop_marked(AttemptKey(run_of(tmp_path), "task", 1), LONG_GRACE_MS)
    assert not any(map(is_alive, said(request)))


async def test_stopping_one_attempt_spares_the_others(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    first = attempt_request(tmp_path, "echo $$; exec sleep 600")
    second = attempt_request(tmp_path, "echo $$; exec sleep 600", attempt=2)
    await start(executor, first, 1)
    handle = await start(executor, second, 1)
    await stop_marked(AttemptKey(run_of(tmp_path), "task", 1), LONG_GRACE_MS)
    assert not is_alive(said(first)[0])
    assert is_alive(said(second)[0])
    await executor.stop(handle, 0)


async def test_nobody_is_asked_to_stop_what_he_is_part_of(
    executor: LocalProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = attempt_request(tmp_path, "echo $$; exec sleep 600")
    handle = await start(executor, request, 1)
    monkeypatch.setattr(os, "getpid", lambda: said(request)[0])
    found = await asyncio.to_thread(marked)
    assert AttemptKey(run_of(tmp_path), "task", 1) not in found
    monkeypatch.undo()
    await executor.stop(handle, 0)


@pytest.mark.parametrize(
    "variables",
    [
        b"LEO_RUN_ID=r\0LEO_TASK=t\0",
        b"LEO_RUN_ID=r\0LEO_TASK=t\0LEO_ATTEMPT=one\0",
        b"LEO_RUN_ID=r\0LEO_ATTEMPT=1\0",
        b"LEO_RUN_ID\0LEO_TASK=t\0LEO_ATTEMPT=1\0",
        b"NOTE=LEO_RUN_ID=r\0LEO_TASK=t\0LEO_ATTEMPT=1\0",
        b"",
    ],
)
def test_an_environment_that_names_no_attempt_has_none(variables: bytes) -> None:
    assert AttemptKey.of_environment(variables) is None
