"""Runs the engine in this process to the end, or looks on at another's runs."""

import asyncio
from collections.abc import Callable, Sequence

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
from leo_tui.headless.quiet import QuietReporter
from leo_tui.headless.reporter import Reporter
from leo_tui.headless.task_output import task_output
from leo_tui.headless.terminal import Terminal


class Telling:
    """How a run is told about: in which form, on which stream."""

    def __init__(
        self,
        invocation: Invocation,
        *,
        as_json: bool = False,
        print_output: bool = False,
        several: bool = False,
        expected_ms: Callable[[RunRow], int | None] = lambda _: None,
        listener: Listener | None = None,
    ) -> None:
        self._invocation = invocation
        self._as_json = as_json
        self._print_output = print_output
        self._several = several
        self._expected_ms = expected_ms
        self._listener = listener

    def reporter(self, engine: Engine) -> Reporter:
        """Return who tells: programs on standard output, people where they look."""
        reporter = self._reporter(engine)
        return Announcing(reporter, self._listener) if self._listener else reporter

    def _reporter(self, engine: Engine) -> Reporter:
        out, err = self._invocation.out, self._invocation.err
        if not self._as_json:
            return self._for_people(out, engine)
        if self._print_output or (err.is_live and not out.is_tty):
            return EventStream(out, self._for_people(err, engine))
        return EventStream(out, QuietReporter(err, folder=self._invocation.folder))

    def _for_people(self, terminal: Terminal, engine: Engine) -> Reporter:
        folder = self._invocation.folder
        if self._print_output:
            return PlainReporter(
                terminal,
                folder=folder,
                output=lambda run, task, n: task_output(engine, run, task, n),
                several=self._several,
            )
        if terminal.is_live:
            clock = SystemClock()
            return LiveReporter(
                terminal, clock, folder=folder, expected_ms=self._expected_ms
            )
        return PlainReporter(terminal, folder=folder, several=self._several)


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
