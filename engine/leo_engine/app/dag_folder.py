"""The part of the facade that reads DAG files; nothing is stored or started."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leo_engine.app import catalogue
from leo_engine.app.executors import missing
from leo_engine.app.parts import part_of
from leo_engine.app.premises import Premises
from leo_engine.app.types import Catalogue
from leo_engine.errors import Problem
from leo_engine.graph.dag import Graph
from leo_engine.loader.find import find
from leo_engine.loader.load import LoadedDag
from leo_engine.placement.placer import Strategy
from leo_engine.spec.model import Dag, Json
from leo_engine.spec.params import bind_params
from leo_engine.spec.part import Part

if TYPE_CHECKING:
    import asyncio

    from leo_engine.app.folder_state import FolderState
    from leo_engine.loader.batch_plan import LoadedPlan
    from leo_engine.simulation.plan import Plan


class DagFolder(Premises):
    """The DAGs of the folder: found, loaded, drawn, predicted, checked."""

    def dag_files(self) -> list[Path]:
        """Return the DAG files of the folder, by name."""
        return find(self.settings.folder)

    def load(self, name: str) -> LoadedDag:
        """Return a DAG by its name or by the path of its file.

        Raises:
            DagNotFoundError: there is none.
            SpecError: its file is wrong; holds every problem.
        """
        return catalogue.load_dag(self.settings.folder, name)

    def load_all(self) -> Catalogue:
        """Return every valid DAG of the folder, and what is wrong with the others."""
        return catalogue.load_catalogue(self.settings.folder)

    def folder_state(self, previous: "FolderState | None" = None) -> "FolderState":
        """Return every file of the folder, valid or not; `previous` if none changed.

        Only what has been written since `previous` is read. Nothing that is wrong with
        the folder raises.
        """
        from leo_engine.app.folder_state import folder_state  # noqa: PLC0415 -- only for screens

        store = self._opened() if self._has_store() else None
        return folder_state(self.settings.folder, previous, store)

    def watch_folder(self, stop: "asyncio.Event") -> AsyncIterator[frozenset[Path]]:
        """Yield the paths of the folder that were written, came or went.

        Ends when `stop` is set. The folder itself is among them when it is gone, is
        back, or is another one.
        """
        from leo_engine.watch.folder import changes  # noqa: PLC0415 -- only for screens

        return changes(self.settings.folder, stop)

    def load_plan(self, path: Path) -> "LoadedPlan":
        """Return a plan of many runs, bound to the DAGs of the folder.

        Raises:
            SpecError: the plan or a DAG that it names is wrong; holds every problem.
        """
        from leo_engine.loader.batch_plan import load_plan  # noqa: PLC0415 -- rare

        return load_plan(path, catalogue.lookup_in(self.settings.folder))

    def bind_params(self, dag: Dag, texts: Mapping[str, Json]) -> dict[str, Json]:
        """Return a typed value for every parameter of a DAG.

        Raises:
            SpecValidationError: unknown, missing, of the wrong type; all of it.
        """
        return bind_params(dag, texts)

    def part_of(self, loaded: LoadedDag, part: Part) -> LoadedDag:
        """Return a DAG with the chosen tasks alone; as it is when those are all.

        Raises:
            UnknownTaskError: a name is no task of it; carries the nearest.
            ConfigError: a name is that of a hook, or there is none.
            SpecValidationError: chosen tasks use what left-out ones hand on.
        """
        return part_of(loaded, part)

    def schema(self) -> dict[str, Json]:
        """Return the JSON Schema of a DAG file."""
        from leo_engine.spec.json_schema import dag_json_schema  # noqa: PLC0415 -- rare

        return dag_json_schema()

    def graph(self, dag: Dag) -> Graph:
        """Return who waits for whom, as integers."""
        return Graph.build(
            [task.id for task in dag.tasks], [task.upstream for task in dag.tasks]
        )

    def plan(
        self, dag: Dag, *, slots: int | None = None, strategy: Strategy | None = None
    ) -> "Plan":
        """Predict a run: learnt durations, else estimates, on a virtual clock."""
        from leo_engine.simulation.plan import simulate  # noqa: PLC0415 -- rare

        learnt = self._opened().durations(dag.name) if self._has_store() else {}
        return simulate(
            dag,
            durations=learnt,
            slots=slots or self.settings.slots,
            strategy=strategy or self.settings.strategy,
        )

    def preflight(self, dags: Sequence[LoadedDag]) -> list[Problem]:
        """Return what cannot run here, and why; one problem for each task."""
        from leo_engine.app.interpreters import missing_interpreter  # noqa: PLC0415 -- only before runs

        return [
            Problem(message=reason, file=str(loaded.path))
            for loaded in dags
            for task in loaded.dag.tasks
            if (
                reason := missing(task, self.settings.executor)
                or missing_interpreter(task, loaded.path.parent)
            )
        ]
