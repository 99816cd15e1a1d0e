"""Lines of a panel, and where some of them lead."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from leo_tui.viewmodels.spans import Line, text_of


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
