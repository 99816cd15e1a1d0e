"""What the python tasks of one run are given: their files, and what to call with.

A run imports a copy of the files that its DAG version was made of, so that an edit
changes nothing for it. The copy is made when a task first needs it, under a name of its
own, and renamed once it is whole: nobody ever imports half of it.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from leo_engine.errors import LaunchError
from leo_engine.ids import path_segment
from leo_engine.scheduler.folders import CALL, RunFolders
from leo_engine.scheduler.private_file import write_private
from leo_engine.spec.model import PythonCall, Task

SourcesOf = Callable[[], Mapping[str, bytes]]
"""Reads {path: content} of the run's DAG version; paths relative to its folder."""

_FOLDER = "~sources"
"""No task's folder is called so; see `ids.path_segment`."""


class PythonCalls:
    """Writes down what each attempt of a python task is to call."""

    def __init__(
        self, folders: RunFolders, dag_hash: str, sources_of: SourcesOf
    ) -> None:
        self._folders = folders
        self._dag_hash = dag_hash
        self._sources_of = sources_of

    def prepare(
        self,
        task: Task,
        attempt: int,
        call: PythonCall,
        upstream: Iterable[Task],
    ) -> str:
        """Return the path of the file, private, that the attempt's process reads.

        Raises:
            LaunchError: it, or the copy of the files, cannot be written.
        """
        path = self._folders.attempt(task.id, attempt, CALL)
        try:
            document = {
                "arguments": call.arguments,
                "folder": self._folders.dag_folder,
                "sources": self._laid_out() if call.sources else "",
                **_names(upstream),
            }
            write_private(path, msgspec.json.encode(document))
        except OSError as error:
            message = f"cannot write what to call: {error}"
            raise LaunchError(message) from error
        return path

    def _laid_out(self) -> str:
        """Return the folder with the files of this version, made when it is missing."""
        folders = Path(self._folders.run_folder) / _FOLDER
        place = folders / path_segment(self._dag_hash)
        if not place.is_dir():
            import shutil  # noqa: PLC0415 -- 3 ms that only such a task pays

            fresh = folders / f"{place.name}.{os.getpid()}"
            shutil.rmtree(fresh, ignore_errors=True)
            for path, content in self._sources_of().items():
                _make_folders(fresh, Path(path))
                write_private(str(fresh / path), content)
            # Another engine of this run may have been faster, with the same files.
            try:
                fresh.rename(place)
            except OSError:
                shutil.rmtree(fresh, ignore_errors=True)
                if not place.is_dir():
                    raise
        return str(place)


def _make_folders(root: Path, path: Path) -> None:
    """Make every folder on the way to a file: only its owner may enter any."""
    for folder in (root.parent, root, *(root / one for one in reversed(path.parents))):
        folder.mkdir(mode=0o700, exist_ok=True)


def _names(upstream: Iterable[Task]) -> dict[str, list[str]]:
    """Return the names that parameters may have: of tasks, and of whole matrices."""
    tasks = list(upstream)
    return {
        "upstream": [task.id for task in tasks],
        "fan_ins": list(dict.fromkeys(task.base for task in tasks if task.matrix)),
    }
