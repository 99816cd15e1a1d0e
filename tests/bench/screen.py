"""What leo-tui's screen costs on a real pseudo-terminal, beside the least Textual app.

Run it: `python tests/bench/screen.py [--quick] [--tasks 10000] [--seconds 10]`. Each
figure stands beside its budget and, where there is one, what a bare Textual app took in
the same run: on a slow or busy machine read the ratio.
"""

import argparse
import collections
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from hostile import write_folder  # noqa: E402 -- found beside this file when it runs
from leo_screen import command_of, environ_of  # noqa: E402
from loop_watch import lateness_ms  # noqa: E402
from place import Place, wait_until  # noqa: E402
from pseudo_terminal import PseudoTerminal  # noqa: E402
from screen_shown import ScreenShown  # noqa: E402
from terminal_bytes import Size, foreign  # noqa: E402

SIZE: Size = (120, 40)
LINES_A_SECOND = 100_000
FLOOD = f"""
import pathlib, sys, time
load, count = pathlib.Path(sys.argv[1]), 0
print("ready", flush=True)
while not load.with_name("stop").exists():
    time.sleep(0.01)
    if load.exists():
        lines = range(count, count + {LINES_A_SECOND} // 100)
        count += len(lines)
        print("\\n".join(f"2026-01-01 INFO batch {{n}} rows=10000 lag=0.8s of what "
                         f"came in, all of it taken" for n in lines), flush=True)
"""


class Figure(NamedTuple):
    """One line of the table."""

    name: str
    measured: float
    unit: str
    budget: float
    bare: float | None = None


def table(figures: list[Figure]) -> None:
    """Print the figures."""
    print(f"{'':44} {'measured':>10} {'budget':>8} {'bare':>8} {'ratio':>6}")
    for one in figures:
        bare = "" if one.bare is None else f"{one.bare:8.2f}"
        ratio = f"{one.measured / one.bare:6.1f}" if one.bare else ""
        name = f"{one.name}, {one.unit}"
        print(f"{name:44} {one.measured:10.2f} {one.budget:8.2f} {bare:>8} {ratio:>6}")


class Bench:
    """A DAG folder and the screens opened on it."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.place = Place(folder)
        self.notes = folder / "notes"
        self.notes.mkdir()
        self.seconds = seconds

    def write_dag(self, tasks: int) -> None:
        """Write a DAG: one task that floods, and those that wait for it, in groups."""
        script = self.place.folder / "flood.py"
        script.write_text(FLOOD)
        flood = f"exec {sys.executable} {script} {self.notes / 'load'}"
        parts = [f'name = "bench"\n[tasks.flood]\ncmd = "{flood}"\n']
        parts += [
            f'[tasks."g{n // 50}.t{n}"]\ncmd = "true"\ndepends_on = ["flood"]\n'
            for n in range(tasks - 1)
        ]
        self.place.write_dag("".join(parts), "bench")

    @contextmanager
    def screen(self, *command: str) -> Iterator[PseudoTerminal]:
        """Put a program on a terminal."""
        terminal = PseudoTerminal(
            command, folder=self.place.folder, size=SIZE, environ=environ_of(self.place)
        )
        try:
            yield terminal
        except BaseException:
            # What it started would go on without it.
            terminal.close()
            self.place.clear()
            raise
        terminal.close()

    def leo(self) -> list[str]:
        """Return leo-tui's command as it is."""
        return command_of(self.place)

    def loaded(self) -> list[str]:
        """Return the command of a screen that can be put under load."""
        driver = [sys.executable, str(HERE / "loaded_screen.py"), str(self.notes)]
        return [*driver, *command_of(self.place)[3:]]


def bare(*arguments: str) -> list[str]:
    """Return the command of the least Textual app."""
    return [sys.executable, str(HERE / "bare_screen.py"), *arguments]


def first_frame_s(bench: Bench, command: list[str], wanted: bytes) -> float:
    """Return the median time from a program's start to its first frame."""
    times = []
    for _ in range(6):
        with bench.screen(*command) as terminal:
            terminal.wait_until(lambda: wanted in terminal.written(), repr(wanted))
            end = terminal.written().find(wanted)
            when = next(at for at, count in terminal.arrivals if count > end)
            times.append(when - terminal.began)
    return statistics.median(times[1:])


