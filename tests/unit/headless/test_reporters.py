"""A run without a screen: lines in a pipe, a block on a terminal, events for programs.

The streams are real pipes and pseudo-terminals: what counts is the bytes.
"""

import fcntl
import json
import os
import pty
import struct
import termios
import threading
from collections.abc import Iterator, Sequence
from typing import TextIO

import pytest

from leo_engine.app.types import FailedTask, RunResult
from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.event import AttemptStarted, Event, RunPaused
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_tui.headless.event_stream import EventStream
from leo_tui.headless.live import LiveReporter
from leo_tui.headless.plain import PlainReporter
from leo_tui.headless.quiet import QuietReporter
from leo_tui.headless.terminal import Terminal
from leo_tui.viewmodels.spans import Line, line

LIVE = {"TERM": "xterm"}
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class _Wire:
    """A stream to write to, and everything that came out of its other end."""

    def __init__(self, reading: int, writing: int) -> None:
        self.stream: TextIO = os.fdopen(writing, "w", encoding="utf-8", newline="")
        self._reading = reading
        self._pieces: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def received(self) -> str:
        """Hang up and return what arrived."""
        self.hang_up()
        return b"".join(self._pieces).decode()

    def hang_up(self) -> None:
        if not self.stream.closed:
            self.stream.close()
        self._reader.join()

    def resize(self, columns: int, rows: int) -> None:
        packed = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.stream.fileno(), termios.TIOCSWINSZ, packed)

    def _read(self) -> None:
        try:
            while piece := os.read(self._reading, 1 << 16):
                self._pieces.append(piece)
        except OSError:
            pass  # So a pseudo-terminal says that nobody writes any more.
        finally:
            os.close(self._reading)


class _StillClock:
    """Time that stands where it is put."""

    def __init__(self, at_ms: int = 2_000) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms

    def monotonic_ms(self) -> int:
        return self.at_ms


@pytest.fixture
def pipe() -> Iterator[_Wire]:
    wire = _Wire(*os.pipe())
    yield wire
    wire.hang_up()


@pytest.fixture
def terminal() -> Iterator[_Wire]:
    wire = _Wire(*pty.openpty())
    wire.resize(80, 24)
    yield wire
    wire.hang_up()


def run_row(
    status: RunStatus = RunStatus.RUNNING, name: str = "0193a", generation: int = 1
) -> RunRow:
    return RunRow(
        run_id=name,
        dag="etl",
        dag_hash="h",
        file="etl.toml",
        status=status,
        created_ms=500,
        started_ms=1_000,
        ended_ms=None if status is RunStatus.RUNNING else 4_000,
        total=3,
        generation=generation,
    )


def write(
    *tasks: TaskRow, events: Sequence[Event] = (), first_seq: int = 1
) -> JournalWrite:
    return JournalWrite(
        run_key=1, epoch=1, first_seq=first_seq, events=events, tasks=tasks
    )


def task(
    name: str,
    status: TaskStatus,
    *,
    reason: str = "",
    attempt: int = 1,
    generation: int = 1,
) -> TaskRow:
    ended_ms = None if status is TaskStatus.RUNNING else 2_200
    return TaskRow(
        task=name,
        status=status,
        started_ms=1_000,
        ended_ms=ended_ms,
        reason=reason,
        attempt=attempt,
        max_attempts=3,
        generation=generation,
    )


def result(status: RunStatus = RunStatus.SUCCEEDED) -> RunResult:
    return RunResult(run=run_row(status))


DONE = task("extract", TaskStatus.SUCCEEDED)
FAILED = task("load", TaskStatus.FAILED, reason="exit 2", attempt=3)
WORKING = task("check", TaskStatus.RUNNING)


def plain(wire: _Wire, *, several: bool = False) -> PlainReporter:
    return PlainReporter(Terminal(wire.stream, LIVE), folder=None, several=several)


