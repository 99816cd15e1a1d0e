"""What is wrong with a DAG file, as people read it in a terminal."""

from leo_engine.errors import Problem
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cells
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line

_INDENT = "    "


def problem_lines(problem: Problem) -> list[Line]:
    """Return `file:line:column: message`, the source line, a caret, the hint."""
    place = Span(f"{_place(problem)}: ", Style.BOLD)
    lines = [line(place, sanitize(problem.message))]
    if problem.excerpt:
        lines.append(line(_INDENT, Span(sanitize(problem.excerpt), Style.DIM)))
    if problem.excerpt and 0 < problem.column <= len(problem.excerpt) + 1:
        before = cells(sanitize(problem.excerpt[: problem.column - 1]))
        lines.append(line(_INDENT + " " * before, Span("^", Style.BAD)))
    if problem.hint:
        lines.append(line(_INDENT, sanitize(problem.hint)))
    return lines


def _place(problem: Problem) -> str:
    numbers = [str(number) for number in (problem.line, problem.column) if number]
    return ":".join([sanitize(problem.file) or "<dag>", *numbers])