class Cpu:
    """What a process's main thread takes, which is the screen's; or all its threads."""

    def __init__(self, pid: int, *, whole: bool = False) -> None:
        self._process = psutil.Process(pid)
        self._whole = whole
        self._began = time.perf_counter()
        self._before = self._taken()

    def _taken(self) -> float:
        return sum(
            thread.user_time + thread.system_time
            for thread in self._process.threads()
            if self._whole or thread.id == self._process.pid
        )

    def percent(self) -> float:
        """Return the share of a core since the beginning."""
        taken = self._taken() - self._before
        return 100 * taken / (time.perf_counter() - self._began)


def let_pass(seconds: float, terminal: PseudoTerminal) -> None:
    """Measure for a while, which ends early if the program does."""
    if wait_until(lambda: terminal.process.poll() is not None, seconds, every_s=0.05):
        sys.exit(f"it has ended:\n{terminal.text()}")


def idle_percent(terminal: PseudoTerminal, seconds: float) -> float:
    """Return what a screen takes that nothing happens on, once it has come to rest."""
    let_pass(3, terminal)
    cpu = Cpu(terminal.process.pid, whole=True)
    let_pass(seconds, terminal)
    return cpu.percent()


def press_in_turn(
    terminal: PseudoTerminal, keys: str, seconds: float
) -> list[tuple[float, int]]:
    """Press keys at odd intervals; return when, and how much had been written."""
    chance = random.Random(1)
    pressed = []
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        let_pass(chance.uniform(0.15, 0.25), terminal)
        pressed.append((time.perf_counter(), len(terminal.written())))
        terminal.press(keys[(len(pressed) - 1) % len(keys)])
    let_pass(0.5, terminal)
    return pressed


def shown_after_ms(
    terminal: PseudoTerminal,
    pressed: list[tuple[float, int]],
    look: Callable[[ScreenShown], object],
) -> list[float]:
    """Return after how long each key changed what `look` sees, oldest first.

    A key whose effect was not seen before that of the next one is left out.
    """
    written, screen, at, found = terminal.written(), ScreenShown(SIZE), 0, []
    waiting = collections.deque(when for when, _ in pressed)
    seen: object = None
    for when, count in terminal.arrivals:
        screen.see(written[at:count])
        at = count
        now = look(screen)
        if now == seen or when < pressed[0][0]:
            seen = now
            continue
        seen = now
        while len(waiting) > 1 and waiting[1] < when:
            waiting.popleft()
        if waiting and waiting[0] < when:
            found.append((when - waiting.popleft()) * 1e3)
    return found


def p95(values: list[float]) -> float:
    """Return the 95th percentile."""
    return sorted(values)[int(len(values) * 0.95)]


