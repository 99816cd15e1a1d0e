"""The DAG folder as a screen shows it: valid files, broken ones, and those gone."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from leo_engine.app.history import stored_dag
from leo_engine.app.parts import is_part
from leo_engine.errors import Problem, StoreError
from leo_engine.loader.folder_files import FileReading, FolderFiles, look
from leo_engine.loader.load import LoadedDag
from leo_engine.ports import RunFilter, RunStore

_MOST_LOOKED_AT = 100
"""Runs of a file among which one of all of it is looked for."""


class FileState(msgspec.Struct, frozen=True, kw_only=True):
    """One DAG file."""

    path: Path
    loaded: LoadedDag | None
    """None while it is broken or gone."""
    problems: tuple[Problem, ...] = ()
    last_good: LoadedDag | None
    """The newest version known to be valid; None: there never was one."""
    is_gone: bool = False
    """It was there before."""


class FolderState(msgspec.Struct, frozen=True, kw_only=True):
    """The folder at one moment."""

    files: tuple[FileState, ...]
    """By name; those that are gone for as long as a valid version is known."""
    skipped: tuple[tuple[Path, str], ...]
    """Files that are no DAGs, by name, and why."""
    problems: tuple[Problem, ...]
    """Of `leo.toml`, or of the folder itself."""
    found: FolderFiles
    """What it was made of, for the next look."""


def folder_state(
    folder: Path, previous: FolderState | None, store: RunStore | None
) -> FolderState:
    """Return the folder as it is now; `previous` itself when nothing has changed.

    What a file was before it broke is known from `previous`, else from its newest run.
    """
    found = look(folder, None if previous is None else previous.found)
    if previous is not None and found is previous.found:
        return previous
    before = {} if previous is None else {one.path: one for one in previous.files}
    files = [
        _file(reading, found, before.get(reading.path), store, folder)
        for reading in found.readings
    ]
    files += _gone(before, {one.path for one in files})
    return FolderState(
        files=tuple(sorted(files, key=lambda one: one.path)),
        skipped=found.skipped,
        problems=found.problems,
        found=found,
    )


def _file(
    reading: FileReading,
    found: FolderFiles,
    before: FileState | None,
    store: RunStore | None,
    folder: Path,
) -> FileState:
    between = found.between.get(str(reading.path), ())
    problems = (*reading.problems, *between)
    loaded = None if between else reading.loaded
    last_good = loaded
    if last_good is None and before is not None:
        last_good = before.last_good
    if last_good is None and store is not None:
        last_good = _of_newest_run(store, reading.path, folder)
    return FileState(
        path=reading.path, loaded=loaded, problems=problems, last_good=last_good
    )


def _gone(before: dict[Path, FileState], there: set[Path]) -> Iterator[FileState]:
    for path, known in before.items():
        if path not in there and known.last_good is not None:
            yield FileState(
                path=path, loaded=None, last_good=known.last_good, is_gone=True
            )


def _of_newest_run(store: RunStore, path: Path, folder: Path) -> LoadedDag | None:
    """Return the version that the newest run of a whole file began with."""
    file = str(path.relative_to(folder))
    runs = store.runs(RunFilter(file=file, limit=_MOST_LOOKED_AT))
    try:
        return next(
            (
                LoadedDag(
                    stored_dag(store, run.dag_hash),
                    store.dag_version(run.dag_hash),
                    path,
                )
                for run in runs
                if not is_part(run)
            ),
            None,
        )
    except StoreError:
        # Of a leo-tui that stored DAGs otherwise: then there is none that can be run.
        return None
