"""Processes on a machine that is short of something."""

import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from leo_engine.errors import LaunchError
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.state.outcome import Failed, Succeeded
from leo_engine.testing.attempt_requests import attempt_request, run_of
from leo_engine.testing.other_engine import OtherEngine, kill_survivors, wait_until

Limits = tuple[int, int]
LIMITED = """
import asyncio, json, resource, sys
from pathlib import Path

value, script, count = json.loads(sys.argv[2])
from leo_engine.errors import LaunchError
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.testing.attempt_requests import attempt_request

async def main():
    folder = Path(sys.argv[1])
    executor = LocalProcesses(
        record_folder=folder / "records", base_env={"PATH": "/usr/bin:/bin"}
    )
    async def one(number):
        request = attempt_request(folder, script, task=f"t{number}")
        try:
            handle = await executor.start(request)
        except LaunchError as error:
            return str(error)
        return type(await executor.wait(handle)).__name__
    print(json.dumps(await asyncio.gather(*map(one, range(count)))))
    await executor.aclose()

resource.setrlimit(resource.RLIMIT_NOFILE, (value, value))
asyncio.run(main())
"""
"""An engine under a limit: prints how each attempt ended."""


def run_limited(folder: Path, value: int, script: str, count: int) -> list[str]:
    settings = json.dumps([value, script, count])
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(folder), settings],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_200_attempts_at_once_fit_into_64_open_files(tmp_path: Path) -> None:
    found = run_limited(tmp_path, 64, "sleep 0.2", 200)
    assert set(found) == {"Succeeded"}


ADOPTING = """
import asyncio, json, os, resource, sys
from pathlib import Path
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.executors.process_handle import ProcessHandle

async def main():
    folder = Path(sys.argv[1])
    executor = LocalProcesses(record_folder=folder / "records", base_env={})
    handles = json.loads(sys.argv[2])
    waits = [asyncio.ensure_future(executor.wait(it)) for it in handles]
    await asyncio.wait(waits, timeout=0.2)
    spare = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
    for handle in handles:
        os.kill(ProcessHandle.parse(handle).pid, 9)
    print(json.dumps([(await it).reason for it in waits]))

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
asyncio.run(main())
"""
"""An engine that adopts what it is given, and needs to open files itself."""


