"""A runaway task's oldest output is given back; the end stays, and the log says so."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from leo_engine.app.logs import GrowingLog, read_lines, tail_lines
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.scheduler.results import last_line
from leo_engine.scheduler.scrub import scrub_file
from leo_engine.state.outcome import Succeeded
from leo_engine.testing.attempt_requests import attempt_request
from leo_engine.testing.other_engine import OtherEngine, kill_survivors, wait_until

LIMIT_BYTES = 1_000_000
MUCH_BYTES = 60_000_000
MARK = re.compile(
    r"\[leo-tui: (\d+) bytes of older output were given back: log_max\] *\n"
)
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory


@pytest.fixture(params=["disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    if request.param == "disk":
        yield tmp_path
        return
    if not SHARED_MEMORY.is_dir():
        pytest.skip("no file system in memory here")
    place = Path(tempfile.mkdtemp(dir=SHARED_MEMORY))
    yield place
    kill_survivors(place)
    shutil.rmtree(place)


@pytest.fixture
async def executor(folder: Path) -> AsyncIterator[LocalProcesses]:
    found = LocalProcesses(
        record_folder=folder / "records", base_env={"PATH": "/usr/bin:/bin"}
    )
    yield found
    await found.aclose()


async def run(executor: LocalProcesses, folder: Path, script: str) -> Path:
    """Run a script under the limit to its end, and return its log."""
    request = attempt_request(folder, script, log_max_bytes=LIMIT_BYTES)
    outcome = await executor.wait(await executor.start(request))
    assert isinstance(outcome, Succeeded)
    return Path(request.log_path)


def taken_bytes(path: Path) -> int:
    return path.stat().st_blocks * 512


async def test_the_end_stays_and_begins_with_how_much_is_missing(
    executor: LocalProcesses, folder: Path
) -> None:
    log = await run(executor, folder, "seq 1 2000000; echo the end")
    assert taken_bytes(log) <= LIMIT_BYTES
    content = log.read_bytes().lstrip(b"\0").decode()
    mark = MARK.match(content)
    assert mark is not None
    *numbers, last = content[mark.end() :].splitlines()
    assert last == "the end"
    first = int(numbers[0])
    assert list(map(int, numbers)) == list(range(first, 2_000_001))
    missing = "".join(f"{number}\n" for number in range(1, first))
    assert int(mark[1]) == len(missing)
    assert len(content) >= LIMIT_BYTES // 2


async def test_every_way_to_read_it_shows_the_mark_and_no_hole(
    executor: LocalProcesses, folder: Path
) -> None:
    log = await run(executor, folder, "seq 1 2000000; echo the end")
    first, *rest = read_lines(log, ())
    assert MARK.fullmatch(first)
    assert rest[-1] == "the end\n"
    assert not any("\0" in line for line in rest)
    assert GrowingLog(log, ()).read(is_over=True) == [first, *rest]
    assert tail_lines(log, 2, ()) == ("2000000", "the end")
    assert last_line(str(log)) == "the end"


async def test_a_task_that_never_stops_writing_takes_a_bounded_room(
    executor: LocalProcesses, folder: Path
) -> None:
    request = attempt_request(folder, ("yes", "and so on"), log_max_bytes=LIMIT_BYTES)
    handle = await executor.start(request)
    log = Path(request.log_path)
    for size_bytes in (MUCH_BYTES, 2 * MUCH_BYTES, 3 * MUCH_BYTES):
        await asyncio.to_thread(
            wait_until,
            lambda: log.stat().st_size > size_bytes,  # noqa: B023
        )
        await asyncio.to_thread(wait_until, lambda: taken_bytes(log) < MUCH_BYTES)
    await executor.stop(handle, 0)
    await executor.wait(handle)
    assert taken_bytes(log) <= LIMIT_BYTES
    assert MARK.fullmatch(next(read_lines(log, ())))


async def test_stdout_that_is_kept_apart_is_limited_too(
    executor: LocalProcesses, folder: Path
) -> None:
    request = attempt_request(
        folder, "seq 1 2000000; seq 1 2000000 >&2", log_max_bytes=LIMIT_BYTES
    )
    stdout = folder / "logs" / "task" / "1.stdout"
    request = msgspec.structs.replace(request, stdout_path=str(stdout))
    await executor.wait(await executor.start(request))
    assert taken_bytes(stdout) <= LIMIT_BYTES
    assert taken_bytes(Path(request.log_path)) <= LIMIT_BYTES
    assert last_line(str(stdout)) == "2000000"


async def test_a_log_is_followed_while_its_beginning_is_given_back(
    executor: LocalProcesses, folder: Path
) -> None:
    request = attempt_request(
        folder, "seq 1000000000 1002000000", log_max_bytes=LIMIT_BYTES
    )
    lines: list[str] = []
    is_over = threading.Event()

    def follow() -> None:
        growing = GrowingLog(Path(request.log_path), ())
        while not is_over.is_set():
            lines.extend(growing.read(is_over=False))
        while more := growing.read(is_over=True):
            lines.extend(more)

    following = asyncio.ensure_future(asyncio.to_thread(follow))
    await executor.wait(await executor.start(request))
    is_over.set()
    await following
    numbers = [int(line) for line in lines if line[0] == "1" and len(line) == 11]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 1_002_000_000
    assert not any("\0" in line for line in lines)


async def test_a_secret_in_what_is_kept_is_overwritten(
    executor: LocalProcesses, folder: Path
) -> None:
    log = await run(executor, folder, "seq 1 2000000; echo s3cr3t; echo the end")
    before = taken_bytes(log)
    assert scrub_file(str(log), ["s3cr3t"]) == 1
    assert tail_lines(log, 2, ()) == ("******", "the end")
    assert taken_bytes(log) == before


async def test_the_rest_of_a_secret_that_was_cut_is_not_kept(
    executor: LocalProcesses, folder: Path
) -> None:
    secret = "s3cr3t-" * 200
    log = await run(executor, folder, f"yes {secret} | head -c 30000000; echo; seq 3")
    scrub_file(str(log), [secret])
    kept = log.read_bytes().lstrip(b"\0")
    # What is left is the piece at which `head` has cut the last one.
    assert kept.count(b"s3cr3t") < 200


async def test_a_log_within_the_limit_is_let_be(
    executor: LocalProcesses, folder: Path
) -> None:
    log = await run(executor, folder, "seq 1 100000")
    assert log.read_text() == "".join(f"{number}\n" for number in range(1, 100_001))


async def test_a_log_that_its_task_empties_is_limited_afresh(
    executor: LocalProcesses, folder: Path
) -> None:
    log = await run(
        executor, folder, "seq 1 3000000; : > logs/task/1.log; seq 1 3000000"
    )
    first, *_, last = read_lines(log, ())
    assert MARK.fullmatch(first)
    assert last == "3000000\n"
    assert taken_bytes(log) <= LIMIT_BYTES


def test_it_goes_on_when_the_engine_is_dead(folder: Path) -> None:
    engine = OtherEngine(folder, "exec yes and so on", log_max_bytes=LIMIT_BYTES)
    engine.kill()
    log = folder / "logs" / "task" / "1.log"
    size_bytes = log.stat().st_size
    wait_until(lambda: log.stat().st_size > size_bytes + 2 * MUCH_BYTES)
    wait_until(lambda: taken_bytes(log) < MUCH_BYTES)
    os.killpg(ProcessHandle.parse(engine.handles[0]).pid, signal.SIGKILL)
    wait_until(lambda: taken_bytes(log) <= LIMIT_BYTES)


def test_where_nothing_can_be_given_back_the_log_says_so_once(tmp_path: Path) -> None:
    place = tmp_path / "ramfs"
    place.mkdir()
    mount = ["mount", "-t", "ramfs", "ramfs", str(place)]
    unmount = ["umount", str(place)]
    mounted = subprocess.run(mount, check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("not allowed to mount a file system without holes")
    try:
        asyncio.run(write_too_much(place))
        log = (place / "logs" / "task" / "1.log").read_text().splitlines()
    finally:
        subprocess.run(unmount, check=True)
    complaint = (
        "[leo-tui: log_max is exceeded: this file system cannot give output back "
        "(Operation not supported)]"
    )
    assert log.count(complaint) == 1
    log.remove(complaint)
    assert list(map(int, log)) == list(range(1, 3_000_001))


async def write_too_much(place: Path) -> None:
    executor = LocalProcesses(
        record_folder=place / "records", base_env={"PATH": "/usr/bin:/bin"}
    )
    await run(executor, place, "seq 1 3000000")
    await executor.aclose()
