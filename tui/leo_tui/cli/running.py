"""Runs the engine in this process to the end, or looks on at another's runs."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from leo_engine.app import Engine
from leo_engine.app.types import RunResult
from leo_engine.clock import SystemClock
from leo_engine.ports import RunRow
from leo_engine.state.status import RunStatus
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import Invocation
from leo_tui.headless.announcing import Announcing, Listener
from leo_tui.headless.drive import Start, drive, look_on
from leo_tui.headless.event_stream import EventStream
from leo_tui.headless.live import LiveReporter
from leo_tui.headless.plain import PlainReporter
from leo_tui.headless.prefacing import Prefacing
from leo_tui.headless.quiet import QuietReporter
from leo_tui.headless.reporter import Reporter
from leo_tui.headless.task_output import task_output
from leo_tui.headless.terminal import Terminal
from leo_tui.viewmodels.left_behind import taken_over_text


class Telling(msgspec.Struct, frozen=True):
    """How a run is told about: in which form, on which stream."""

    invocation: Invocation
    as_json: bool = False
    print_output: bool = False
    several: bool = False
    """More than one run shares the output."""
    expected_ms: Callable[[RunRow], int | None] = lambda _: None
    listener: Listener | None = None
    """Who waits for each run to be stored."""
    interrupted: Sequence[RunRow] = ()
    """Runs that may be taken over: what is left of them is said then."""

    def reporter(self, engine: Engine) -> Reporter:
        """Return who tells: programs on standard output, people where they look."""
        reporter = self._reporter(engine)
        if self.interrupted:
            prefaces = {
                run.run_id: taken_over_text(run, engine.remains(run.run_id))
                for run in self.interrupted
            }
            reporter = Prefacing(reporter, prefaces)
        return Announcing(reporter, self.listener) if self.listener else reporter

    def _reporter(self, engine: Engine) -> Reporter:
        out, err = self.invocation.out, self.invocation.err
        if not self.as_json:
            return self._for_people(out, engine)
        if self.print_output or (err.is_live and not out.is_tty):
            return EventStream(out, self._for_people(err, engine))
        return EventStream(out, QuietReporter(err, folder=self.invocation.folder))

    def _for_people(self, terminal: Terminal, engine: Engine) -> Reporter:
        folder = self.invocation.folder
        if self.print_output:
            return PlainReporter(
                terminal,
                folder=folder,
                output=lambda run, task, n: task_output(engine, run, task, n),
                several=self.several,
            )
        if terminal.is_live:
            clock = SystemClock()
            return LiveReporter(
                terminal, clock, folder=folder, expected_ms=self.expected_ms
            )
        return PlainReporter(terminal, folder=folder, several=self.several)


def run_to_end(engine: Engine, start: Start, telling: Telling) -> ExitCode:
    """Run what `start` begins, tell about it, and return what the shell is told."""
    reporter = telling.reporter(engine)
    results, was_stopped = asyncio.run(drive(engine, start, reporter))
    return exit_code(results, was_stopped=was_stopped)


def look_on_to_end(
    engine: Engine, start: Start, telling: Telling, farewell: str
) -> ExitCode:
    """Tell about runs of other processes; `farewell` goes to who stops looking."""
    reporter = telling.reporter(engine)
    results, was_stopped = asyncio.run(look_on(start, reporter, farewell))
    return exit_code(results, was_stopped=was_stopped)


def exit_code(results: Sequence[RunResult], *, was_stopped: bool) -> ExitCode:
    """Return 0 when everything succeeded; 130 when a signal is why it did not."""
    if results and all(r.run.status is RunStatus.SUCCEEDED for r in results):
        return ExitCode.OK
    return ExitCode.INTERRUPTED if was_stopped else ExitCode.FAILED
