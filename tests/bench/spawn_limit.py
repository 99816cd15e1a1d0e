"""How near the executor of processes comes to what the machine can spawn.

    python tests/bench/spawn_limit.py [COUNT] [--flight 1 2 8] [--rounds 3]

For each number in flight, in turn and on the same kind of files: a loop in C (the
limit), the executor through its warden, and what the warden replaced: processes started
by the engine's own loop, each under a shell that records its exit status. The best of
the rounds is printed, for other load on the machine can only slow one down. Logs are
kept until the end: deleting them slows the creation of others for seconds on ext4.
"""

import argparse
import asyncio
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import psutil

from leo_engine.executors.local_process import LocalProcesses
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.testing.attempt_requests import attempt_request

_SOURCE = Path(__file__).with_suffix(".c")
_RECORDING_SHELL = '"$@"; code=$?; echo "$code" > "$0"; exit "$code"'


class Figure(NamedTuple):
    """One measurement."""

    per_second: float
    own_us: float
    """CPU of whoever asks for processes, for each."""
    warden_us: float = 0.0
    warden_rss_bytes: int = 0
    start_up_ms: float = 0.0


def build(folder: Path) -> Path | None:
    """Compile the limit; None when there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    program = folder / "spawn_limit"
    subprocess.run([compiler, "-O2", "-o", program, _SOURCE], check=True)
    return program


def limit(program: Path, count: int, flight: int, folder: Path) -> Figure:
    """Measure the loop in C."""
    folder.mkdir()
    done = subprocess.run(
        [
            program,
            "-l",
            folder,
            str(count),
            str(flight),
            shutil.which("true") or "true",
        ],
        check=True,
        stdout=subprocess.PIPE,
    )
    per_second, own_us, _ = map(float, done.stdout.split())
    return Figure(per_second, own_us)


async def through_warden(count: int, flight: int, folder: Path) -> Figure:
    """Measure the executor."""
    before = time.perf_counter()
    executor = LocalProcesses(record_folder=folder / "records", base_env=os.environ)
    await executor.prepare()
    start_up_ms = (time.perf_counter() - before) * 1000
    wardens: dict[int, psutil.Process] = {}

    async def one(number: int) -> None:
        request = attempt_request(folder, "true", task=f"t{number}")
        handle = await executor.start(request)
        pid, _ = ProcessHandle.parse(handle).warden
        if pid not in wardens:
            wardens[pid] = psutil.Process(pid)
        await executor.wait(handle)

    figure = await measure(one, count, flight)
    warden_s = sum(sum(warden.cpu_times()[:2]) for warden in wardens.values())
    memory = sum(warden.memory_info().rss for warden in wardens.values())
    await executor.aclose()
    return figure._replace(
        warden_us=warden_s / count * 1e6,
        warden_rss_bytes=memory,
        start_up_ms=start_up_ms,
    )


async def through_shells(count: int, flight: int, folder: Path) -> Figure:
    """Measure asyncio's own processes, each under a shell that records its end."""
    await asyncio.to_thread(folder.mkdir)

    async def one(number: int) -> None:
        with (folder / f"{number}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", _RECORDING_SHELL, folder / f"{number}.exit", "true"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await process.wait()

    return await measure(one, count, flight)


async def measure(
    one: Callable[[int], Awaitable[None]], count: int, flight: int
) -> Figure:
    """Run `one` for `count` numbers, `flight` at a time."""
    numbers = iter(range(count))

    async def slot() -> None:
        for number in numbers:
            await one(number)

    cpu_s, before = time.process_time(), time.perf_counter()
    await asyncio.gather(*(slot() for _ in range(flight)))
    seconds = time.perf_counter() - before
    return Figure(count / seconds, (time.process_time() - cpu_s) / count * 1e6)


def best(measured: list[Figure]) -> Figure:
    """Return the one that was disturbed the least."""
    return max(measured, key=lambda figure: figure.per_second)


def compare(program: Path, count: int, flight: int, rounds: int, place: Path) -> None:
    """Print one block of the table."""
    folders = (place / f"{flight}-{number}" for number in itertools.count())
    limits: list[Figure] = []
    wardens: list[Figure] = []
    shells: list[Figure] = []
    for _ in range(rounds):
        limits.append(limit(program, count, flight, next(folders)))
        wardens.append(asyncio.run(through_warden(count, flight, next(folders))))
        shells.append(asyncio.run(through_shells(count, flight, next(folders))))
    ceiling = best(limits).per_second
    for name, measured in (("C", limits), ("warden", wardens), ("shells", shells)):
        figure = best(measured)
        print(
            f"{flight:6} {name:>7} {figure.per_second:8.0f} "
            f"{figure.per_second / ceiling:6.2f} {figure.own_us:7.0f} "
            f"{figure.warden_us:9.0f} {figure.warden_rss_bytes / 2**20:7.1f} "
            f"{figure.start_up_ms:9.1f}"
        )


def main() -> None:
    """Read the options and print the table."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("count", type=int, nargs="?", default=3_000)
    options.add_argument("--flight", type=int, nargs="+", default=[1, 2, 8])
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        program = build(Path(place))
        if program is None:
            sys.exit("no C compiler (cc): there is no limit to compare with")
        print("flight     way    per s  ratio  own us warden us  RSS MB start ms")
        for flight in chosen.flight:
            compare(program, chosen.count, flight, chosen.rounds, Path(place))


if __name__ == "__main__":
    main()
