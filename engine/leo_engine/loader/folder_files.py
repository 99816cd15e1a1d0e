"""The files of a DAG folder, each read anew only when it has changed.

Nothing that is wrong with the folder raises: it is shown.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import msgspec

from leo_engine.errors import Problem, SpecError
from leo_engine.loader.find import SETTINGS_FILE, stem_of, why_no_dag_file
from leo_engine.loader.folder_settings import FolderSettings, check_folder_settings
from leo_engine.loader.load import (
    LoadedDag,
    load_alone,
    problems_between,
    surroundings_with,
)
from leo_engine.loader.stamp import Stamp, stamp_of
from leo_engine.spec.surroundings import Surroundings

_NONE: Mapping[str, list[Problem]] = MappingProxyType({})


class FileReading(msgspec.Struct, frozen=True):
    """One DAG file by itself, as it was when it was read."""

    path: Path
    stamp: Stamp | None
    """None: it could not be looked at, and is read again each time."""
    loaded: LoadedDag | None
    problems: tuple[Problem, ...]
    sought: Mapping[Path, Stamp | None]
    """Where else it was looked, for python tasks; None where there was nothing."""


class FolderFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at a folder has found."""

    readings: tuple[FileReading, ...]
    """By name."""
    between: Mapping[str, Sequence[Problem]]
    """{file: problems that it has only because of other files}."""
    skipped: tuple[tuple[Path, str], ...]
    """Files that are no DAGs, by name, and why."""
    problems: tuple[Problem, ...]
    """Of `leo.toml`, or of the folder itself."""
    settings: FolderSettings
    """Those of the last `leo.toml` that was valid."""
    settings_stamp: Stamp | None


def look(folder: Path, before: FolderFiles | None) -> FolderFiles:
    """Return the folder as it is now; `before` itself when it is as it was.

    O(files) when nothing has changed: one stat for each, and for each file that python
    tasks import. A script without such tasks is run again when it has been written, not
    when something that it imports has.
    """
    dags, skipped, listing = _listed(folder)
    settings, stamp, wrong = _settings(folder, before)
    problems = (*listing, *wrong)
    known = _still_valid(before, settings)
    surroundings = surroundings_with(frozenset(settings.pools))
    readings = tuple(_reading(path, known.get(path), surroundings) for path in dags)
    if before is not None and _is_same(before, readings, skipped, problems):
        return before
    return FolderFiles(
        readings=readings,
        between=_between(readings),
        skipped=skipped,
        problems=problems,
        settings=settings,
        settings_stamp=stamp,
    )


def _listed(
    folder: Path,
) -> tuple[list[Path], tuple[tuple[Path, str], ...], list[Problem]]:
    """Return DAG files, other files with the reason, and why nothing can be listed."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 -- after every save of a file
    except OSError as error:
        reason = f"the folder cannot be listed: {error.strerror}"
        return [], (), [Problem(message=reason, file=str(folder))]
    dags, skipped = [], []
    for name in names:
        path = folder / name
        why = why_no_dag_file(path)
        if not why:
            dags.append(path)
        elif not (name.startswith(".") and path.is_dir()):
            skipped.append((path, why))
    return dags, tuple(skipped), []


def _settings(
    folder: Path, before: FolderFiles | None
) -> tuple[FolderSettings, Stamp | None, tuple[Problem, ...]]:
    path = folder / SETTINGS_FILE
    stamp = stamp_of(path)
    if before is not None and stamp == before.settings_stamp:
        of_it = [one for one in before.problems if one.file == str(path)]
        return before.settings, stamp, tuple(of_it)
    try:
        return check_folder_settings(folder), stamp, ()
    except SpecError as error:
        last = FolderSettings() if before is None else before.settings
        return last, stamp, error.problems


def _still_valid(
    before: FolderFiles | None, settings: FolderSettings
) -> dict[Path, FileReading]:
    """Return what was read before, unless other pools make it valid or invalid."""
    if before is None or before.settings.pools.keys() != settings.pools.keys():
        return {}
    return {reading.path: reading for reading in before.readings}


def _reading(
    path: Path, known: FileReading | None, surroundings: Surroundings
) -> FileReading:
    # Before it is read: what is written meanwhile is read once more.
    stamp = stamp_of(path)
    if known is not None and stamp is not None and known.stamp == stamp:
        sought_now = {place: stamp_of(place) for place in known.sought}
        if sought_now == known.sought:
            return known
    sought: dict[Path, Stamp | None] = {}
    try:
        loaded = load_alone(path, surroundings, sought=sought)
    except SpecError as error:
        return FileReading(path, stamp, None, error.problems, sought)
    return FileReading(path, stamp, loaded, (), sought)


def _is_same(
    before: FolderFiles,
    readings: Sequence[FileReading],
    skipped: Sequence[tuple[Path, str]],
    problems: Sequence[Problem],
) -> bool:
    return (before.readings, before.skipped, before.problems) == (
        readings,
        skipped,
        problems,
    )


def _between(readings: Sequence[FileReading]) -> Mapping[str, Sequence[Problem]]:
    loaded = [one.loaded for one in readings if one.loaded is not None]
    unreadable = [stem_of(one.path) for one in readings if one.loaded is None]
    return problems_between(loaded, unreadable) if loaded else _NONE
