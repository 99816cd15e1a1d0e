"""An engine that is stopped, and continued when its runs may be another's."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from leo_engine.errors import HeldUpError
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.state.outcome import Failed
from leo_engine.testing.attempt_requests import attempt_request, run_of
from leo_engine.testing.other_engine import (
    OtherEngine,
    is_alive,
    wait_until,
)

pytestmark = pytest.mark.usefixtures("no_survivors")


async def test_a_start_under_way_for_a_stopped_engine_is_awaited(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    run = run_of(tmp_path)
    # A warden that opens a pipe as the log waits for its reader: between I and S.
    (tmp_path / "logs" / "task").mkdir(parents=True)
    log = tmp_path / "logs" / "task" / "2.log"
    os.mkfifo(log)
    scripts = ["exec sleep 600", "exec sleep 600"]
    engine = await asyncio.to_thread(OtherEngine, tmp_path, *scripts, answers=1)
    record = tmp_path / "records" / ProcessHandle.parse(engine.handles[0]).record
    await asyncio.to_thread(
        wait_until, lambda: f"\t2\t{run} 2 task" in read(str(record))
    )
    await asyncio.to_thread(engine.stop)
    finding = asyncio.ensure_future(executor.find(run, "task", 2))
    assert not (await asyncio.wait({finding}, timeout=0.05))[0]
    with await asyncio.to_thread(log.open, "rb"):
        handle = await finding
    assert handle is not None
    assert await executor.attach(handle)
    assert await executor.find(run, "task", 3) is None
    await executor.stop(handle, 0)
    await asyncio.to_thread(engine.kill)


async def test_the_warden_of_an_engine_that_forked_is_not_taken_for_an_orphan(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    engine = await asyncio.to_thread(
        OtherEngine, tmp_path, "exec sleep 600", forks=True
    )
    handle = ProcessHandle.parse(engine.handles[0])
    assert await executor.find(run_of(tmp_path), "task", 2) is None
    lines = read(str(tmp_path / "records" / handle.record)).splitlines()
    parent, child = [int(line.split("\t")[2]) for line in lines if line[0] == "W"]
    assert not is_alive(parent)
    os.kill(child, signal.SIGKILL)
    await executor.stop(str(handle), 0)
    await asyncio.to_thread(engine.kill)


async def test_a_stopped_engine_s_late_request_starts_nothing(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    run = run_of(tmp_path)
    handle = await executor.start(attempt_request(tmp_path, "exec sleep 600"))
    warden, _ = ProcessHandle.parse(handle).warden
    os.kill(warden, signal.SIGSTOP)
    start_by_ms = time.monotonic_ns() // 1_000_000 + 50
    request = attempt_request(
        tmp_path, "touch started", attempt=2, start_by_ms=start_by_ms
    )
    starting = asyncio.ensure_future(executor.start(request))
    await asyncio.to_thread(
        wait_until, lambda: time.monotonic_ns() // 1_000_000 > start_by_ms
    )
    os.kill(warden, signal.SIGCONT)
    with pytest.raises(HeldUpError):
        await starting
    assert await executor.find(run, "task", 2) is None
    assert not (tmp_path / "started").exists()
    await executor.stop(handle, 0)


async def test_what_is_asked_for_in_time_is_started(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    start_by_ms = time.monotonic_ns() // 1_000_000 + 60_000
    request = attempt_request(tmp_path, "exit 3", start_by_ms=start_by_ms)
    outcome = await executor.wait(await executor.start(request))
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 3


def read(path: str) -> str:
    return Path(path).read_text()
