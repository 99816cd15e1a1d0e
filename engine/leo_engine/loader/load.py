"""Loads DAG files: one, or all of a folder with what holds between them."""

import gc
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from leo_engine.errors import Problem, SpecError, SpecSyntaxError, SpecValidationError
from leo_engine.loader.find import find, stem_of
from leo_engine.loader.folder_settings import read_folder_settings
from leo_engine.loader.read import DEADLINE_S, read_source
from leo_engine.loader.stamp import Stamp, stamp_of
from leo_engine.ports import DagVersion
from leo_engine.spec.document import DocumentFormat, read_document
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Dag, PythonCall
from leo_engine.spec.parse import SourceText, parse_dag
from leo_engine.spec.part import Part
from leo_engine.spec.sub_dags import SubDagFault, sub_dag_faults, sub_dag_tasks
from leo_engine.spec.surroundings import Surroundings

_DIGEST_BYTES = 32
_TRIES = 3
"""Times that a script is read which is written while it runs."""


class LoadedDag(msgspec.Struct, frozen=True):
    """A valid DAG file."""

    dag: Dag
    version: DagVersion
    path: Path
    part: Part | None = None
    """What of the file this is; None: all of it."""


def load(path: Path, *, deadline_s: float = DEADLINE_S) -> LoadedDag:
    """Return the DAG of one file, checked against the folder it is in.

    Raises:
        SpecSyntaxError: the file cannot be read as what its name says.
        SpecValidationError: it can, and makes no sense; holds every problem.
        ConfigError: the folder's `leo.toml` is wrong.
    """
    surroundings = surroundings_of(path.parent)
    loaded = load_alone(path, surroundings, deadline_s=deadline_s)
    if not sub_dag_tasks(loaded.dag):
        return loaded
    others = (other for other in find(path.parent) if other != path)
    found, _ = _load_each(others, surroundings, deadline_s)
    own = problems_between([loaded, *found.loaded], found.unreadable).get(str(path))
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
    found, problems = _load_each(find(folder), surroundings_of(folder), deadline_s)
    between = problems_between(found.loaded, found.unreadable)
    good = [one for one in found.loaded if str(one.path) not in between]
    good.sort(key=lambda loaded: loaded.dag.name)
    return good, [*problems, *(one for few in between.values() for one in few)]


def load_alone(
    path: Path,
    surroundings: Surroundings,
    *,
    deadline_s: float = DEADLINE_S,
    sought: dict[Path, Stamp | None] | None = None,
) -> LoadedDag:
    """Return the DAG of one file, unchecked against other files.

    To `sought` is added what of the folder it has looked at besides, for its python
    tasks: every path as it was then, None where there was nothing.

    Raises:
        SpecError: the file is wrong; holds every problem.
    """
    sought = {} if sought is None else sought
    with _no_collection():
        for _ in range(_TRIES):
            before = stamp_of(path)
            source = read_source(path, deadline_s=deadline_s)
            dag = parse_dag(source, surroundings)
            if not any(isinstance(task.action, PythonCall) for task in dag.tasks):
                return LoadedDag(dag, dag_version(dag, source), path)
            loaded = _pinned(dag, source, path, sought)
            # What a script declares and what is called of it are of one text.
            if sought.get(path, before) == before:
                return loaded
    problem = Problem(message="was written each time it was read", file=str(path))
    raise SpecSyntaxError([problem])


def _pinned(
    dag: Dag, source: SourceText, path: Path, sought: dict[Path, Stamp | None]
) -> LoadedDag:
    """Return a DAG whose version holds the files that its python tasks import."""
    from leo_engine.loader.python_sources import pin  # noqa: PLC0415 -- only for python tasks

    pinned = pin(dag, path.parent, sought)
    if pinned.faults:
        raise SpecValidationError(_placed(pinned.faults, source))
    version = dag_version(pinned.dag, source)
    version = msgspec.structs.replace(version, sources=pinned.sources)
    return LoadedDag(pinned.dag, version, path)


def problems_between(
    loaded: Iterable[LoadedDag], unreadable: Iterable[str]
) -> dict[str, list[Problem]]:
    """Return {file: problems} for names in two files, and for what sub-DAGs name.

    `loaded` is what is valid by itself, in the order of the files; `unreadable` the
    stems of the other files.
    """
    found: dict[str, list[Problem]] = {}
    by_name: dict[str, LoadedDag] = {}
    for one in loaded:
        first = by_name.setdefault(one.dag.name, one)
        if first is not one:
            found[str(one.path)] = _placed_in([_same_name(first)], one)
    dags = {name: one.dag for name, one in by_name.items()}
    for name, faults in sub_dag_faults(dags, unreadable).items():
        found[str(by_name[name].path)] = _placed_in(faults, by_name[name])
    return found


def _same_name(first: LoadedDag) -> SubDagFault:
    message = f"the DAG {first.dag.name!r} is also in {first.path.name}"
    return SubDagFault(("name",), message, "give one of them another 'name'")


def surroundings_of(folder: Path) -> Surroundings:
    """Return what validity depends on besides a file: `leo.toml` and the machine.

    Raises:
        ConfigError: `leo.toml` is wrong.
    """
    return surroundings_with(frozenset(read_folder_settings(folder).pools))


def surroundings_with(pools: frozenset[str]) -> Surroundings:
    """Return the same for a `leo.toml` that declares these pools."""
    return Surroundings(pools=pools, is_timezone=_is_timezone)


def dag_version(dag: Dag, source: SourceText) -> DagVersion:
    """Return a DAG as it is stored; the hash is that of the resolved JSON."""
    dag_hash, resolved = _resolved(dag)
    return DagVersion(
        dag_hash=dag_hash,
        name=dag.name,
        source=source.text,
        source_format=source.document_format,
        resolved=resolved,
    )


def with_tasks(loaded: LoadedDag, dag: Dag, part: Part) -> LoadedDag:
    """Return a part of a file, with a version of its own."""
    dag_hash, resolved = _resolved(dag)
    version = msgspec.structs.replace(
        loaded.version, dag_hash=dag_hash, resolved=resolved
    )
    return LoadedDag(dag, version, loaded.path, part)


def _resolved(dag: Dag) -> tuple[str, bytes]:
    resolved = msgspec.json.encode(dag, order="deterministic")
    return hashlib.blake2b(resolved, digest_size=_DIGEST_BYTES).hexdigest(), resolved


class _Found(NamedTuple):
    """Files, each by itself."""

    loaded: list[LoadedDag]
    unreadable: list[str]
    """Stems of those that are wrong."""


def _load_each(
    paths: Iterable[Path], surroundings: Surroundings, deadline_s: float
) -> tuple[_Found, list[Problem]]:
    """Load files, and return what is wrong with those that could not be."""
    found = _Found([], [])
    problems: list[Problem] = []
    for path in paths:
        try:
            loaded = load_alone(path, surroundings, deadline_s=deadline_s)
        except SpecError as error:
            problems += error.problems
            found.unreadable.append(stem_of(path))
        else:
            found.loaded.append(loaded)
    return found, problems


def _placed_in(faults: Sequence[SubDagFault], loaded: LoadedDag) -> list[Problem]:
    """Return faults found between files as problems at their places in one."""
    version = loaded.version
    document_format = DocumentFormat(version.source_format)
    return _placed(
        faults, SourceText(version.source, document_format, str(loaded.path))
    )


def _placed(faults: Sequence[SubDagFault], source: SourceText) -> list[Problem]:
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
