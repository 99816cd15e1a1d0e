"""Several processes that run leo-tui on one place, all beginning at the same moment."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from ledger import Ended
from place import Place, wait_until

_FORKING = str(Path(__file__).with_name("forking.py"))

Command = Sequence[str]
"""The arguments of one call of `leo-tui`."""


class Crowd:
    """One process for each list of commands, which it runs one after the other."""

    def __init__(self, place: Place, each: Sequence[Sequence[Command]]) -> None:
        self._files = [place.folder / f"codes-{number}" for number in range(len(each))]
        for file in self._files:
            file.unlink(missing_ok=True)
        gun, trigger = os.pipe()
        self._running = [
            place.start_python(
                *(_FORKING, str(gun), str(file), json.dumps(commands)), keep=[gun]
            )
            for file, commands in zip(self._files, each, strict=True)
        ]
        os.close(gun)
        ready = [Path(f"{file}.ready") for file in self._files]
        assert wait_until(lambda: all(one.exists() for one in ready), 60)
        self.began = time.perf_counter()
        os.close(trigger)
        for one in ready:
            one.unlink()

    def codes(self, patience_s: float) -> list[list[int]]:
        """Return the exit codes of every process's commands, once all have ended."""
        for process in self._running:
            assert process.wait(patience_s) == 0
        return [list(map(int, file.read_text().split())) for file in self._files]


WORK = """
max_active_runs = {processes}

[params]
n = 0

[tasks.first]
cmd = ". @ledger; begins; ends 0"

[tasks.second]
depends_on = ["first"]
cmd = ". @ledger; begins; ends $((LEO_PARAM_N % 5 == 4))"
"""
"""Two tasks; one run in five fails."""


def many_runs(place: Place, processes: int, runs: int) -> tuple[list[str], float]:
    """Have so many processes do so many runs each; return complaints and seconds."""
    place.write_dag(WORK.format(processes=processes))
    numbers = [range(one * runs, (one + 1) * runs) for one in range(processes)]
    crowd = Crowd(
        place,
        [[["--once", "work", "-p", f"n={n}"] for n in mine] for mine in numbers],
    )
    codes = crowd.codes(patience_s=3600)
    took_s = time.perf_counter() - crowd.began
    wanted = [[int(n % 5 == 4) for n in mine] for mine in numbers]
    complaints = [
        f"process {one} had exit codes {got}, not {expected}"
        for one, (got, expected) in enumerate(zip(codes, wanted, strict=True))
        if got != expected
    ]
    complaints += wrong_runs(place, processes * runs)
    if complaints:
        complaints.append(place.last_words())
    return complaints, took_s


def wrong_runs(place: Place, count: int) -> list[str]:
    """Compare what is stored, and what tasks wrote down, with `count` runs of WORK."""
    stored = place.stored()
    _, ended = place.ledger.read()
    by_run: dict[str, list[Ended]] = {}
    for one in ended:
        by_run.setdefault(one.attempt.run_id, []).append(one)
    complaints = []
    seen = sorted(run.params["n"] for run in stored.runs)
    if seen != list(range(count)):
        complaints.append(f"there are {len(seen)} runs, of n = {seen}")
    for run in stored.runs:
        status = int(run.params["n"] % 5 == 4)
        ends = [(one.attempt.task, one.status) for one in by_run.get(run.run_id, [])]
        if ends != [("first", 0), ("second", status)]:
            complaints.append(f"run {run.run_id} did {ends}")
        if run.status != ("failed" if status else "succeeded"):
            complaints.append(f"run {run.run_id} is recorded as {run.status}")
    return complaints
