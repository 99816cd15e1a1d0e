"""Output of attempts, read: found by run and task, masked, followed while it grows."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from leo_engine.app.types import LogFile
from leo_engine.ids import path_segment
from leo_engine.scheduler.folders import LOG, STDOUT
from leo_engine.scheduler.scrub import mask_text
from leo_engine.state.rows import AttemptRow

_LONGEST_LINE = 1 << 20
TAIL_BYTES = 64 * 1024


def log_files(
    run_folder: Path, attempts: Sequence[AttemptRow], attempt: int | None
) -> list[LogFile]:
    """Return the logs of the latest attempt of each task, or of attempt `attempt`."""
    chosen: dict[str, AttemptRow] = {}
    for row in attempts:
        if attempt is None or row.attempt == attempt:
            chosen[row.task] = row
    return [log for row in chosen.values() for log in _of_attempt(run_folder, row)]


def _of_attempt(run_folder: Path, row: AttemptRow) -> Iterator[LogFile]:
    for path in log_paths(run_folder, row.task, row.attempt):
        try:
            size = path.stat().st_size
        except OSError:
            continue
        yield LogFile(
            task=row.task,
            attempt=row.attempt,
            path=path,
            size_bytes=size,
            is_live=row.ended_ms is None,
        )


def log_paths(run_folder: Path, task: str, attempt: int) -> tuple[Path, Path]:
    """Return where an attempt's stdout, kept apart, and its other output would be."""
    folder = run_folder / path_segment(task)
    return folder / f"{attempt}{STDOUT}", folder / f"{attempt}{LOG}"


def read_lines(path: Path, secrets: Sequence[str]) -> Iterator[str]:
    """Return the lines of a log with their ends, masked; invalid UTF-8 is replaced.

    A line over 1 MiB comes in pieces.
    """
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            yield mask_text(line.decode(errors="replace"), secrets)


def tail_lines(path: Path, count: int, secrets: Sequence[str]) -> tuple[str, ...]:
    """Return the last `count` lines without their ends, from the last 64 KiB."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ()
    lines = text.removesuffix("\n").split("\n") if text else []
    return tuple(mask_text(line, secrets) for line in lines[-count:])


class GrowingLog:
    """A log that is read as it grows."""

    def __init__(self, path: Path, secrets: Sequence[str]) -> None:
        self._path = path
        self._secrets = secrets
        self._offset = 0
        self._rest = b""

    def read(self, *, is_over: bool) -> list[str]:
        """Return lines written since the last call, masked; [] when there are none.

        At most 1 MiB at a time. A line that has no end yet is held back, unless the log
        is over, or the line is over 1 MiB: then it comes in pieces.
        """
        piece = self._read_on()
        *ended, rest = (self._rest + piece).split(b"\n")
        lines = [line + b"\n" for line in ended]
        if rest and (len(rest) >= _LONGEST_LINE or (is_over and not piece)):
            lines.append(rest)
            rest = b""
        self._rest = rest
        if piece and not lines:
            return self.read(is_over=is_over)
        return [
            mask_text(line.decode(errors="replace"), self._secrets) for line in lines
        ]

    def _read_on(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                piece = file.read(_LONGEST_LINE)
        except OSError:
            return b""
        self._offset += len(piece)
        return piece
