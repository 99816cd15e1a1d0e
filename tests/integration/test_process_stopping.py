"""Stopping leaves nothing behind, however a task tries to get away."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leo_engine.executors.local_process import LocalProcesses
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.ports import AttemptRequest
from leo_engine.state.outcome import Failed, Succeeded
from leo_engine.testing.attempt_requests import attempt_request, run_of

LONG_GRACE_MS = 15_000


async def start(
    executor: LocalProcesses, request: AttemptRequest, pids: int
) -> tuple[str, list[int]]:
    """Start and return the handle, and the pids that the script prints."""
    handle = await executor.start(request)

    def has_said() -> bool:
        return len(said(request)) == pids

    await asyncio.to_thread(wait_until, has_said)
    return handle, said(request)


async def test_term_reaches_the_whole_session(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "sleep 600 & echo $!; sh -c 'echo $$; sleep 600; :' & wait"
    handle, pids = await start(executor, attempt_request(tmp_path, script), 2)
    await executor.stop(handle, LONG_GRACE_MS)
    assert not any(map(is_alive, pids))


async def test_term_reaches_other_groups_of_the_session(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    apart = "import os, time; os.setpgid(0, 0); print(os.getpid(), flush=True)"
    script = f"python3 -c '{apart}; time.sleep(600)' & wait"
    handle, pids = await start(executor, attempt_request(tmp_path, script), 1)
    assert os.getpgid(pids[0]) == pids[0]
    await executor.stop(handle, LONG_GRACE_MS)
    assert not is_alive(pids[0])


async def test_the_grace_is_not_waited_out_when_all_have_gone(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    request = attempt_request(tmp_path, "echo $$; sleep 600")
    handle, _ = await start(executor, request, 1)
    async with asyncio.timeout(LONG_GRACE_MS / 1000):
        await executor.stop(handle, 1_000 * LONG_GRACE_MS)


async def test_a_task_may_use_its_grace_to_clean_up(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "trap 'echo clean > done; exit 9' TERM; echo $$; sleep 600 & wait"
    handle, _ = await start(executor, attempt_request(tmp_path, script), 1)
    await executor.stop(handle, LONG_GRACE_MS)
    outcome = await executor.wait(handle)
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 9
    assert (tmp_path / "done").exists()


async def test_a_suspended_task_hears_term(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "trap 'exit 9' TERM; echo $$; while :; do sleep 0.01; done"
    handle, pids = await start(executor, attempt_request(tmp_path, script), 1)
    os.killpg(pids[0], signal.SIGSTOP)
    await executor.stop(handle, LONG_GRACE_MS)
    outcome = await executor.wait(handle)
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 9


async def test_children_in_other_sessions_are_killed_too(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    # Without the marks: only its parent tells whose it is.
    script = "env -i setsid sh -c 'echo $$; exec sleep 600' & echo $$; wait"
    handle, pids = await start(executor, attempt_request(tmp_path, script), 2)
    await executor.stop(handle, LONG_GRACE_MS)
    assert not any(map(is_alive, pids))


async def test_a_daemon_with_the_marks_of_its_attempt_is_killed_too(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "(setsid sh -c 'echo $$; exec sleep 600' &); echo $$; sleep 600"
    handle, pids = await start(executor, attempt_request(tmp_path, script), 2)
    await executor.stop(handle, LONG_GRACE_MS)
    assert not any(map(is_alive, pids))


async def test_others_attempts_are_spared(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "echo $$; exec sleep 600"
    first = attempt_request(tmp_path, script, task="a")
    second = attempt_request(tmp_path, script, task="a", attempt=2)
    handle, _ = await start(executor, first, 1)
    other, pids = await start(executor, second, 1)
    await executor.stop(handle, 0)
    assert is_alive(pids[0])
    await executor.stop(other, 0)


async def test_what_keeps_forking_is_killed(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = (
        "trap '' TERM; echo $$\n"
        "breed() { setsid sh -c 'trap \"\" TERM; sleep 600' & sleep 0.01; breed; }\n"
        "breed"
    )
    handle, _ = await start(executor, attempt_request(tmp_path, script), 1)
    await executor.stop(handle, 50)
    assert await asyncio.to_thread(marked, f"LEO_RUN_ID={run_of(tmp_path)}") == []


async def test_many_are_stopped_at_once(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "echo $$; sleep 600 & wait"
    requests = [attempt_request(tmp_path, script, task=f"t{n}") for n in range(40)]
    started = [await start(executor, request, 1) for request in requests]
    await asyncio.gather(*(executor.stop(it, LONG_GRACE_MS) for it, _ in started))
    assert not any(is_alive(pids[0]) for _, pids in started)


async def test_a_number_that_went_to_a_stranger_is_not_signalled(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    handle, pids = await start(
        executor, attempt_request(tmp_path, "echo $$; exec sleep 600"), 1
    )
    stale = ProcessHandle.parse(handle)._replace(number=999)
    await executor.stop(str(stale._replace(start=stale.start - 1)), 0)
    assert is_alive(pids[0])
    await executor.stop(handle, 0)


@pytest.mark.slow
async def test_leftovers_that_ignore_term_are_killed_in_the_background(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "sh -c \"trap '' TERM; echo \\$\\$; while :; do sleep 0.1; done\" & "
    script += "while ! [ -s logs/task/1.log ]; do :; done"
    handle, pids = await start(executor, attempt_request(tmp_path, script), 1)
    assert isinstance(await executor.wait(handle), Succeeded)
    assert is_alive(pids[0])
    await asyncio.to_thread(wait_until, lambda: not is_alive(pids[0]))


def said(request: AttemptRequest) -> list[int]:
    log = Path(request.log_path)
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def marked(variable: str) -> list[str]:
    """Return living processes with this variable in their environment."""
    found: list[str] = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environ = (place / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if variable in environ.split("\0") and is_alive(int(place.name)):
            found.append(place.name)
    return found


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return b") Z " not in stat and b") X " not in stat


def wait_until(holds: Callable[[], object]) -> None:
    while not holds():
        time.sleep(0.002)
