"""How soon a new engine has adopted what a killed one has left running.

Run it: `python tests/bench/adoption.py [--tasks 100] [--rounds 5]`. An engine with as
many tasks under way is killed; another one is started with `--once`. It has adopted
them when its adoption is in the journal and it watches every task: then one task after
the other is let go, and the run ends with all of them. A plain start of leo-tui, until
the first task of a new run has begun, takes turns with it.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from moments import Leo
from place import Place, wait_until
from stored import newest_epoch

_TASK = """
[tasks.t{number}]
cmd = ". @ledger; begins; read -r line < {gate}; ends 0"
"""
_ONE = '[tasks.one]\ncmd = ". @ledger; begins; ends 0"\n'


def seconds_until(is_so: Callable[[], object], began: float) -> float:
    """Return how long after `began` it was so."""
    if not wait_until(is_so, 60, every_s=0.0005):
        sys.exit("it never came")
    return time.perf_counter() - began


def abandoned(place: Place, tasks: int) -> None:
    """Have an engine killed while all its tasks run; they wait at a gate."""
    gate = place.folder / "gate"
    os.mkfifo(gate)
    texts = (_TASK.format(number=number, gate=gate) for number in range(tasks))
    place.write_dag("".join(texts))
    first = place.start("--once", "-j", str(tasks))
    if not wait_until(lambda: len(place.ledger.read()[0]) == tasks, 60):
        sys.exit(place.last_words())
    first.kill()
    first.wait()


def adoption(folder: Path, tasks: int) -> tuple[float, float]:
    """Return seconds from a start to the adoption of all tasks, and to their end."""
    place = Place(folder)
    abandoned(place, tasks)
    epoch = newest_epoch(place.database)
    began = time.perf_counter()
    heir = place.start("--once", "-j", str(tasks))
    seconds_until(lambda: newest_epoch(place.database) > epoch, began)
    adopted = seconds_until(lambda: watched(heir) >= tasks, began)
    # Whoever reads at the gate finds it closed for good, and ends.
    gate = os.open(place.folder / "gate", os.O_WRONLY)
    os.close(gate)
    if place.end_of(heir) or len(place.ledger.read()[1]) != tasks:
        sys.exit(place.last_words())
    ended = time.perf_counter() - began
    place.clear()
    return adopted, ended


def watched(leo: Leo) -> int:
    """Return how many processes leo-tui waits for: it holds a pidfd of each."""
    count = 0
    for link in Path(f"/proc/{leo.pid}/fd").iterdir():
        try:
            count += "pidfd" in str(link.readlink())
        except OSError:
            continue
    return count


def plain_start(folder: Path) -> float:
    """Return seconds from a start until the first task of a new run has begun."""
    place = Place(folder)
    place.write_dag(_ONE)
    began = time.perf_counter()
    leo = place.start("--once")
    took = seconds_until(lambda: place.ledger.size() > 0, began)
    place.end_of(leo)
    place.clear()
    return took


def main() -> None:
    """Measure both by turns and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    print(f"python {sys.version.split()[0]}, {len(os.sched_getaffinity(0))} cores")
    plain, adopted, ended = [], [], []
    with tempfile.TemporaryDirectory(prefix="leo-bench-") as base:
        for turn in range(args.rounds):
            plain.append(plain_start(Path(base, f"plain-{turn}")))
            one, two = adoption(Path(base, f"adoption-{turn}"), args.tasks)
            adopted.append(one)
            ended.append(two)
    print(f"{'plain start, to its first task':40} {statistics.median(plain):6.3f} s")
    name = f"start, to {args.tasks} adopted tasks"
    print(f"{name:40} {statistics.median(adopted):6.3f} s  worst {max(adopted):.3f} s")
    ratios = [one / two for one, two in zip(adopted, plain, strict=True)]
    print(f"{'adoption / plain start':40} {statistics.median(ratios):6.2f}")
    print(f"{'start, to the end of all of them':40} {statistics.median(ended):6.3f} s")


if __name__ == "__main__":
    main()
