"""A line of output as it is shown: harmless, masked, cut, in runs of one colour."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from leo_tui.text.masking import masked, masked_runs
from leo_tui.text.sanitize import TAB_CELLS, sanitize
from leo_tui.text.search import Spans, tells_of_failure
from leo_tui.text.sgr import HIT, Ink, Run, inked, runs_of, unfinished
from leo_tui.text.width import ELLIPSIS, cells
from leo_tui.viewmodels.output.log_lines import SourceLine

LONGEST = 4096
"""Characters of a line that are shown."""

Runs = tuple[Run, ...]


class ShownLine(NamedTuple):
    """A line of output, safe to draw."""

    number: int
    runs: Runs
    is_error: bool
    label: str
    at_ms: int | None
    since_ms: int | None

    @property
    def text(self) -> str:
        """The line without its colours."""
        return "".join(run.text for run in self.runs)


def shown(line: SourceLine, longest: int = LONGEST) -> ShownLine:
    """Return a line as it is shown, at most so many characters of it."""
    whole = line.text[: -unfinished(line.text) or None] if line.is_cut else line.text
    text = masked(whole.decode(errors="replace"), line.masks)
    runs, _ = runs_of(text, line.ink)
    if line.is_cut and line.masks:
        # At the end may be the beginning of a secret, which nobody would recognize.
        last = TAB_CELLS * max(map(len, line.masks))
        runs = tuple(_cut(runs, _length(runs) - last))
    runs = masked_runs(runs, line.masks)
    if line.is_cut or _length(runs) > longest:
        runs = (*_cut(runs, longest), Run(ELLIPSIS, Ink()))
    return ShownLine(
        line.number,
        runs,
        tells_of_failure(line.text),
        sanitize(line.label),
        line.at_ms,
        line.since_ms,
    )


def with_hits(runs: Runs, spans: Spans) -> Runs:
    """Return runs in which what was found has an ink of its own."""
    if not spans:
        return runs
    marked: list[Run] = []
    start = 0
    for text, ink in runs:
        done = start
        for first, last in spans:
            first, last = max(first, done), min(last, start + len(text))  # noqa: PLW2901
            if first >= last:
                continue
            marked.append(Run(text[done - start : first - start], ink))
            marked.append(Run(text[first - start : last - start], inked(ink, HIT)))
            done = last
        marked.append(Run(text[done - start :], ink))
        start += len(text)
    return tuple(run for run in marked if run.text)


@lru_cache(maxsize=256)
def wrapped(runs: Runs, width: int) -> list[Runs]:
    """Return a line as rows of at most `width` cells; an empty line is one row."""
    if _length(runs) * 2 <= width or width < 1:
        return [runs]
    rows: list[list[Run]] = [[]]
    room = width
    for run in runs:
        for text in _fitting(run.text, room, width):
            if rows[-1] and cells(text) > room:
                rows.append([])
                room = width
            rows[-1].append(Run(text, run.ink))
            room -= cells(text)
    return [tuple(row) for row in rows]


def _fitting(text: str, room: int, width: int) -> Iterator[str]:
    """Yield pieces of a text: the first fits into `room` cells, others into `width`."""
    if text.isascii():
        if room > 0:
            yield text[:room]
        for start in range(max(room, 0), len(text), width):
            yield text[start : start + width]
        return
    piece, left = "", room
    for character in text:
        taken = cells(character)
        if taken > left and piece:
            yield piece
            piece, left = "", width
        elif taken > left:
            left = width
        piece += character
        left -= taken
    if piece:
        yield piece


def _length(runs: Sequence[Run]) -> int:
    return sum(len(run.text) for run in runs)


def _cut(runs: Sequence[Run], longest: int) -> Iterator[Run]:
    for text, ink in runs:
        if longest <= 0:
            return
        yield Run(text[:longest], ink)
        longest -= len(text)
