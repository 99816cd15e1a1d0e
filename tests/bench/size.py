"""What size costs: memory per task, a 100,000-task file, memory during its run.

Run it: `python tests/bench/size.py [--run]`. `--run` runs 100,000 `true` tasks as well
and samples the engine's memory while they go, which takes minutes.
"""

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

LEO = str(Path(sysconfig.get_path("scripts")) / "leo-tui")
LARGE = 100_000


def write(folder: Path, count: int, command: str = "true") -> None:
    """Write a DAG of `count` tasks, two in three with a dependency."""
    folder.mkdir(parents=True)
    tasks = (
        f'[tasks.t{number}]\ncmd = "{command}"\n'
        + (f'depends_on = ["t{number // 2}"]\n' if number % 3 else "")
        for number in range(count)
    )
    (folder / "large.toml").write_text("".join(tasks))


def measured(*arguments: str) -> tuple[float, float]:
    """Return seconds and peak RSS in MB of one command."""
    began = time.perf_counter()
    process = subprocess.Popen([LEO, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{arguments} ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def per_task(base: Path) -> None:
    """Print the peak memory of runs of 1 and of 10,000 tasks, and the difference."""
    for count in (1, 10_000):
        write(base / str(count), count)
    _, empty_mb = measured("-C", str(base / "1"), "--once")
    seconds, full_mb = measured("-C", str(base / "10000"), "--once", "-j", "4")
    per_task_kb = (full_mb - empty_mb) * 1024 / 10_000
    print(f"run of 1 task: {empty_mb:.1f} MB")
    print(f"run of 10,000 tasks: {full_mb:.1f} MB, {seconds:.1f} s")
    print(f"per task: {per_task_kb:.2f} KB")


def large_file(base: Path) -> None:
    """Print how long 100,000 tasks take to validate."""
    write(base / "large", LARGE)
    seconds, peak_mb = measured("-C", str(base / "large"), "validate")
    print(f"validate {LARGE} tasks: {seconds:.2f} s, peak {peak_mb:.0f} MB")


def long_run(base: Path) -> None:
    """Print the engine's memory while 100,000 tasks run."""
    process = subprocess.Popen(
        [LEO, "-C", str(base / "large"), "--once", "-j", "4"], stdout=subprocess.DEVNULL
    )
    began = time.perf_counter()
    samples = []
    while process.poll() is None:
        pages = Path(f"/proc/{process.pid}/statm").read_text().split()[1]
        samples.append(int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20)
        time.sleep(1)
    seconds = time.perf_counter() - began
    tenths = [samples[len(samples) * tenth // 10] for tenth in range(1, 10)]
    print(f"run of {LARGE}: {seconds:.0f} s, {LARGE / seconds:.0f} tasks/s")
    print("RSS by tenths of the run, MB:", *(f"{sample:.0f}" for sample in tenths))


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leo-size-") as made:
        per_task(Path(made))
        large_file(Path(made))
        if arguments.run:
            long_run(Path(made))


if __name__ == "__main__":
    main()
