"""A clock that stands still until it is told to go on."""

import asyncio
import heapq
import itertools

_START_MS = 1_700_000_000_000


class FakeClock:
    """Time that only `advance` moves; what sleeps by it wakes in order."""

    def __init__(self, at_ms: int = _START_MS) -> None:
        self._at_ms = at_ms
        self._elapsed_ms = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        """(when by the monotonic clock, order of arrival, who), a heap."""
        self._arrivals = itertools.count()

    def now_ms(self) -> int:
        """Return the wall clock: milliseconds since 1970."""
        return self._at_ms

    def monotonic_ms(self) -> int:
        """Return how far the clock has been advanced."""
        return self._elapsed_ms

    def jump(self, by_ms: int) -> None:
        """Set the wall clock forward or back, as an administrator would."""
        self._at_ms += by_ms

    async def sleep(self, delay_ms: int) -> None:
        """Return once the clock has been advanced by `delay_ms`; at once for 0."""
        if delay_ms <= 0:
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due_ms = self._elapsed_ms + delay_ms
        heapq.heappush(self._sleepers, (due_ms, next(self._arrivals), woken))
        await woken

    async def advance(self, by_ms: int) -> None:
        """Let time pass, and everything that was due in it happen at its moment."""
        end_ms = self._elapsed_ms + by_ms
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end_ms:
            due_ms, _, woken = heapq.heappop(self._sleepers)
            self._move(due_ms)
            if not woken.done():
                woken.set_result(None)
                await settle()
        self._move(end_ms)

    def _move(self, to_ms: int) -> None:
        self._at_ms += to_ms - self._elapsed_ms
        self._elapsed_ms = to_ms


async def settle(turns: int = 20) -> None:
    """Let everything that can happen without time passing happen.

    `turns` of the loop: the longest chain of callbacks that one event sets off.
    """
    for _ in range(turns):
        await asyncio.sleep(0)
