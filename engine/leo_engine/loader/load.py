"""Loads DAG files: one, or all of a folder with what holds between them."""

import gc
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from leo_engine.errors import Problem, SpecError, SpecValidationError
from leo_engine.loader.find import find, stem_of
from leo_engine.loader.folder_settings import read_folder_settings
from leo_engine.loader.read import read_source
from leo_engine.loader.script import DEADLINE_S
from leo_engine.ports import DagVersion
from leo_engine.spec.document import read_document
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Dag
from leo_engine.spec.parse import SourceText, parse_dag
from leo_engine.spec.sub_dags import SubDagFault, sub_dag_faults, sub_dag_tasks
from leo_engine.spec.surroundings import Surroundings

_DIGEST_BYTES = 32


class LoadedDag(msgspec.Struct, frozen=True):
    """A valid DAG file."""

    dag: Dag
    version: DagVersion
    path: Path


def load(path: Path, *, deadline_s: float = DEADLINE_S) -> LoadedDag:
    """Return the DAG of one file, checked against the folder it is in.

    Raises:
        SpecSyntaxError: the file cannot be read as what its name says.
        SpecValidationError: it can, and makes no sense; holds every problem.
        ConfigError: the folder's `leo.toml` is wrong.
    """
    with _no_collection():
        loaded, source = _load(path, surroundings_of(path.parent), deadline_s)
    if not sub_dag_tasks(loaded.dag):
        return loaded
    folder = _Folder(path.parent, deadline_s)
    folder.read(already={path: (loaded, source)})
    own = [problem for problem in folder.cross_problems() if problem.file == str(path)]
    if own:
        raise SpecValidationError(own)
    return loaded


def load_folder(
    folder: Path, *, deadline_s: float = DEADLINE_S
) -> tuple[list[LoadedDag], list[Problem]]:
    """Return the valid DAGs of a folder by name, and every problem of the others.

    Raises:
        ConfigError: `leo.toml` is wrong.
        OSError: the folder cannot be listed.
    """
    files = _Folder(folder, deadline_s)
    files.read(already={})
    crossed = files.cross_problems()
    faulty = {problem.file for problem in crossed}
    good = [dag for dag, _ in files.loaded.values() if str(dag.path) not in faulty]
    good.sort(key=lambda loaded: loaded.dag.name)
    return good, [*files.problems, *crossed]


def surroundings_of(folder: Path) -> Surroundings:
    """Return what validity depends on besides a file: `leo.toml` and the machine.

    Raises:
        ConfigError: `leo.toml` is wrong.
    """
    pools = frozenset(read_folder_settings(folder).pools)
    return Surroundings(pools=pools, is_timezone=_is_timezone)


def dag_version(dag: Dag, source: SourceText) -> DagVersion:
    """Return a DAG as it is stored; the hash is that of the resolved JSON."""
    resolved = msgspec.json.encode(dag, order="deterministic")
    return DagVersion(
        dag_hash=hashlib.blake2b(resolved, digest_size=_DIGEST_BYTES).hexdigest(),
        name=dag.name,
        source=source.text,
        source_format=source.document_format,
        resolved=resolved,
    )


class _Folder:
    """The DAG files of one folder, read once."""

    def __init__(self, folder: Path, deadline_s: float) -> None:
        self._folder = folder
        self._deadline_s = deadline_s
        self._unreadable: list[str] = []
        self.loaded: dict[str, tuple[LoadedDag, SourceText]] = {}
        self.problems: list[Problem] = []

    def read(self, *, already: Mapping[Path, tuple[LoadedDag, SourceText]]) -> None:
        """Load every file that is not loaded yet."""
        surroundings = surroundings_of(self._folder)
        for path in find(self._folder):
            try:
                with _no_collection():
                    loaded = already.get(path) or _load(
                        path, surroundings, self._deadline_s
                    )
            except SpecError as error:
                self.problems.extend(error.problems)
                self._unreadable.append(stem_of(path))
                continue
            self._keep(*loaded)

    def _keep(self, loaded: LoadedDag, source: SourceText) -> None:
        name = loaded.dag.name
        if name in self.loaded:
            first = self.loaded[name][0].path.name
            message = f"the DAG {name!r} is also in {first}"
            fault = SubDagFault(("name",), message, "give one of them another 'name'")
            self.problems.extend(_placed([fault], source))
            return
        self.loaded[name] = (loaded, source)

    def cross_problems(self) -> list[Problem]:
        """Return what is wrong between files: sub-DAGs that do not exist or circle."""
        dags = {name: loaded.dag for name, (loaded, _) in self.loaded.items()}
        faults = sub_dag_faults(dags, self._unreadable)
        return [
            problem
            for name, found in faults.items()
            for problem in _placed(found, self.loaded[name][1])
        ]


def _load(
    path: Path, surroundings: Surroundings, deadline_s: float
) -> tuple[LoadedDag, SourceText]:
    source = read_source(path, deadline_s=deadline_s)
    dag = parse_dag(source, surroundings)
    return LoadedDag(dag, dag_version(dag, source), path), source


def _placed(faults: Sequence[SubDagFault], source: SourceText) -> list[Problem]:
    """Return faults found between files as problems at their places in one."""
    findings = Findings(read_document(source.text, source.document_format))
    for fault in faults:
        findings.add(fault.path, fault.message, hint=fault.hint)
    return findings.problems(source.text, source.document_format, source.file)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking a document that only grows.

    Without this, half the time of loading 100,000 tasks goes into collections that find
    nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _is_timezone(name: str) -> bool:
    import zoneinfo  # noqa: PLC0415 -- 4 ms, and few DAGs name a time zone

    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
