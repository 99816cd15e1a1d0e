"""The DAG files of a folder, found by name or by path."""

from collections.abc import Callable
from pathlib import Path

from leo_engine.app.parts import as_in
from leo_engine.app.types import Catalogue, Finding
from leo_engine.errors import DagNotFoundError, SpecError
from leo_engine.loader.find import find, is_dag_file, stem_of
from leo_engine.loader.load import LoadedDag, load, load_folder
from leo_engine.ports import RunRow, RunStore
from leo_engine.spec.nearest import nearest


def load_dag(folder: Path, name: str) -> LoadedDag:
    """Return a DAG by its name, or by the path of its file.

    A file called like the DAG is tried first; all files are read only when none is.

    Raises:
        DagNotFoundError: there is none; knows the nearest name.
        SpecError: its file is wrong.
    """
    path = Path(name)
    if is_dag_file(path) and path.is_file():
        return load(path.absolute())
    return _named(folder, name) or _search(load_catalogue(folder), name)


def current_dag(folder: Path, store: RunStore, run: RunRow) -> LoadedDag | None:
    """Return the DAG of a run as its file is now; None when that is gone.

    Of a run of some tasks only, it is as much of the file.

    Raises:
        SpecError: the file is wrong by now.
        ConfigError: it has no task any more of those that the run is of.
    """
    path = folder / run.file
    return as_in(store, run, load(path)) if path.is_file() else None


def lookup_in(folder: Path) -> Callable[[str], LoadedDag]:
    """Return `load_dag` for many names and no paths: all files are read once at most.

    A plan names DAGs of its folder; a path would mean something else elsewhere.
    """
    everything: list[Catalogue] = []

    def lookup(name: str) -> LoadedDag:
        found = _named(folder, name)
        if found is not None:
            return found
        if not everything:
            everything.append(load_catalogue(folder))
        return _search(everything[0], name)

    return lookup


def _named(folder: Path, name: str) -> LoadedDag | None:
    """Return a DAG whose file is called like it."""
    for path in find(folder):
        if stem_of(path) == name:
            loaded = load(path)
            if loaded.dag.name == name:
                return loaded
    return None


def _search(found: Catalogue, name: str) -> LoadedDag:
    dags, problems = found.dags, found.problems
    for loaded in dags:
        if name in (loaded.dag.name, stem_of(loaded.path)):
            return loaded
    own = [problem for problem in problems if stem_of(Path(problem.file)) == name]
    if own:
        raise SpecError(own)
    names = [loaded.dag.name for loaded in dags]
    raise DagNotFoundError(name, nearest(name, names))


def load_catalogue(folder: Path) -> Catalogue:
    """Return every DAG of the folder, and what is wrong with the other files."""
    dags, problems = load_folder(folder)
    return Catalogue(tuple(dags), tuple(problems))


def finding(found: Catalogue) -> Finding:
    """Return what `doctor` says of a folder's files."""
    if not found.problems:
        return Finding("DAG files", "ok", f"{len(found.dags)} are valid")
    files = len({problem.file for problem in found.problems})
    message = f"{len(found.problems)} problems in {files} of the files"
    return Finding("DAG files", "error", message, "leo-tui validate")
