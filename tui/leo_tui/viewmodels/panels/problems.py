"""The Problems tab: what is wrong with a file, and what went wrong with the engine."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from leo_engine.errors import Problem
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cells, cut, pad
from leo_tui.text.wrap import wrapped
from leo_tui.theme import Style
from leo_tui.units import counted, time_of_day
from leo_tui.viewmodels.panels.page import FileTarget, Page, stacked
from leo_tui.viewmodels.spans import Line, Span, cut_line, line

_WORD = re.compile(r"""[\w.$-]+|"[^"]*"|'[^']*'""")
_LEAST_NUMBER_CELLS = 4
_INDENT = "  "
_MOST_SHOWN = 200
_MOST_OF_NAME = 40
_MOST_CHARACTERS = 2_000
"""Of one text: no message of ours is longer."""


class LastGood(NamedTuple):
    """The version of a broken file that still runs."""

    revision: str
    """The first characters of its hash."""
    since_ms: int = 0
    """When it was read; 0: not known."""
    runs: Sequence[str] = ()
    """Runs under way that keep the version they began with, as they are called."""


class Trouble(NamedTuple):
    """Something that went wrong while the engine was at work."""

    at_ms: int
    text: str


def problems_page(
    problems: Sequence[Problem],
    *,
    width: int,
    last_good: LastGood | None = None,
    trouble: Sequence[Trouble] = (),
) -> Page:
    """Return the tab; a problem's lines lead to its place in the file."""
    pages = [_problem_page(problem, width) for problem in problems[:_MOST_SHOWN]]
    if len(problems) > _MOST_SHOWN:
        more = f"… and {counted(len(problems) - _MOST_SHOWN, 'more problem')}"
        pages.append(Page([line(Span(more, Style.DIM))]))
    if problems:
        pages.append(Page([(), *_what_runs(problems, last_good, width)]))
    if trouble:
        pages.append(Page(list(_trouble_lines(trouble, width, after=bool(pages)))))
    return stacked(pages) if pages else Page([line(Span("No problems.", Style.DIM))])


def summary(problems: Sequence[Problem], trouble: Sequence[Trouble] = ()) -> str:
    """Return `2 errors · e edit · enter go to line`, for the panel's lower border."""
    parts = [counted(len(problems), "error")] if problems else []
    if trouble:
        parts.append(counted(len(trouble), "line") + " of engine trouble")
    if problems:
        parts += ["e edit", "enter go to line"]
    return " · ".join(parts)


def target_of(problem: Problem) -> FileTarget:
    """Return where the editor is to open."""
    return FileTarget(problem.file, problem.line, problem.column)


def _problem_page(problem: Problem, width: int) -> Page:
    lines = [*_message(problem, width), *_excerpt(problem, width)]
    return Page(lines, dict.fromkeys(range(len(lines)), target_of(problem)))


def _message(problem: Problem, width: int) -> Iterator[Line]:
    numbers = [str(number) for number in (problem.line, problem.column) if number]
    # All files of the tab lie in one folder, and its path may fill the line.
    name = problem.file.rpartition("/")[2][:_MOST_CHARACTERS]
    place = ":".join([sanitize(name) or "<dag>", *numbers])
    head = (Span(place, Style.BOLD), Span("  "), Span("error", Style.BAD), Span("  "))
    taken = sum(cells(span.text) for span in head)
    hint = f" ({problem.hint})" if problem.hint else ""
    text = sanitize((problem.message + hint)[:_MOST_CHARACTERS])
    if taken + cells(text) <= width:
        yield (*head, Span(text))
        return
    yield cut_line(head, width)
    for row in wrapped(text, width - len(_INDENT)):
        yield line(f"{_INDENT}{row}")


def _excerpt(problem: Problem, width: int) -> Iterator[Line]:
    if not problem.excerpt:
        return
    number = str(problem.line) if problem.line else ""
    number_cells = max(_LEAST_NUMBER_CELLS, len(number))
    excerpt = problem.excerpt[:_MOST_CHARACTERS]
    source = sanitize(excerpt)
    gutter = Span(f"{pad(number, number_cells, right=True)} │ ", Style.DIM)
    yield cut_line((gutter, Span(source)), width)
    if not 0 < problem.column <= len(excerpt) + 1:
        return
    before = cells(sanitize(excerpt[: problem.column - 1]))
    word = _WORD.match(excerpt, problem.column - 1)
    carets = "^" * max(1, cells(sanitize(word[0])) if word else 1)
    gutter = Span(f"{' ' * number_cells} │ ", Style.DIM)
    yield cut_line((gutter, Span(" " * before), Span(carets, Style.BAD)), width)


def _what_runs(
    problems: Sequence[Problem], last_good: LastGood | None, width: int
) -> Iterable[Line]:
    if last_good is None:
        count = counted(len(problems), "error")
        text = f"There is no good version to run: fix {count} first (e)."
        return map(line, wrapped(text, width))
    since = f", {time_of_day(last_good.since_ms)}" if last_good.since_ms else ""
    revision = cut(sanitize(last_good.revision), _MOST_OF_NAME)
    text = f"Last good version (rev {revision}{since}) is still what s runs"
    runs = [cut(sanitize(run), _MOST_OF_NAME) for run in last_good.runs]
    if len(runs) == 1:
        text += f"; run {runs[0]} is not affected by this edit"
    elif runs:
        text += f"; runs {', '.join(runs)} are not affected by this edit"
    return map(line, wrapped(f"{text}.", width))


def _trouble_lines(
    trouble: Sequence[Trouble], width: int, *, after: bool
) -> Iterator[Line]:
    if after:
        yield ()
    yield line(Span("engine", Style.DIM))
    for entry in trouble[-_MOST_SHOWN:]:
        at = f"{time_of_day(entry.at_ms)}  "
        first, *rest = wrapped(
            sanitize(entry.text[:_MOST_CHARACTERS]), width - cells(at)
        )
        yield line(Span(at, Style.DIM), Span(first, Style.CARE))
        for row in rest:
            yield line(" " * cells(at), Span(row, Style.CARE))