def cursor_row(screen: ScreenShown) -> int:
    """Return the row of the task list that stands out by its background."""
    grounds = screen.backgrounds(column=SIZE[0] // 4)[1:-4]
    counts = collections.Counter(grounds)
    rarest = min(counts, key=lambda ground: counts[ground])
    return grounds.index(rarest)


def bare_keys_ms(bench: Bench, seconds: float) -> float:
    """Return the 95th percentile of key to screen for the bare app, busy as well."""
    with bench.screen(*bare("tick")) as terminal:
        terminal.wait_for("bare screen")
        pressed = press_in_turn(terminal, "j", seconds)
        return p95(shown_after_ms(terminal, pressed, lambda s: s.text().split("\n")[1]))


def start_flood(bench: Bench, terminal: PseudoTerminal) -> None:
    """Open the DAG, start it, follow what its first task writes."""
    terminal.wait_for("bench.toml")
    terminal.press("s")
    terminal.wait_for("ready")
    # A cursor that was moved does not follow what starts.
    terminal.press("j", "g")
    terminal.wait_for("ready")
    (bench.notes / "load").touch()
    terminal.wait_for("INFO batch")


def under_flood(bench: Bench, bare_ms: float) -> list[Figure]:
    """Measure a screen with everything going on at once."""
    with bench.screen(*bench.loaded()) as terminal:
        start_flood(bench, terminal)
        let_pass(2, terminal)
        pid = terminal.process.pid
        before_mb = psutil.Process(pid).memory_info().rss / 1e6
        looks = len(lateness_ms(bench.notes / "engine"))
        cpu = Cpu(pid)
        pressed = press_in_turn(terminal, "jk", bench.seconds)
        percent = cpu.percent()
        late = p95(lateness_ms(bench.notes / "engine")[looks:])
        after_mb = psutil.Process(pid).memory_info().rss / 1e6
        keys_ms = shown_after_ms(terminal, pressed, cursor_row)
        middle = statistics.median(keys_ms)
        print(f"keys seen: {len(keys_ms)} of {len(pressed)}, median {middle:.0f} ms")
        millions = bench.seconds * LINES_A_SECOND / 1e6
        figures = [
            Figure("flood: key to screen p95", p95(keys_ms), "ms", 80, bare_ms),
            Figure("flood: the screen's thread", percent, "% of a core", 40),
            Figure("flood: engine late p95", late, "ms", 15),
            Figure(
                "flood: memory per million lines",
                (after_mb - before_mb) / millions,
                "MB",
                2,
            ),
        ]
        return [*figures, *stalled(bench, terminal)]


def stalled(bench: Bench, terminal: PseudoTerminal) -> list[Figure]:
    """Measure the same screen while its terminal takes nothing."""
    looks = {name: len(lateness_ms(bench.notes / name)) for name in ("engine", "ui")}
    terminal.stop_reading()
    let_pass(6, terminal)
    late = {
        name: max(lateness_ms(bench.notes / name)[count:])
        for name, count in looks.items()
    }
    terminal.go_on()
    (bench.notes / "load").unlink()
    return [
        Figure("stalled 6 s: engine late at most", late["engine"], "ms", 200),
        Figure("stalled 6 s: the screen late at most", late["ui"], "ms", 250),
    ]


def at_rest(bench: Bench) -> list[Figure]:
    """Measure how soon the tasks are there, and what it takes to show them."""
    with bench.screen(*bench.loaded()) as terminal:
        terminal.wait_for("bench.toml")
        terminal.wait_until((bench.notes / "shown").exists, "tasks", 60)
        shown = json.loads((bench.notes / "shown").read_text())
    with bench.screen(*bench.leo()) as terminal:
        # The one before is watched by two threads, which never let it rest.
        terminal.wait_for("bench.toml")
        leo = idle_percent(terminal, bench.seconds)
    with bench.screen(*bare()) as terminal:
        least = idle_percent(terminal, bench.seconds)
    name = f"{shown['tasks']} tasks shown after load"
    return [
        Figure(name, shown["took_ms"], "ms", 50),
        Figure("idle", leo, "% of a core", 1.5, least),
    ]


def hostile_count(folder: Path) -> Figure:
    """Count the sequences that are none of Textual's, of a folder that means harm."""
    bench = Bench(folder, 0)
    write_folder(bench.place.dags)
    bench.place.leo("-C", str(bench.place.dags), "--once", "hostile")
    with bench.screen(*bench.leo()) as terminal:
        terminal.wait_for("broken.toml")
        terminal.press("j")
        terminal.wait_for("exit 2")
        terminal.press("!", "4", "g", "z", "w")
        let_pass(2, terminal)
        count = len(foreign(terminal.written(), SIZE))
    bench.place.clear()
    return Figure("hostile: sequences not Textual's own", count, "", 0)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    scale = 10 if args.quick else 1
    with tempfile.TemporaryDirectory(prefix="leo-bench-") as folder:
        bench = Bench(Path(folder, "flood"), max(3, args.seconds / scale))
        bench.write_dag(args.tasks // scale)
        least = first_frame_s(bench, bare(), b"bare screen")
        first = first_frame_s(bench, bench.leo(), b"bench.toml")
        figures = [Figure("first frame", first, "s", 0.6, least)]
        figures += at_rest(bench)
        figures += under_flood(bench, bare_keys_ms(bench, bench.seconds))
        (bench.notes / "stop").touch()
        bench.place.clear()
        figures.append(hostile_count(Path(folder, "hostile")))
    table(figures)


if __name__ == "__main__":
    main()
