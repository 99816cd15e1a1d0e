"""The engine in a thread and a loop of its own.

A terminal that stops reading stalls the screen's loop for seconds; no run may wait for
that. The desk opens at the first command, or at once in a folder that has a store, so
that looking at a folder writes nothing into it.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypeVar

from leo_engine.app import Engine, Settings
from leo_engine.app.desk import Desk
from leo_engine.clock import SystemClock
from leo_engine.errors import LeoError
from leo_engine.spec.model import Dag
from leo_tui.feed.inbox import Inbox

T = TypeVar("T")
_BEAT_S = 1


class EngineThread:
    """Runs what the screen starts, for as long as the process lives."""

    def __init__(self, settings: Settings, inbox: Inbox, *, adopt: bool) -> None:
        self._settings = settings
        self._inbox = inbox
        self._adopts = adopt
        self._ready = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="leo-engine", daemon=True
        )
        self._desk: Desk | None = None
        self._clock = SystemClock()
        self._beat_ms = self._clock.monotonic_ms()

    @property
    def silent_ms(self) -> int:
        """How long the engine's loop has given no sign; about a second is usual."""
        return self._clock.monotonic_ms() - self._beat_ms

    @property
    def is_open(self) -> bool:
        """Whether the desk is open."""
        return self._desk is not None

    async def idle(self) -> None:
        """Wait until the desk drives nothing any more."""
        desk = self._desk
        if desk is not None:
            waiting = asyncio.run_coroutine_threadsafe(desk.idle(), self._loop)
            await asyncio.wrap_future(waiting)

    async def preflight(self, dag: Dag) -> None:
        """Return when what a DAG runs on has said that it can be used.

        Raises:
            ExecutorUnavailableError: it cannot.
        """
        desk = await self.ask(lambda desk: desk)
        asked = asyncio.run_coroutine_threadsafe(desk.preflight(dag), self._loop)
        await asyncio.wrap_future(asked)

    def start(self) -> None:
        """Start the thread and wait for its loop, which takes a millisecond."""
        self._thread.start()
        self._ready.wait()

    async def ask(self, command: Callable[[Desk], T]) -> T:
        """Return what a command answers on the engine's thread.

        Raises:
            LeoError: it was refused.
        """
        future: Future[T] = Future()

        async def execute() -> None:
            self._wanted.set()
            await self._opened.wait()
            if future.set_running_or_notify_cancel():
                self._answer(command, future)

        self._loop.call_soon_threadsafe(lambda: self._spawn(execute()))
        return await asyncio.wrap_future(future)

    def _answer(self, command: Callable[[Desk], T], future: "Future[T]") -> None:
        if self._desk is None:
            ended = LeoError(f"the engine has ended: {self._failure or 'it was left'}")
            future.set_exception(ended)
            return
        try:
            future.set_result(command(self._desk))
        except Exception as error:  # noqa: BLE001 -- goes to who asked
            future.set_exception(error)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self, timeout_s: float | None = None) -> bool:
        """Let go of every run, stop nothing, and end the thread; True once it has."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._wanted, self._opened = asyncio.Event(), asyncio.Event()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Future[None]] = set()
        self._failure: Exception | None = None
        self._ready.set()
        beating = asyncio.ensure_future(self._beat())
        with Engine(self._settings) as engine:
            watching = asyncio.ensure_future(self._watch(engine))
            try:
                await self._serve(engine)
            except Exception as error:  # noqa: BLE001 -- the screen tells it
                self._failure = error
                self._inbox.on_trouble("engine:", error)
            finally:
                self._desk = None
                self._opened.set()
            await self._stop.wait()
            await watching
        beating.cancel()

    async def _beat(self) -> None:
        while True:
            self._beat_ms = self._clock.monotonic_ms()
            await asyncio.sleep(_BEAT_S)

    async def _serve(self, engine: Engine) -> None:
        """Keep the desk open until the thread is to end."""
        if not engine.revision():
            await self._until_wanted()
        if self._stop.is_set():
            return
        async with engine.desk(self._inbox, on_trouble=self._inbox.on_trouble) as desk:
            self._desk = desk
            if self._adopts:
                self._inbox.on_adopted(desk.adopt())
            self._opened.set()
            await self._stop.wait()

    async def _until_wanted(self) -> None:
        waits = [asyncio.ensure_future(e.wait()) for e in (self._wanted, self._stop)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _watch(self, engine: Engine) -> None:
        try:
            async for paths in engine.watch_folder(self._stop):
                self._inbox.on_files(paths)
        except (LeoError, OSError) as error:
            self._inbox.on_trouble(str(self._settings.folder), error)
