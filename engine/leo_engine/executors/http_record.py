"""How requests ended, beside their logs, so that an engine's end does not unsay it.

The file of an attempt is made before its request is sent; how it ended is written
before anybody is told. Until then it holds what is to be said should its engine end
meanwhile: nothing, for what may be sent again. Handles name the file:
`http:RUN/TASK/ATTEMPT`, free of colons after the first, as those of processes are not.
"""

import os
from pathlib import Path

import msgspec

from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.ids import path_segment
from leo_engine.state.outcome import Outcome

_PREFIX = "http:"
_SUFFIX = ".http"


class HttpEnding(msgspec.Struct, frozen=True):
    """How a request ended, and when."""

    outcome: Outcome
    at_ms: int
    """Milliseconds since 1970."""


class HttpRecords:
    """The records under one folder, which has a folder for each run."""

    def __init__(self, runs_folder: Path) -> None:
        self._folder = runs_folder

    def handle(self, key: AttemptKey) -> str:
        """Return the handle of an attempt."""
        run, task = path_segment(key.run_id), path_segment(key.task)
        return f"{_PREFIX}{run}/{task}/{key.attempt}"

    def begin(self, handle: str, unless_ended: HttpEnding | None = None) -> None:
        """Make the record of an attempt, with what holds unless another end is told.

        Raises:
            FileExistsError: it was begun before.
            OSError: it cannot be made.
        """
        path = self._path(handle)
        os.makedirs(path.parent, mode=0o700, exist_ok=True)  # noqa: PTH103 -- one call a request
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            if unless_ended is not None:
                file.write(msgspec.json.encode(unless_ended))

    def end(self, handle: str, ending: HttpEnding) -> None:
        """Write down how it ended.

        Raises:
            OSError: it cannot be written.
        """
        path = self._path(handle)
        fresh = path.with_suffix(".ending")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
            file.write(msgspec.json.encode(ending))
        # At once: half of it would unsay what stood there.
        fresh.replace(path)

    def has(self, handle: str) -> bool:
        """Tell whether an attempt was begun."""
        return _is_handle(handle) and self._path(handle).exists()

    def ending(self, handle: str) -> HttpEnding | None:
        """Return how it ended; None when nothing tells."""
        if not _is_handle(handle):
            return None
        try:
            return msgspec.json.decode(self._path(handle).read_bytes(), type=HttpEnding)
        except (OSError, msgspec.DecodeError):
            return None

    def _path(self, handle: str) -> Path:
        return self._folder / f"{handle.removeprefix(_PREFIX)}{_SUFFIX}"


def _is_handle(text: str) -> bool:
    parts = text.removeprefix(_PREFIX).split("/")
    is_named = text.startswith(_PREFIX) and len(parts) == 3  # noqa: PLR2004 -- run, task, attempt
    return is_named and all(part.strip(".") for part in parts)
