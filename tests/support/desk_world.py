"""A desk over a store and an executor in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from leo_engine.app.desk import Desk
from leo_engine.app.executors import Executors
from leo_engine.app.session import Session
from leo_engine.app.types import LoadedDag, RunCommand
from leo_engine.config import Settings
from leo_engine.loader.folder_settings import FolderSettings
from leo_engine.ports import (
    AttemptRequest,
    DagVersion,
    JournalWrite,
    RunRow,
)
from leo_engine.spec.model import Dag
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_executor import FakeExecutor, Scripted
from leo_engine.testing.fake_store import FakeStore

LASTS = Scripted(duration_ms=None)


def loaded(of: Dag, folder: Path) -> LoadedDag:
    """Return a DAG as if it had been read from a file of that folder."""
    resolved = msgspec.json.encode(of)
    version = DagVersion(
        dag_hash=f"hash of {of.name} {len(resolved)}",
        name=of.name,
        source="",
        source_format="toml",
        resolved=resolved,
    )
    return LoadedDag(of, version, folder / f"{of.name}.toml")


class World:
    """A desk over a store and an executor in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.store = FakeStore(self.clock)
        self.scripts: dict[str, Scripted] = {}
        self.executor = FakeExecutor(self.clock, self._script)
        self.troubles: list[tuple[str, Exception]] = []
        self.told: list[RunRow] = []

    def _script(self, request: AttemptRequest) -> Scripted:
        return self.scripts.get(request.task, Scripted())

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Remember what the observer is told."""
        del write
        self.told.append(run)

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """Open a desk as `Engine.desk` does."""
        executors = Executors(record_folder=self.folder / "records", base_env={})
        executors.add(self.executor)
        session = Session(
            settings=Settings(
                folder=self.folder,
                state_folder=self.folder / ".leo",
                slots=4,
                lease_ms=600_000,
            ),
            store=self.store,
            clock=self.clock,
            environ={},
            executors=executors,
            folder_settings=FolderSettings(),
            follows_lost=False,
        )
        (self.folder / ".leo").mkdir(exist_ok=True)
        async with session:
            desk = Desk(
                session, self, lambda name, error: self.troubles.append((name, error))
            )
            yield desk
            desk.leave()
            await desk.idle()

    def start(self, desk: Desk, edges: str, name: str = "test") -> RunRow:
        """Start a DAG in a few words."""
        of = msgspec.structs.replace(dag(edges), name=name)
        return desk.start(RunCommand(dag=loaded(of, self.folder)))

    def status(self, run: RunRow) -> RunStatus:
        """Return how a run stands."""
        return self.store.find_run(run.run_id).status

    def statuses(self, run: RunRow) -> dict[str, str]:
        """Return how its tasks stand."""
        return {row.task: str(row.status) for row in self.store.tasks(run.run_key)}


async def until(holds: Callable[[], object]) -> None:
    """Return when it holds."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 -- nothing rings
            await asyncio.sleep(0)
