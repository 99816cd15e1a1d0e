"""Output of attempts, read: found by run and task, masked, followed while it grows."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

from leo_engine.app.types import LogFile
from leo_engine.ids import path_segment
from leo_engine.scheduler.scrub import mask_text
from leo_engine.state.rows import AttemptRow

_FOLLOW_PAUSE_S = 0.1
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
    folder = run_folder / path_segment(row.task)
    for name in (f"{row.attempt}.out.log", f"{row.attempt}.log"):
        path = folder / name
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
    return tuple(mask_text(line, secrets) for line in text.splitlines()[-count:])


async def follow_lines(
    path: Path, secrets: Sequence[str], is_over: Callable[[], bool]
) -> AsyncIterator[str]:
    """Return lines as they are written, until `is_over` and all of the file is read.

    A line that has no end yet is held back until it has one, or the file is over.
    """
    offset = 0
    rest = b""
    while True:
        over = is_over()
        piece = await asyncio.to_thread(_read_from, path, offset)
        offset += len(piece)
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield mask_text(line.decode(errors="replace"), secrets) + "\n"
        if piece:
            continue
        if over:
            break
        await asyncio.sleep(_FOLLOW_PAUSE_S)
    if rest:
        yield mask_text(rest.decode(errors="replace"), secrets)


def _read_from(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(_LONGEST_LINE)
    except OSError:
        return b""