def test_100_attempts_are_adopted_with_64_open_files(tmp_path: Path) -> None:
    engine = OtherEngine(tmp_path, *["exec sleep 600"] * 100)
    engine.kill()
    done = subprocess.run(
        [sys.executable, "-c", ADOPTING, str(tmp_path), json.dumps(engine.handles)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=False,
    )
    kill_survivors(tmp_path)
    assert json.loads(done.stdout) == ["killed by SIGKILL"] * 100


async def shorten(executor: LocalProcesses, folder: Path) -> tuple[int, Limits]:
    """Leave the warden no descriptor to open; return its pid and what it had."""
    handle = await executor.start(attempt_request(folder, "true", task="first"))
    await executor.wait(handle)
    warden, _ = ProcessHandle.parse(handle).warden
    count = len(list_folder(f"/proc/{warden}/fd"))
    had = resource.prlimit(warden, resource.RLIMIT_NOFILE)
    resource.prlimit(warden, resource.RLIMIT_NOFILE, (count, had[1]))
    return warden, had


async def test_a_shortage_that_passes_is_waited_out(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    warden, had = await shorten(executor, tmp_path)
    request = attempt_request(tmp_path, "exit 3")
    starting = asyncio.ensure_future(executor.start(request))
    record = tmp_path / "records" / list_folder(str(tmp_path / "records"))[0]
    await asyncio.to_thread(wait_until, lambda: record.read_text().count("I\t") == 2)
    assert not starting.done()
    resource.prlimit(warden, resource.RLIMIT_NOFILE, had)
    outcome = await executor.wait(await starting)
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 3


async def test_a_shortage_is_not_taken_for_the_end_of_what_runs(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    handle = await executor.start(attempt_request(tmp_path, "exec sleep 600"))
    had = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(1)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, had[1]))
    attaching = asyncio.ensure_future(executor.attach(handle))
    await asyncio.sleep(0)
    resource.setrlimit(resource.RLIMIT_NOFILE, had)
    assert not attaching.done()
    assert await attaching
    await executor.stop(handle, 0)


@pytest.mark.slow
async def test_a_shortage_that_stays_is_said(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    await shorten(executor, tmp_path)
    with pytest.raises(LaunchError, match="the machine is short of open files"):
        await executor.start(attempt_request(tmp_path, "true"))


async def test_the_engine_may_die_during_a_shortage(tmp_path: Path) -> None:
    dying = LocalProcesses(record_folder=tmp_path / "records", base_env={})
    await shorten(dying, tmp_path)
    starting = asyncio.ensure_future(dying.start(attempt_request(tmp_path, "true")))
    record = tmp_path / "records" / list_folder(str(tmp_path / "records"))[0]
    await asyncio.to_thread(wait_until, lambda: record.read_text().count("I\t") == 2)
    starting.cancel()
    await dying.aclose()
    await asyncio.to_thread(wait_until, lambda: "\nE\t" in record.read_text())
    assert await dying.find(run_of(tmp_path), "task", 1) is None


async def fill_the_disk(executor: LocalProcesses, folder: Path) -> int:
    """Let the warden's record not grow any more, and return the warden's pid."""
    handle = await executor.start(attempt_request(folder, "true", task="first"))
    await executor.wait(handle)
    process = ProcessHandle.parse(handle)
    warden, _ = process.warden
    size = len(read(folder / "records" / process.record))
    resource.prlimit(warden, resource.RLIMIT_FSIZE, (size + 9, resource.RLIM_INFINITY))
    return warden


async def test_nothing_is_started_before_it_is_recorded(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    warden = await fill_the_disk(executor, tmp_path)
    request = attempt_request(tmp_path, "touch started; exit 3")
    starting = asyncio.ensure_future(executor.start(request))
    record = tmp_path / "records" / list_folder(str(tmp_path / "records"))[0]
    await asyncio.to_thread(wait_until, lambda: not record.read_text().endswith("\n"))
    assert not (await asyncio.wait({starting}, timeout=0.05))[0]
    assert not list_folder(str(tmp_path / "logs")).count("task")
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(warden, resource.RLIMIT_FSIZE, unlimited)
    outcome = await executor.wait(await starting)
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 3


@pytest.mark.slow
async def test_a_record_that_cannot_be_written_is_said(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    await fill_the_disk(executor, tmp_path)
    with pytest.raises(LaunchError, match="cannot record what is started: File too"):
        await executor.start(attempt_request(tmp_path, "touch started"))
    assert "started" not in list_folder(str(tmp_path))


async def test_a_warden_that_can_never_write_its_last_words_goes_without(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    warden = psutil.Process(await fill_the_disk(executor, tmp_path))
    await executor.aclose()
    await asyncio.to_thread(warden.wait, 10)


async def test_a_warden_whose_record_was_deleted_goes_without(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    warden = psutil.Process(await fill_the_disk(executor, tmp_path))
    shutil.rmtree(tmp_path / "records")
    await executor.aclose()
    await asyncio.to_thread(warden.wait, 10)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
async def test_a_full_disk_under_the_log_is_the_tasks_trouble_only(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    request = attempt_request(tmp_path, "true")
    link(Path(request.log_path), "/dev/full")
    outcome = await executor.wait(await executor.start(request))
    assert isinstance(outcome, Succeeded)


async def test_a_warden_loads_nothing_heavy(tmp_path: Path) -> None:
    """Else it would not start in milliseconds, nor stay small."""
    script = (
        "import sys; sys.path.append(sys.argv[1])\n"
        "import leo_engine.executors.warden\n"
        "print(*(n for n in sys.modules if n.split('.')[0] == 'leo_engine'))\n"
        "print(*({'asyncio', 're', 'enum', 'socket', 'signal', 'pathlib', 'ctypes'}"
        " & set(sys.modules)))"
    )
    sources = str(Path(LocalProcesses.start.__code__.co_filename).parents[2])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", script, sources),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    ours, heavy = printed.decode().split("\n")[:2]
    assert sorted(ours.split()) == [
        "leo_engine",
        "leo_engine.executors",
        "leo_engine.executors.warden",
        "leo_engine.executors.warden_logs",
        "leo_engine.executors.warden_record",
        "leo_engine.executors.warden_start",
    ]
    assert heavy == ""


def read(path: Path) -> str:
    return path.read_text()


def list_folder(path: str) -> list[str]:
    return [entry.name for entry in Path(path).iterdir()]


def link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
