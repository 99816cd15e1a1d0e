"""How fast many processes get short runs done on one folder, and that none is lost.

Run it: `python tests/bench/many_processes.py [--processes 16] [--runs 500]`. Every run
is a `leo-tui --once` of two tasks in a process of its own, forked from one that has
imported leo-tui. The same number of runs, a tenth of them, by one process tells what
the company costs.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from crowd import many_runs
from place import Place


def measured(processes: int, runs: int) -> float:
    """Return runs a second; ends the program when a run is lost, doubled or wrong."""
    with tempfile.TemporaryDirectory(prefix="leo-bench-") as folder:
        place = Place(Path(folder, "place"))
        complaints, took_s = many_runs(place, processes, runs)
        place.clear()
    if complaints:
        sys.exit("\n".join(complaints))
    count = processes * runs
    print(f"{processes:3} x {runs:4}  {count / took_s:7.1f} runs/s  {took_s:7.1f} s")
    return count / took_s


def main() -> None:
    """Measure one process, then all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--runs", type=int, default=500)
    args = parser.parse_args()
    print(f"python {sys.version.split()[0]}, {len(os.sched_getaffinity(0))} cores")
    alone = measured(1, max(1, args.processes * args.runs // 10))
    together = measured(args.processes, args.runs)
    print(
        f"together {together / alone:.2f} times as fast as one; no run lost or doubled"
    )


if __name__ == "__main__":
    main()