def test_a_pipe_gets_a_line_per_settled_task_and_the_sums(pipe: _Wire) -> None:
    reporter = plain(pipe)
    reporter.on_stored(run_row(), write(WORKING))
    reporter.on_stored(run_row(), write(DONE, FAILED))
    reporter.close([result()])
    assert pipe.received().splitlines() == [
        "▸ etl  3 tasks  run 0193a",
        "✓ extract  1.2 s",
        "✗ load  x3/3  1.2 s  exit 2",
        "✓ etl  succeeded  3 tasks: 3 cancelled  3.0 s  run 0193a",
    ]


def test_a_retry_is_told_in_a_pipe(pipe: _Wire) -> None:
    reporter = plain(pipe)
    backoff = task("load", TaskStatus.BACKOFF, reason="exit 75")
    reporter.on_stored(run_row(), write(backoff))
    reporter.close([])
    assert "↻ load  x1/3  1.2 s  exit 75" in pipe.received()


def test_a_question_to_a_person_is_told_in_a_pipe(pipe: _Wire) -> None:
    reporter = plain(pipe)
    asking = TaskRow(task="ship", status=TaskStatus.READY, reason="waits for an answer")
    queued = TaskRow(task="load", status=TaskStatus.READY)
    reporter.on_stored(run_row(), write(asking, queued))
    reporter.close([])
    received = pipe.received()
    assert "⚑ ship  waits for an answer" in received
    assert "load" not in received


def test_tasks_kept_from_an_earlier_generation_are_not_told_again(pipe: _Wire) -> None:
    reporter = plain(pipe)
    again = task("load", TaskStatus.SUCCEEDED, generation=2)
    reporter.on_stored(run_row(generation=2), write(DONE, again))
    reporter.close([])
    received = pipe.received()
    assert "load" in received
    assert "extract" not in received


def test_several_runs_are_told_apart(pipe: _Wire) -> None:
    reporter = plain(pipe, several=True)
    reporter.on_stored(run_row(), write(DONE))
    reporter.close([])
    assert "✓ etl: extract" in pipe.received()


def test_the_output_of_a_task_stands_below_its_line(pipe: _Wire) -> None:
    def output(run_id: str, name: str, attempt: int) -> Iterator[Line]:
        yield line(f"{run_id} {name} {attempt}")

    terminal = Terminal(pipe.stream, LIVE)
    reporter = PlainReporter(terminal, folder=None, output=output)
    reporter.on_stored(run_row(), write(DONE, FAILED))
    reporter.close([])
    assert pipe.received().splitlines()[1:] == [
        "✓ extract  1.2 s",
        "0193a extract 1",
        "✗ load  x3/3  1.2 s  exit 2",
        "0193a load 3",
    ]


def test_no_control_code_reaches_a_pipe(pipe: _Wire) -> None:
    reporter = plain(pipe)
    evil = task("\x1b[2J\x07", TaskStatus.FAILED, reason="\x1b]0;title\x07\r")
    reporter.on_stored(run_row(), write(evil))
    reporter.notice("\x1bc")
    reporter.close([result()])
    received = pipe.received().replace("\n", "")
    assert received.isprintable()


def live(wire: _Wire, clock: _StillClock | None = None) -> LiveReporter:
    terminal = Terminal(wire.stream, LIVE, no_color=True)
    return LiveReporter(terminal, clock or _StillClock(), folder=None)


def wait_until_idle(reporter: LiveReporter) -> None:
    while not reporter._block.room():
        pass


def test_the_block_is_drawn_redrawn_in_place_and_taken_away(terminal: _Wire) -> None:
    reporter = live(terminal)
    reporter.on_stored(run_row(), write(WORKING, DONE))
    wait_until_idle(reporter)
    reporter.tick()
    reporter.on_stored(run_row(), write(task("check", TaskStatus.SUCCEEDED)))
    wait_until_idle(reporter)
    reporter.tick()
    reporter.close([result()])
    first, second, closing = terminal.received().split("\r\x1b[")[0:3]
    assert first.startswith(HIDE)
    assert "check" in first
    assert second.startswith("3A")
    assert "2/3" in second
    assert closing.startswith("2A")
    assert closing.endswith(f"run 0193a\x1b[K\r\n\x1b[J{SHOW}")


