"""What the output pane costs: a log of 5 million lines, and a flood of lines.

    python tests/bench/output_pane.py [--lines 5000000]

Times are read beside those of `wc` and `grep` on the same file in the same run. The
flood is a process that writes 100,000 lines a second while an app shows the end.

Budgets: 2 MB per million lines however long the log is looked at; UI <= 40 % of a core.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import psutil
from textual.app import App, ComposeResult
from textual.pilot import Pilot

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / part) for part in ("engine", "tui", "tests/support")]

from leo_tui.text.line_index import LineIndex  # noqa: E402 -- after the path
from leo_tui.viewmodels.output.log_lines import LogSource  # noqa: E402
from leo_tui.viewmodels.spans import text_of  # noqa: E402
from leo_tui.widgets.log_file import LogFile  # noqa: E402
from leo_tui.widgets.output_pane import OutputPane  # noqa: E402

_AT_A_TIME = 100_000
_FRAME_S = 1 / 30
_FLOOD_S = 10
_FLOOD = """
import sys, time
path, seconds, rate = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
line = b"\\x1b[32m2026-10-01T12:00:00.000\\x1b[0m INFO worker[3] batch %d rows=99 ok\\n"
written, began = 0, time.perf_counter()
with open(path, "ab", 0) as file:
    while (past := time.perf_counter() - began) < seconds:
        due = int(past * rate) - written
        file.write(b"".join(line % n for n in range(written, written + due)))
        written += due
        time.sleep(0.002)
"""


class Host(App[None]):
    """An app of one pane, polled as often as the screen does."""

    def __init__(self) -> None:
        super().__init__()
        self.pane = OutputPane()
        self.polls_ms: list[float] = []

    def compose(self) -> ComposeResult:
        """Make the pane."""
        yield self.pane

    def on_mount(self) -> None:
        """Begin to tick."""
        self.set_interval(_FRAME_S, self._tick)

    def _tick(self) -> None:
        began = time.perf_counter()
        self.pane.poll()
        self.polls_ms.append((time.perf_counter() - began) * 1_000)


def write_log(path: Path, count: int) -> None:
    """Write a log with colours, 85 bytes a line."""
    with path.open("wb") as file:
        for first in range(0, count, _AT_A_TIME):
            numbers = range(first, min(count, first + _AT_A_TIME))
            file.write(
                b"".join(
                    b"\x1b[32m2026-10-01T12:00:%02d.%03d\x1b[0m INFO worker[%d] "
                    b"processed batch %d rows=%d ok\n"
                    % (n // 1000 % 60, n % 1000, n % 16, n, n * 37 % 9999)
                    for n in numbers
                )
            )


def seconds_of(*command: str) -> float:
    """Return how long a command takes."""
    began = time.perf_counter()
    # To /dev/null, grep would stop at the first hit.
    subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - began


def rss_mb() -> float:
    """Return the memory of this process."""
    return float(psutil.Process().memory_info().rss) / 2**20


def index(path: Path) -> None:
    """Print what finding all lines takes, and reading some anywhere."""
    lines = LineIndex(LogFile(path))
    began = time.perf_counter()
    lines.extend(1 << 50)
    spent = time.perf_counter() - began
    counted = seconds_of("wc", "-l", str(path))
    size_mb = lines.chunk_count * 18 / 1e6
    print(
        f"index of {lines.count:,} lines: {spent:.2f} s, {size_mb:.2f} MB; "
        f"{spent / counted:.1f} x wc -l"
    )
    began = time.perf_counter()
    for turn in range(100):
        lines.lines(lines.count * turn // 100, 40)
    print(f"40 lines anywhere: {(time.perf_counter() - began) * 10:.2f} ms")


async def until(pilot: Pilot[None], is_so: Callable[[], object]) -> float:
    """Let the app tick until something is so; return seconds."""
    began = time.perf_counter()
    while not is_so():
        await pilot.pause(_FRAME_S)
    return time.perf_counter() - began


async def search(path: Path) -> None:
    """Print how long a search takes while one scrolls, and the memory of it all."""
    app = Host()
    async with app.run_test(size=(120, 40)) as pilot:
        before_mb, pane = rss_mb(), app.pane
        began = time.perf_counter()
        pane.show(LogSource(path), key="a")
        await pilot.pause()
        print(f"first screenful of it: {(time.perf_counter() - began) * 1e3:.0f} ms")
        for text, is_regex in [("rows=777 ", False), (r"batch \d*99999 ", True)]:
            pane.start_search(text, regex=is_regex)
            app.polls_ms.clear()
            cpu = time.process_time()

            def is_done() -> bool:
                pane.cursor_page_up()
                return "≥" not in text_of(pane.search_status()) and "matches" in (
                    text_of(pane.search_status())
                )

            spent = await until(pilot, is_done)
            flags = ("-cE", text.replace(r"\d", "[0-9]")) if is_regex else ("-c", text)
            grep = seconds_of("grep", *flags, str(path))
            cpu = time.process_time() - cpu
            print(
                f"search for {text!r}: {spent:.1f} s, {cpu:.1f} s CPU of the screen, "
                f"{spent / grep:.1f} x grep, "
                f"longest tick {max(app.polls_ms):.0f} ms"
            )
            pane.clear_search()
        print(
            f"memory for the log, scrolled and searched: {rss_mb() - before_mb:.1f} MB"
        )


def writing(path: Path, rate: int) -> "subprocess.Popen[bytes]":
    """Start to write so many lines a second."""
    command = [sys.executable, "-c", _FLOOD, str(path), str(_FLOOD_S), str(rate)]
    return subprocess.Popen(command)


def has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Return whether a process has ended."""
    return process.poll() is not None


async def flood(folder: Path) -> None:
    """Print what following 100,000 lines a second costs."""
    path = folder / "flood.log"
    path.touch()
    app = Host()
    async with app.run_test(size=(120, 40)) as pilot:
        for name, rate in [("still", 0), ("flood of 100,000 lines/s", 100_000)]:
            app.pane.show(LogSource(path, is_live=True), key="a")
            app.polls_ms.clear()
            before_mb, writer = rss_mb(), writing(path, rate)
            cpu, began = time.process_time(), time.perf_counter()
            await until(pilot, partial(has_ended, writer))
            share = (time.process_time() - cpu) / (time.perf_counter() - began)
            ticks = sorted(app.polls_ms)
            print(
                f"{name}: {share:.1%} of a core, tick p95 "
                f"{ticks[len(ticks) * 95 // 100]:.1f} ms, max {ticks[-1]:.1f} ms, "
                f"memory {rss_mb() - before_mb:+.1f} MB; "
                f"{text_of(app.pane.footer())}"
            )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5_000_000)
    count = parser.parse_args(arguments).lines
    with tempfile.TemporaryDirectory(prefix="leo-output-") as made:
        folder = Path(made)
        path = folder / "large.log"
        write_log(path, count)
        index(path)
        asyncio.run(search(path))
        path.unlink()
        asyncio.run(flood(folder))


if __name__ == "__main__":
    main()
