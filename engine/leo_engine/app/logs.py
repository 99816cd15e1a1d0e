"""Output of attempts, read: found by run and task, masked, followed while it grows."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from leo_engine.app.types import LogFile
from leo_engine.ids import path_segment
from leo_engine.scheduler.folders import LOG, STDOUT
from leo_engine.scheduler.kept_output import kept_bytes, kept_from, read_end, read_kept
from leo_engine.scheduler.scrub import mask_text
from leo_engine.state.rows import AttemptRow

_LONGEST_LINE = 1 << 20
_LONGEST_MARK_BYTES = 4096
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
            size_bytes = kept_bytes(path.stat())
        except OSError:
            continue
        yield LogFile(
            task=row.task,
            attempt=row.attempt,
            path=path,
            size_bytes=size_bytes,
            is_live=row.ended_ms is None,
        )


def log_paths(run_folder: Path, task: str, attempt: int) -> tuple[Path, Path]:
    """Return where an attempt's stdout, kept apart, and its other output would be."""
    folder = run_folder / path_segment(task)
    return folder / f"{attempt}{STDOUT}", folder / f"{attempt}{LOG}"


def read_lines(path: Path, secrets: Sequence[str]) -> Iterator[str]:
    """Return the lines of a log with their ends, masked; invalid UTF-8 is replaced.

    A line over 1 MiB comes in pieces. What `log_max` has given back is not there.
    """
    # What cannot be read is an error here, not empty.
    with path.open("rb"):
        log = GrowingLog(path, secrets)
        while lines := log.read(is_over=True):
            yield from lines


def tail_lines(path: Path, count: int, secrets: Sequence[str]) -> tuple[str, ...]:
    """Return the last `count` lines without their ends, from the last 64 KiB."""
    try:
        text = read_end(path, TAIL_BYTES).decode(errors="replace")
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
        self._kept_from = 0
        """Where what `log_max` had given back ended when it was read last."""
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
                offset = self._next_offset(file.fileno())
                start, piece = read_kept(file.fileno(), offset, _LONGEST_LINE)
        except OSError:
            return b""
        # The line that we have the beginning of has lost its end.
        cut = b"\n" if start != self._offset and self._rest else b""
        self._offset = start + len(piece)
        return cut + piece

    def _next_offset(self, descriptor: int) -> int:
        """Return where to read on: before the line that tells of what is missing."""
        kept = kept_from(descriptor)
        if kept == self._kept_from:
            return self._offset
        self._kept_from, begin = read_kept(descriptor, kept, _LONGEST_MARK_BYTES)
        end = self._kept_from + begin.find(b"\n") + 1
        return self._offset if self._offset >= end else self._kept_from