def test_a_failure_scrolls_by_above_the_block(terminal: _Wire) -> None:
    reporter = live(terminal)
    reporter.on_stored(run_row(), write(WORKING, FAILED))
    wait_until_idle(reporter)
    reporter.tick()
    reporter.close([])
    frame = terminal.received().split("\x1b[J")[0]
    assert frame.index("✗ load  x3/3") < frame.index("etl  1/3")


def test_nothing_is_written_while_nothing_changes(terminal: _Wire) -> None:
    reporter = live(terminal)
    reporter.on_stored(run_row(), write(WORKING))
    for _ in range(5):
        wait_until_idle(reporter)
        reporter.tick()
    reporter.close([])
    assert terminal.received().count("check") == 1


def test_a_narrower_terminal_is_cleared_of_what_it_wrapped(terminal: _Wire) -> None:
    reporter = live(terminal)
    reporter.on_stored(run_row(), write(WORKING))
    wait_until_idle(reporter)
    reporter.tick()
    terminal.resize(30, 24)
    wait_until_idle(reporter)
    reporter.tick()
    reporter.close([])
    first, second, *_ = terminal.received().split("\r\x1b[")
    head, counts, running = first.removeprefix(f"{HIDE}\r").split("\x1b[K")[:3]
    assert 30 < len(head) <= 60
    assert len(counts.strip()) + len(running.strip()) < 30
    assert second.startswith("4A")


def test_the_cursor_comes_back_even_when_the_runs_were_given_up(
    terminal: _Wire,
) -> None:
    live(terminal).close([])
    assert terminal.received().endswith(SHOW)


def events(
    wire: _Wire, people: _Wire, writes: Sequence[JournalWrite]
) -> list[dict[str, object]]:
    quiet = QuietReporter(Terminal(people.stream, {}), folder=None)
    stream = EventStream(Terminal(wire.stream, {}), quiet)
    for journal_write in writes:
        stream.on_stored(run_row(), journal_write)
    stream.close([result(RunStatus.FAILED)])
    return [json.loads(text) for text in wire.received().splitlines()]


def test_every_event_is_one_line_between_created_and_ended(
    pipe: _Wire, terminal: _Wire
) -> None:
    first = AttemptStarted(at_ms=7, task="a", attempt=1)
    second = RunPaused(at_ms=8, by="ada")
    lines = events(
        pipe,
        terminal,
        [write(events=[first]), write(events=[second], first_seq=2)],
    )
    always = {"version": 1, "run_id": "0193a", "dag": "etl"}
    assert [text["kind"] for text in lines] == [
        "run_created",
        "attempt_started",
        "run_paused",
        "run_ended",
    ]
    assert lines[1] == {
        **always,
        "seq": 1,
        "at_ms": 7,
        "kind": "attempt_started",
        "task": "a",
        "attempt": 1,
        "slot": 0,
    }
    assert lines[3]["seq"] == 2
    assert lines[3]["status"] == "failed"
    assert all(always.items() <= text.items() for text in lines)


def test_people_beside_a_program_read_the_end_on_their_own_stream(
    pipe: _Wire, terminal: _Wire
) -> None:
    events(pipe, terminal, [])
    assert "etl  failed" in terminal.received()


def test_a_failed_task_is_shown_with_its_last_lines(pipe: _Wire) -> None:
    failed = FailedTask("load", 3, "exit 2", "/x/3.log", ("no such table",))
    reporter = plain(pipe)
    reporter.close([RunResult(run=run_row(RunStatus.FAILED), failed=(failed,))])
    assert "│ no such table" in pipe.received()
