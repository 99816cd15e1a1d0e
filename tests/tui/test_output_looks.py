"""How the output pane looks, in every size."""

from pathlib import Path

import pytest

from hostile import OUTPUT
from leo_tui.text.arrivals import Arrivals
from leo_tui.theme import Glyphs, Style, ThemeName
from leo_tui.viewmodels.output.log_lines import LogSource
from leo_tui.viewmodels.spans import Span, line, text_of
from output_host import hosted, pane_of, until
from snapshots import SIZES, Snapshot

FAILED = b"""\
12:02:11.004 \x1b[32mINFO\x1b[0m  connecting to db-orders:5432
12:02:11.310 \x1b[32mINFO\x1b[0m  cursor opened, chunk=10000
12:02:14.902 \x1b[32mINFO\x1b[0m  chunk 1 rows=10000
12:02:18.077 \x1b[32mINFO\x1b[0m  chunk 2 rows=10000
12:02:21.551 \x1b[33mWARN\x1b[0m  slow chunk 3.4s
12:02:22.873 \x1b[1;31mERROR\x1b[0m server closed connection
Traceback (most recent call last):
  File "pull.py", line 88, in <module>
    main(sys.argv[1:])
  File "pull.py", line 61, in main
    for row in cur.fetchmany(CHUNK):
psycopg.OperationalError: consuming input
  failed: server closed the connection unexpectedly. This probably means that the \
server terminated abnormally before or while processing the request.
"""
HEAD = line(
    Span("pull_orders \N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}3/3", Style.BOLD),
    Span("\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}  ", Style.BOLD),
    Span("✗ exit 2", Style.BAD),
    "  12.0s  pid 4312",
)
CLOSING = line(Span("╌╌ exit 2 · attempt 3/3 · no attempts left ╌╌", Style.DIM))


def stream(count: int) -> bytes:
    kinds = [
        "INFO  batch {n} rows=10000 lag=0.8s",
        "WARN  offset gap topic=events part=7",
        "INFO  batch {n} rows=9991 lag=0.9s",
        "ERROR decode failed key=0x9f part=7 offset=88213991",
        "INFO  sent to dead-letter (total 4)",
    ]
    texts = (kinds[n % len(kinds)].format(n=n) for n in range(count))
    lines = (f"12:04:30.{n % 1000:03} {text}\n" for n, text in enumerate(texts))
    return "".join(lines).encode()


def log(folder: Path, text: bytes) -> Path:
    path = folder / "a.log"
    path.write_bytes(text)
    return path


async def test_a_failed_attempt(tmp_path: Path, snapshot: Snapshot) -> None:
    source = LogSource(log(tmp_path, FAILED))
    async with hosted(SIZES[0]) as pilot:
        pane = pane_of(pilot)
        pane.toggle_wrap()
        command = line(Span("$ python pull.py --table orders", Style.DIM))
        pane.show(source, key="a", head=HEAD, command=command, closing=CLOSING)
        pane.toggle_wrap()
        pane.error_first()
        await snapshot(pilot, "failed", SIZES)


async def test_zoomed_with_a_search_while_lines_come(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    source = LogSource(log(tmp_path, stream(2000)), is_live=True)
    async with hosted(SIZES[0]) as pilot:
        pane = pane_of(pilot)
        pane.is_zoomed = True
        pane.show(source, key="a")
        for _ in range(5):
            pane.cursor_page_up()
        pane.start_search("decode|gap", regex=True)
        await until(pilot, lambda: "of 800" in text_of(pane.search_status()))
        await until(pilot, lambda: pane.hits_in("gap") == [(0, 3)])
        pane.poll()
        await snapshot(pilot, "search", SIZES)
        await until(pilot, lambda: not pane.toggle_filter())
        await snapshot(pilot, "filtered")


async def test_merged_with_times(tmp_path: Path, snapshot: Snapshot) -> None:
    paths = [tmp_path / "a.log", tmp_path / "b.log"]
    for path in paths:
        path.write_bytes(b"begun\n\x1b[36mgoing on\x1b[0m\ndone\n")
    labels = ("pull_orders", "transform_everything")
    sources = [
        LogSource(path, arrivals=Arrivals(at_ms, [0, 6, 24]), label=label)
        for path, label, at_ms in zip(
            paths, labels, ([0, 1500, 3000], [700, 1600, 70_000]), strict=True
        )
    ]
    async with hosted((80, 24)) as pilot:
        pane = pane_of(pilot)
        pane.show_merged(sources, key="all")
        pane.cycle_times()
        pane.cycle_times()
        await snapshot(pilot, "merged")


@pytest.mark.parametrize(
    ("name", "theme", "glyphs"),
    [
        ("hostile", ThemeName.DARK, Glyphs.UNICODE),
        ("hostile-light", ThemeName.LIGHT, Glyphs.UNICODE),
        ("hostile-none", ThemeName.NONE, Glyphs.ASCII),
    ],
)
async def test_what_means_harm(
    name: str, theme: ThemeName, glyphs: Glyphs, tmp_path: Path, snapshot: Snapshot
) -> None:
    source = LogSource(log(tmp_path, OUTPUT + b"\n" + FAILED))
    async with hosted((80, 24), theme, glyphs) as pilot:
        pane = pane_of(pilot)
        pane.show(source, key="a")
        pane.cursor_top()
        await until(pilot, lambda: "≥" not in text_of(pane.footer()))
        await pilot.click(pane, offset=(1, 3))
        await snapshot(pilot, name)
