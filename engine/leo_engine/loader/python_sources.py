"""The Python files that python tasks are made of: found, read and pinned to the DAG.

Of each target it is the file that it names and every file of the DAG's folder that an
import statement leads to from there, by the rules of importlib. Whatever is not found
there is left to the task's interpreter.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from leo_engine.loader.python_imports import imports_of
from leo_engine.loader.stamp import Stamp, stamp_of
from leo_engine.spec.model import Dag, PythonCall, Task
from leo_engine.spec.sub_dags import SubDagFault

MOST_BYTES = 16 * 1024 * 1024
"""For all files of one DAG together."""
_DIGEST_BYTES = 16


class Pinned(NamedTuple):
    """A DAG whose python tasks know what they are made of."""

    dag: Dag
    sources: dict[str, bytes]
    """{path in the folder: content}."""
    faults: list[SubDagFault]


class _Source(NamedTuple):
    """One file of the folder."""

    path: str
    """Relative to the folder."""
    content: bytes
    package: str
    """What its relative imports start from."""


class _TooMuchError(Exception):
    """The files are larger than a DAG version may be."""


def pin(dag: Dag, folder: Path, sought: dict[Path, Stamp | None]) -> Pinned:
    """Return the DAG with the digests of what its python tasks import from `folder`.

    Every path that was looked at is added to `sought`, as it was then: None where there
    was nothing.
    """
    sources = _Sources(folder, sought)
    tasks: list[Task] = []
    faults: list[SubDagFault] = []
    for task in dag.tasks:
        action = task.action
        if not isinstance(action, PythonCall):
            tasks.append(task)
            continue
        try:
            found = sources.of_target(action.target)
        except (OSError, _TooMuchError) as error:
            fault = SubDagFault(("tasks", task.base, "python"), _reason(error))
            # Matrix siblings have it in common.
            faults += [] if fault in faults else [fault]
            found = ()
        call = msgspec.structs.replace(action, sources=found)
        tasks.append(msgspec.structs.replace(task, action=call))
    dag = msgspec.structs.replace(dag, tasks=tuple(tasks))
    contents = {path: source.content for path, source in sources.read.items()}
    return Pinned(dag, contents, faults)


def _reason(error: OSError | _TooMuchError) -> str:
    if isinstance(error, OSError):
        return f"cannot read {error.filename}: {error.strerror}"
    return str(error)


class _Sources:
    """The files of one folder, each read once."""

    def __init__(self, folder: Path, sought: dict[Path, Stamp | None]) -> None:
        self._folder = folder
        self._sought = sought
        self.read: dict[str, _Source] = {}
        self._modules: dict[str, tuple[_Source, ...]] = {}
        self._imports: dict[str, frozenset[str]] = {}
        self._targets: dict[str, tuple[tuple[str, str], ...]] = {}
        self._size = 0

    def of_target(self, target: str) -> tuple[tuple[str, str], ...]:
        """Return (path, digest) of all that a target is made of, by path.

        Raises:
            OSError: a file cannot be read, or a target names one that is not there.
            _TooMuchError: all of it together is too large.
        """
        place = target.partition(":")[0]
        known = self._targets.get(place)
        if known is None:
            reached = self._reachable(self._first(place))
            known = tuple((path, _digest(reached[path].content)) for path in reached)
            self._targets[place] = known = tuple(sorted(known))
        return known

    def _first(self, place: str) -> tuple[_Source, ...]:
        if not place.endswith(".py"):
            return self._module(place)
        source = self._file(place, "")
        if source is None:
            raise FileNotFoundError(2, "no such file", place)
        return (source,)

    def _reachable(self, first: tuple[_Source, ...]) -> dict[str, _Source]:
        found: dict[str, _Source] = {}
        unseen = list(first)
        while unseen:
            source = unseen.pop()
            if source.path in found:
                continue
            found[source.path] = source
            for module in self._imported_by(source):
                unseen += self._module(module)
        return found

    def _imported_by(self, source: _Source) -> frozenset[str]:
        known = self._imports.get(source.path)
        if known is None:
            text = source.content.decode("utf-8", "replace")
            known = imports_of(text, source.package)
            self._imports[source.path] = known
        return known

    def _module(self, name: str) -> tuple[_Source, ...]:
        """Return what importing a module reads here: its packages, then itself."""
        known = self._modules.get(name)
        if known is None:
            self._modules[name] = known = tuple(self._imported(name))
        return known

    def _imported(self, name: str) -> Iterator[_Source]:
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            path, package = "/".join(parts[:count]), ".".join(parts[:count])
            source = self._file(f"{path}/__init__.py", package)
            if source is None:
                source = self._file(f"{path}.py", package.rpartition(".")[0])
                if source is not None:
                    yield source
                    return
                # A folder alone makes a package as well, and may come later.
                if not (self._folder / path).is_dir():
                    self._sought[self._folder / path] = None
                    return
            else:
                yield source

    def _file(self, path: str, package: str) -> _Source | None:
        known = self.read.get(path)
        if known is not None:
            return known
        whole = self._folder / path
        # Before it is read: what is written meanwhile is seen at the next look.
        self._sought[whole] = stamp_of(whole)
        if not whole.is_file():
            return None
        with whole.open("rb") as file:
            content = file.read(MOST_BYTES + 1 - self._size)
        self._size += len(content)
        if self._size > MOST_BYTES:
            most = MOST_BYTES // 1024**2
            message = f"the Python files of this DAG come to more than {most} MiB"
            raise _TooMuchError(message)
        self.read[path] = source = _Source(path, content, package)
        return source


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
