"""How fast no-op tasks go through leo-tui, against what the machine can do at all.

Run it: `python tests/bench/throughput.py [--quick] [--slots 2,8,32] [--rounds 5]`. The
limit (a C `posix_spawn` loop with as many in flight), `make -j` and `ninja` take turns
with leo-tui, so the ratios hold when the machine is noisy; medians are printed.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import shapes  # type: ignore[import-not-found] # found beside this file when it runs

Measured = dict[str, float]
TRUE = shutil.which("true") or "/bin/true"
LEO = str(Path(sysconfig.get_path("scripts")) / "leo-tui")


def timed(command: list[str], folder: Path) -> Measured:
    """Run a command; return wall and CPU seconds of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, errors = process.communicate()
    wall = time.perf_counter() - began
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}: {errors.decode()[-500:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu}


def peak_rss_mb(command: list[str], folder: Path) -> float:
    """Return the peak resident memory of the command's own process, in MB."""
    script = (
        "import os, subprocess, sys\n"
        "p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "_, _, usage = os.wait4(p.pid, 0)\n"
        "print(usage.ru_maxrss / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command],
        cwd=folder,
        capture_output=True,
        check=True,
        text=True,
    )
    return float(done.stdout)


def leo(slots: int) -> list[str]:
    """Return the command. Earlier runs stay: deleting logs slows ext4 for seconds."""
    return [LEO, "-C", "dags", "--once", "-j", str(slots)]


def compile_limit(folder: Path) -> str | None:
    """Compile the C loop; None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    target = folder / "spawn_limit"
    source = Path(__file__).with_name("spawn_limit.c")
    subprocess.run([compiler, "-O2", "-o", target, source], check=True)
    return str(target)


def rounds(
    makers: dict[str, Callable[[], list[str]]], folder: Path, count: int
) -> dict[str, list[Measured]]:
    """Run every command in turn, `count` times after one warm-up."""
    results: dict[str, list[Measured]] = {name: [] for name in makers}
    for turn in range(count + 1):
        for name, make in makers.items():
            measured = timed(make(), folder)
            if turn:
                results[name].append(measured)
    return results


def report(
    shape: str, count: int, slots: int, folder: Path, turns: int
) -> dict[str, object]:
    """Measure one shape and print its table."""
    results = rounds(competitors(shape, count, slots, folder), folder, turns)
    rss = peak_rss_mb(leo(slots), folder)
    print(f"\n{shape} {count}, {slots} slots")
    print_table(results, count)
    print(f"peak RSS of leo-tui: {rss:.1f} MB")
    if shape == "chain" and "limit (C)" in results:
        hop = statistics.median(
            (one["wall"] - two["wall"]) / count * 1e3
            for one, two in zip(results["leo-tui"], results["limit (C)"], strict=True)
        )
        print(f"per hop over the bare spawn: {hop:.3f} ms")
    return {"shape": shape, "count": count, "slots": slots, "rss_mb": rss} | {
        name: statistics.median(one["wall"] for one in measured)
        for name, measured in results.items()
    }


def competitors(
    shape: str, count: int, slots: int, folder: Path
) -> dict[str, Callable[[], list[str]]]:
    """Return {name: maker of its command}: leo-tui and what it is compared with."""
    limit = compile_limit(folder)
    makers: dict[str, Callable[[], list[str]]] = {"leo-tui": lambda: leo(slots)}
    if limit and shape in ("wide", "chain"):
        at_once = "1" if shape == "chain" else str(slots)
        makers["limit (C)"] = lambda: [limit, str(count), at_once, TRUE]
    if shutil.which("make"):
        makers["make"] = lambda: ["make", "-s", f"-j{slots}"]
    if shutil.which("ninja"):
        makers["ninja"] = lambda: ["ninja", "--quiet", f"-j{slots}"]
    return makers


def print_table(results: dict[str, list[Measured]], count: int) -> None:
    """Print medians, a line for each command."""
    ours = [one["wall"] for one in results["leo-tui"]]
    line = f"{'':10} {'wall s':>8} {'tasks/s':>8} {'cpu us/task':>12} {'leo/this':>9}"
    print(line)
    for name, measured in results.items():
        wall = statistics.median(one["wall"] for one in measured)
        cpu = statistics.median(one["cpu"] for one in measured)
        pairs = zip(ours, (one["wall"] for one in measured), strict=True)
        ratio = statistics.median(our / their for our, their in pairs)
        cpu_us = cpu / count * 1e6
        print(f"{name:10} {wall:8.3f} {count / wall:8.0f} {cpu_us:12.0f} {ratio:9.2f}")


def main() -> None:
    """Measure every shape and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the tasks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slots", default="2,8,32")
    parser.add_argument(
        "--only", default="", help="one shape: wide, chain, layered, one"
    )
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    version, python = sys.version.split()[0], Path(sys.executable).resolve()
    print(f"python {version} ({python}), {len(os.sched_getaffinity(0))} cores")
    # An installed package is compiled once; without this, at each start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    cases = [
        ("one", 1),
        ("wide", 1000),
        ("layered", 1000),
        ("chain", 1000),
        ("wide", 10000),
    ]
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="leo-bench-") as base:
        for shape, full in cases:
            if args.only and args.only != shape:
                continue
            count = max(1, full // 10) if args.quick else full
            folder = Path(base, f"{shape}-{count}")
            edges = shapes.upstream("wide" if shape == "one" else shape, count)
            shapes.write_all(folder, edges, "true")
            outcomes += [
                report(shape, count, int(slots), folder, args.rounds)
                for slots in args.slots.split(",")
            ]
    if args.json:
        print(json.dumps(outcomes, indent=1))


if __name__ == "__main__":
    main()
