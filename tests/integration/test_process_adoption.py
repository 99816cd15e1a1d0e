"""Tasks go on when their engine or their warden is killed, and nothing is forgotten."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from leo_engine.errors import LaunchError
from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.executors.orphans import marked
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.ports import AttemptRequest
from leo_engine.state.outcome import Failed, Lost, Succeeded
from leo_engine.testing.attempt_requests import attempt_request, run_of
from leo_engine.testing.other_engine import (
    OtherEngine,
    is_alive,
    until,
    wait_until,
)

pytestmark = pytest.mark.usefixtures("no_survivors")


async def test_a_running_task_is_adopted_with_its_true_exit_code_and_time(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    engine = await asyncio.to_thread(OtherEngine, tmp_path, until("go", "exit 7"))
    await asyncio.to_thread(engine.kill)
    handle = engine.handles[0]
    assert await executor.attach(handle)
    waiting = asyncio.ensure_future(executor.wait(handle))
    await asyncio.sleep(0)
    before_ms = time.time_ns() // 1_000_000  # noqa: TID251 - compared with the record
    touch(tmp_path / "go")
    outcome = await waiting
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 7
    ended_ms = await executor.ended_ms(handle)
    assert ended_ms is not None
    assert ended_ms >= before_ms
    assert not await executor.attach(handle)


async def test_what_ended_while_nobody_looked_is_told_truly(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    scripts = [until("go", f"exit {code}") for code in (0, 3)]
    engine = await asyncio.to_thread(
        OtherEngine, tmp_path, *scripts, until("go", "kill -SEGV $$")
    )
    await asyncio.to_thread(engine.kill)
    touch(tmp_path / "go")
    pids = [ProcessHandle.parse(handle).pid for handle in engine.handles]
    await asyncio.to_thread(wait_until, lambda: not any(map(is_alive, pids)))
    good, bad, crashed = [await executor.wait(handle) for handle in engine.handles]
    assert isinstance(good, Succeeded)
    assert isinstance(bad, Failed)
    assert bad.exit_code == 3
    assert isinstance(crashed, Failed)
    assert crashed.reason == "killed by SIGSEGV"


async def test_an_adopted_task_is_stopped_with_all_it_started(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "setsid sleep 600 & echo $!; sleep 600 & echo $!; wait"
    engine = await asyncio.to_thread(OtherEngine, tmp_path, script)
    log = tmp_path / "logs" / "task" / "1.log"
    await asyncio.to_thread(wait_until, lambda: log.read_text().count("\n") == 2)
    await asyncio.to_thread(engine.kill)
    assert await executor.attach(engine.handles[0])
    await executor.stop(engine.handles[0], 10_000)
    outcome = await executor.wait(engine.handles[0])
    assert isinstance(outcome, Failed)
    assert outcome.reason == "killed by SIGTERM"
    assert not any(is_alive(int(pid)) for pid in log.read_text().split())


async def test_many_are_adopted_at_once(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    scripts = ["exec sleep 600"] * 100
    engine = await asyncio.to_thread(OtherEngine, tmp_path, *scripts)
    await asyncio.to_thread(engine.kill)
    attached = [await executor.attach(handle) for handle in engine.handles]
    assert all(attached)
    run = run_of(tmp_path)
    finding = [executor.find(run, "task", number) for number in range(1, 101)]
    assert await asyncio.gather(*finding) == engine.handles
    waiting = [asyncio.ensure_future(executor.wait(it)) for it in engine.handles]
    await asyncio.sleep(0)
    ends = [(signal.SIGTERM, signal.SIGKILL, signal.SIGHUP)[n % 3] for n in range(100)]
    for handle, end in zip(engine.handles, ends, strict=True):
        os.kill(ProcessHandle.parse(handle).pid, end)
    outcomes = await asyncio.gather(*waiting)
    assert [it.signal for it in outcomes if isinstance(it, Failed)] == ends


async def test_a_task_whose_warden_was_killed_too_is_lost_when_it_ends(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    engine = await asyncio.to_thread(OtherEngine, tmp_path, until("go", "exit 0"))
    handle = engine.handles[0]
    await asyncio.to_thread(engine.kill)
    os.kill(ProcessHandle.parse(handle).warden[0], signal.SIGKILL)
    assert await executor.attach(handle)
    touch(tmp_path / "go")
    assert isinstance(await executor.wait(handle), Lost)


async def test_a_task_of_before_the_reboot_is_lost(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    request = attempt_request(tmp_path, "exec sleep 600")
    handle = await executor.start(request)
    here = ProcessHandle.parse(handle)
    _, _, rest = here.record.partition("-")
    earlier = str(here._replace(record=f"00000000-{rest}"))
    assert not await executor.attach(earlier)
    assert isinstance(await executor.wait(earlier), Lost)
    await executor.stop(earlier, 0)
    assert await executor.attach(handle)
    await executor.stop(handle, 0)


async def test_what_ended_before_a_reboot_is_still_told(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    handle = await executor.start(attempt_request(tmp_path, "exit 6"))
    await executor.wait(handle)
    here = ProcessHandle.parse(handle)
    _, _, rest = here.record.partition("-")
    earlier = here._replace(record=f"00000000-{rest}")
    records = tmp_path / "records"
    (records / here.record).rename(records / earlier.record)
    outcome = await executor.wait(str(earlier))
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 6


async def test_tasks_outlive_their_killed_warden_and_others_are_started(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    first = attempt_request(tmp_path, until("go", "echo done"), task="first")
    handle = await executor.start(first)
    waiting = asyncio.ensure_future(executor.wait(handle))
    await asyncio.sleep(0)
    os.kill(ProcessHandle.parse(handle).warden[0], signal.SIGKILL)
    second = attempt_request(tmp_path, "exit 4", task="second")
    outcome = await executor.wait(await start_when_noticed(executor, second))
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 4
    assert await executor.attach(handle)
    touch(tmp_path / "go")
    assert isinstance(await waiting, Lost)
    assert read(first.log_path) == "done\n"


async def test_a_start_that_met_a_dying_warden_happens_at_most_once(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    for number in range(1, 16):
        other = attempt_request(tmp_path, "true", task="other", attempt=number)
        touch(tmp_path / "ledger")
        warden, _ = ProcessHandle.parse(await executor.start(other)).warden
        script = "echo $LEO_ATTEMPT >> ledger"
        request = attempt_request(tmp_path, script, attempt=number)
        starting = asyncio.ensure_future(executor.start(request))
        # Not to wait for anything: to kill it at another moment each time.
        await asyncio.sleep(0.0002 * number)
        os.kill(warden, signal.SIGKILL)
        handle = await starting
        await executor.wait(handle)
        starts = read(str(tmp_path / "ledger")).split().count(str(number))
        assert starts == 1 or (starts == 0 and not ProcessHandle.parse(handle).pid)


async def test_an_attempt_without_a_handle_is_found_after_a_crash(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    run = run_of(tmp_path)
    engine = await asyncio.to_thread(OtherEngine, tmp_path, until("go", "exit 7"))
    await asyncio.to_thread(engine.kill)
    assert await executor.find(run, "task", 1) == engine.handles[0]
    assert await executor.find(run, "task", 2) is None


async def test_what_was_started_and_not_recorded_is_stopped_and_lost(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    run = run_of(tmp_path)
    # What hides in a session of its own is not to be taken for the attempt.
    script = "setsid sleep 601 & exec sleep 600"
    handle = await executor.start(attempt_request(tmp_path, script))
    here = ProcessHandle.parse(handle)
    os.kill(here.warden[0], signal.SIGKILL)
    record = tmp_path / "records" / here.record
    lines = read(str(record)).splitlines(keepends=True)
    replace(record, "".join(line for line in lines if line[0] != "S"))
    other = LocalProcesses(record_folder=tmp_path / "records", base_env={})
    doubtful = await other.find(run, "task", 1)
    assert doubtful is not None
    assert AttemptKey(run, "task", 1) not in await asyncio.to_thread(marked)
    assert isinstance(await other.wait(doubtful), Lost)


async def test_a_warden_leaves_when_its_last_task_has_ended(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    engine = await asyncio.to_thread(OtherEngine, tmp_path, until("go", "exit 7"))
    warden = ProcessHandle.parse(engine.handles[0]).warden[0]
    await asyncio.to_thread(engine.kill)
    assert await executor.attach(engine.handles[0])
    assert is_alive(warden)
    touch(tmp_path / "go")
    await asyncio.to_thread(wait_until, lambda: not is_alive(warden))
    assert await executor.prune(lambda _: False) == 1


async def test_signals_of_a_terminal_do_not_end_a_warden(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    handle = await executor.start(attempt_request(tmp_path, until("go", "exit 7")))
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGTSTP):
        os.kill(ProcessHandle.parse(handle).warden[0], number)
    touch(tmp_path / "go")
    outcome = await executor.wait(handle)
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 7


async def test_nothing_is_started_twice_over_a_crash(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    run = run_of(tmp_path)
    scripts = [until("go", f"echo {number} >> ledger") for number in range(10)]
    engine = await asyncio.to_thread(OtherEngine, tmp_path, *scripts)
    await asyncio.to_thread(engine.kill)
    touch(tmp_path / "go")
    for number, handle in enumerate(engine.handles, start=1):
        assert await executor.find(run, "task", number) == handle
        assert isinstance(await executor.wait(handle), Succeeded)
    ledger = read(str(tmp_path / "ledger")).split()
    assert sorted(map(int, ledger)) == list(range(10))


async def start_when_noticed(executor: LocalProcesses, request: AttemptRequest) -> str:
    try:
        return await executor.start(request)
    except LaunchError:
        pytest.fail("a killed warden must not fail what it had not begun")


def touch(path: Path) -> None:
    path.touch()


def read(path: str) -> str:
    return Path(path).read_text()


def replace(path: Path, text: str) -> None:
    path.write_text(text)
