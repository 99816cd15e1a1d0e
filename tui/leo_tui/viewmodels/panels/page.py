"""Lines of a panel, and where some of them lead."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from leo_tui.text.sanitize import sanitize_output
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, cut_line, text_of

_MOST_CHARACTERS = 2_000
"""Of a line of a file: more is never in view."""


class FileTarget(NamedTuple):
    """A place in a file, for the editor."""

    file: str
    """As the problem names it."""
    line: int = 0
    """1-based; 0: not known."""
    column: int = 0
    """1-based, in characters; 0: not known."""


class TaskTarget(NamedTuple):
    """A task of the run that is shown."""

    task: str
    """Its id."""


Target = FileTarget | TaskTarget


class Page(NamedTuple):
    """What a panel shows."""

    lines: Sequence[Line]
    targets: Mapping[int, Target] = {}
    """{line: where it leads}."""

    def text(self) -> str:
        """Return the page for a clipboard or a file."""
        return "\n".join(text_of(spans).rstrip() for spans in self.lines)


def stacked(pages: Sequence[Page]) -> Page:
    """Return several pages below each other."""
    lines: list[Line] = []
    targets: dict[int, Target] = {}
    for page in pages:
        above = len(lines)
        targets.update({above + row: target for row, target in page.targets.items()})
        lines += page.lines
    return Page(lines, targets)


def source_page(text: str, file: str, width: int) -> Page:
    """Return a file with the numbers of its lines, which lead to their places."""
    source = text.split("\n")
    number_cells = len(str(len(source)))
    lines: list[Line] = []
    targets: dict[int, Target] = {}
    for number, written in enumerate(source, 1):
        targets[len(lines)] = FileTarget(file, number, 1)
        gutter = Span(f"{number:>{number_cells}} │ ", Style.DIM)
        shown = sanitize_output(written[:_MOST_CHARACTERS])
        lines.append(cut_line((gutter, Span(shown)), width))
    return Page(lines, targets)
