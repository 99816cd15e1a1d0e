"""Everything the screen has to do with the engine: read, do, and hear of news."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from leo_engine.app import Engine, Settings
from leo_engine.app.desk import Desk
from leo_engine.ports import RunFilter, RunRow
from leo_engine.spec.model import Dag
from leo_tui import __version__
from leo_tui.feed.engine_log import EngineLog
from leo_tui.feed.engine_thread import EngineThread
from leo_tui.feed.inbox import Inbox
from leo_tui.feed.reader import Reader
from leo_tui.feed.store_poll import MOST_RUNS, StoreNews, StorePoll

T = TypeVar("T")


class Feed:
    """One DAG folder's engine for the screen; it outlives a screen that crashes."""

    def __init__(self, settings: Settings, *, adopt: bool = True) -> None:
        self.settings = settings
        self.log = EngineLog()
        self.inbox = Inbox(self.log)
        self._reader = Reader(settings)
        self._engine = EngineThread(settings, self.inbox, adopt=adopt)
        self._poll = StorePoll(self.inbox)

    def start(self) -> None:
        """Start the threads."""
        self.log.note(f"leo-tui {__version__} looks at {self.settings.folder}")
        self._engine.start()

    @property
    def engine_silent_ms(self) -> int:
        """How long the engine has given no sign; about a second is usual."""
        return self._engine.silent_ms

    async def read(self, question: Callable[[Engine], T]) -> T:
        """Return what an engine that only looks answers.

        Raises:
            LeoError: what was asked for is not there, or wrong.
        """
        return await self._reader.ask(question)

    async def do(self, command: Callable[[Desk], T]) -> T:
        """Return what the desk answers to a command.

        Raises:
            LeoError: it was refused.
        """
        return await self._engine.ask(command)

    async def preflight(self, dag: Dag) -> None:
        """Return when what a DAG runs on has said that it can be used.

        Raises:
            ExecutorUnavailableError: it cannot.
        """
        await self._engine.preflight(dag)

    async def written_bytes(self) -> int:
        """Return how much the tasks driven here have written."""
        if not self.has_begun:
            return 0
        return await self.do(lambda desk: desk.written_bytes)

    async def idle(self) -> None:
        """Wait until nothing is driven here any more."""
        await self._engine.idle()

    @property
    def has_begun(self) -> bool:
        """Whether anything can be driven here: the desk is open."""
        return self._engine.is_open

    async def poll(self, dag: str, run_id: str) -> StoreNews | None:
        """Look what other processes have stored: runs of a DAG, and of one run, all.

        None when nothing has been stored since the last look.
        """
        return await self._reader.ask(lambda e: self._poll.look(e, dag, run_id))

    def close(self, timeout_s: float | None = None) -> bool:
        """Let go of what runs, stop nothing, end the threads; True once it is done."""
        has_ended = self._engine.stop(timeout_s)
        self._reader.close()
        return has_ended

    async def runs(self, dag: str) -> Sequence[RunRow]:
        """Return the runs of a DAG, newest first."""
        wanted = RunFilter(dag=dag, limit=MOST_RUNS)
        return await self._reader.ask(lambda engine: engine.runs(wanted))
