"""Sub-DAGs as attempts: the handle is the id of the child's run."""

import asyncio
from collections.abc import Awaitable, Callable

from leo_engine.errors import LaunchError, LeoError
from leo_engine.ports import AttemptRequest, RunRow
from leo_engine.spec.model import ExecutorName, SubDag
from leo_engine.state.outcome import Failed, Lost, Outcome, Succeeded
from leo_engine.state.status import RunStatus


class ChildRun:
    """A child run that was begun: its id, and its end to come."""

    def __init__(self, run_id: str, end: Awaitable[RunRow]) -> None:
        self.run_id = run_id
        self.end = asyncio.ensure_future(end)


Begin = Callable[[AttemptRequest, SubDag], Awaitable[ChildRun]]
"""Begins the run of a sub-DAG, or resumes the one an earlier attempt began."""
Reopen = Callable[[str], Awaitable[ChildRun]]
"""Goes on with a child run that an earlier engine began."""
Find = Callable[[str, str, int], str | None]
"""Returns the id of the child that an attempt of a run's task began, if it did."""
Cancel = Callable[[str], None]
"""Asks a child run, by id, to stop."""


class SubDags:
    """The executor of sub-DAGs: a child is a run like any other, of this process."""

    name = ExecutorName.ENGINE

    def __init__(
        self, *, begin: Begin, find: Find, reopen: Reopen, cancel: Cancel
    ) -> None:
        self._begin = begin
        self._find = find
        self._reopen = reopen
        self._cancel = cancel
        self._children: dict[str, ChildRun] = {}

    async def preflight(self) -> None:
        """Nothing to check: the engine itself runs them."""

    async def start(self, request: AttemptRequest) -> str:
        """Begin the child run and return its id.

        Raises:
            LaunchError: the other DAG cannot be loaded or begun.
        """
        if not isinstance(request.action, SubDag):
            raise LaunchError(f"{type(request.action).__name__} is not a sub-DAG")
        try:
            child = await self._begin(request, request.action)
        except LaunchError:
            raise
        except LeoError as error:
            message = f"sub-DAG {request.action.dag!r}: {error}"
            raise LaunchError(message) from error
        self._children[child.run_id] = child
        return child.run_id

    def readiness(self, _: AttemptRequest) -> None:
        """Need nothing."""

    async def wait(self, handle: str) -> Outcome:
        """Return how the child ended, as the outcome of its parent's task."""
        child = self._children.get(handle)
        if child is None:
            return Lost(reason=f"run {handle} is gone")
        try:
            run = await asyncio.shield(child.end)
        finally:
            if child.end.done():
                self._children.pop(handle, None)
        if run.status is RunStatus.SUCCEEDED:
            return Succeeded(output={"run_id": run.run_id})
        return Failed(reason=f"run {run.run_id} of {run.dag} {run.status}")

    async def stop(self, handle: str, grace_ms: int) -> None:
        """Cancel the child and wait for its end."""
        child = self._children.get(handle)
        if child is not None:
            self._cancel(handle)
            await asyncio.wait([child.end])

    async def attach(self, handle: str) -> bool:
        """Go on with a child that an earlier engine, or this one, began."""
        known = self._children.get(handle)
        if known is not None and not known.end.done():
            return True
        try:
            self._children[handle] = await self._reopen(handle)
        except LeoError:
            return False
        return True

    async def find(self, run_id: str, task: str, attempt: int) -> str | None:
        """Return the child that was begun without its id being recorded any more."""
        return self._find(run_id, task, attempt)

    def forget(self, _: str) -> None:
        """Leave it: a child run is stored like any other."""

    async def ended_ms(self, handle: str) -> int | None:
        """The child's own row says when it ended."""
        return None

    async def aclose(self) -> None:
        """Wait until the children's loops, which are to leave, have left."""
        if self._children:
            await asyncio.wait([child.end for child in self._children.values()])
