"""An executor that follows a script, on a clock that stands still until told."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from leo_engine.errors import HeldUpError, LaunchError
from leo_engine.ports import AttemptRequest
from leo_engine.spec.model import ExecutorName
from leo_engine.state.outcome import Failed, Lost, Outcome, Succeeded
from leo_engine.testing.fake_clock import FakeClock

_TERM = 15
_KILL = 9


class Scripted(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one attempt."""

    outcome: Outcome = Succeeded()
    duration_ms: int | None = 0
    """None: it runs until it is stopped."""
    ignores_term: bool = False
    launch_error: str = ""
    """When given, nothing is started, and this is why."""


class _Play:
    """One attempt under way."""

    def __init__(self, script: Scripted) -> None:
        self.script = script
        self.ended_ms: int | None = None
        self.ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def end(self, outcome: Outcome, at_ms: int | None) -> None:
        """Let it end, unless it has."""
        if not self.ended.done():
            self.ended_ms = at_ms
            self.ended.set_result(outcome)


class FakeExecutor:
    """Attempts that end as `script` says of their request, when the clock is there."""

    name = ExecutorName.SUBPROCESS

    def __init__(
        self, clock: FakeClock, script: Callable[[AttemptRequest], Scripted]
    ) -> None:
        self._clock = clock
        self._script = script
        self._plays: dict[str, _Play] = {}
        self._timers: set[asyncio.Task[None]] = set()
        self.requests: list[AttemptRequest] = []
        """Every request that was started, oldest first."""
        self.readied: dict[str, Callable[[], Awaitable[None]]] = {}
        """{task: what its attempts wait for before they start}"""
        self.forgotten: list[str] = []
        """Handles whose outcome is stored, in that order."""
        self.most_at_once = 0
        """How many attempts ran at the same time, at most."""

    @property
    def running_count(self) -> int:
        """How many attempts run now."""
        return sum(not play.ended.done() for play in self._plays.values())

    async def preflight(self) -> None:
        """Be ready."""

    def readiness(self, request: AttemptRequest) -> Awaitable[None] | None:
        """Return what the test has set for the attempt's task, else None."""
        wait = self.readied.get(request.task)
        return None if wait is None else wait()

    async def start(self, request: AttemptRequest) -> str:
        """Start what the script says; raise `LaunchError` when it says so."""
        script = self._script(request)
        if script.launch_error:
            raise LaunchError(script.launch_error)
        if 0 < request.start_by_ms < self._clock.monotonic_ms():
            raise HeldUpError("held up")
        self.requests.append(request)
        play = _Play(script)
        handle = f"fake:{len(self.requests)}"
        self._plays[handle] = play
        self.most_at_once = max(self.most_at_once, self.running_count)
        if script.duration_ms is not None:
            self._after(script.duration_ms, play, script.outcome)
        return handle

    async def wait(self, handle: str) -> Outcome:
        """Return how it ended; `Lost` for an unknown handle."""
        play = self._plays.get(handle)
        if play is None:
            return Lost(reason="no such attempt")
        return await asyncio.shield(play.ended)

    async def stop(self, handle: str, grace_ms: int) -> None:
        """End it by TERM, or after the grace by KILL."""
        play = self._plays.get(handle)
        if play is None:
            return
        if grace_ms > 0 and not play.script.ignores_term:
            play.end(_killed_by("SIGTERM", _TERM), self._clock.now_ms())
        elif not play.ended.done():
            self._after(grace_ms, play, _killed_by("SIGKILL", _KILL))
        await asyncio.shield(play.ended)

    async def attach(self, handle: str) -> bool:
        """Return whether it still runs."""
        play = self._plays.get(handle)
        return play is not None and not play.ended.done()

    async def find(self, run_id: str, task: str, attempt: int) -> str | None:
        """Return the handle of an attempt; None when it was never started."""
        wanted = (run_id, task, attempt)
        for number, request in enumerate(self.requests, start=1):
            if (request.run_id, request.task, request.attempt) == wanted:
                return f"fake:{number}"
        return None

    async def ended_ms(self, handle: str) -> int | None:
        """Return when it ended, by the wall clock."""
        play = self._plays.get(handle)
        return None if play is None else play.ended_ms

    def vanish(self, handle: str) -> None:
        """Let it disappear without a trace."""
        self._plays[handle].end(Lost(reason="vanished"), None)

    def forget(self, handle: str) -> None:
        """Note it in `forgotten`."""
        self.forgotten.append(handle)

    async def aclose(self) -> None:
        """Let go; what runs goes on as far as its script is concerned."""
        for timer in self._timers:
            timer.cancel()

    def _after(self, delay_ms: int, play: _Play, outcome: Outcome) -> None:
        timer = asyncio.get_running_loop().create_task(
            self._end_later(delay_ms, play, outcome)
        )
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    async def _end_later(self, delay_ms: int, play: _Play, outcome: Outcome) -> None:
        await self._clock.sleep(delay_ms)
        play.end(outcome, self._clock.now_ms())


def _killed_by(name: str, number: int) -> Failed:
    return Failed(reason=f"killed by {name}", signal=number)
