"""Going on with a stored run, here or in the background: resume and retry."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from leo_engine.app import Engine
from leo_engine.app.types import RunResult
from leo_engine.ports import Observer, RunRow
from leo_engine.state.status import RunStatus
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import Invocation

if TYPE_CHECKING:
    from leo_tui.headless.announcing import Listener

Begin = Callable[[Observer], Awaitable[RunResult]]
"""Begins to go on with the run, telling the observer; returns how it ended."""


class GoingOn:
    """One call of a command that goes on with a run."""

    def __init__(
        self, engine: Engine, invocation: Invocation, found: RunRow, begin: Begin
    ) -> None:
        self._engine = engine
        self._invocation = invocation
        self._found = found
        self._begin = begin

    def to_end(self, *, as_json: bool, detach: bool) -> int:
        """Return the exit code of the run, or of leaving it to the background."""
        if not detach:
            return self._work(None, as_json=as_json)
        from leo_tui.cli.detaching import in_background  # noqa: PLC0415 -- rare

        def work(listener: "Listener") -> ExitCode:
            return self._work(listener, as_json=False)

        dags = [self._found.dag]
        return in_background(
            self._engine, self._invocation, work, dags, as_json=as_json
        )

    def _work(self, listener: "Listener | None", *, as_json: bool) -> ExitCode:
        # Asyncio and the engine's shells are for those who run something.
        from leo_tui.cli.running import Telling, run_to_end  # noqa: PLC0415

        async def start(observer: Observer) -> list[RunResult]:
            return [await self._begin(observer)]

        is_left = self._found.status is RunStatus.INTERRUPTED
        telling = Telling(
            self._invocation,
            as_json=as_json,
            listener=listener,
            interrupted=[self._found] if is_left else [],
        )
        return run_to_end(self._engine, start, telling)
