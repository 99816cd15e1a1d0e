"""A page under construction: headings, facts with labels, lists, all of one width."""

from collections.abc import Callable, Iterable, Sequence

from leo_tui.text.sanitize import sanitize_lines
from leo_tui.text.table import table
from leo_tui.text.wrap import folded, wrapped
from leo_tui.theme import Style
from leo_tui.viewmodels.panels.page import Page, Target
from leo_tui.viewmodels.spans import Line, Span, cut_line, line

LABEL_CELLS = 14
_NARROW_LABEL_CELLS = 11
_NARROW = 50
_INDENT = "  "
_MOST_CHARACTERS = 4_000
"""Of one value: more is nobody's to read here."""
_MOST_LINES = 200


class Sheet:
    """Lines so far, and where they lead."""

    def __init__(self, width: int) -> None:
        self.width = max(1, width)
        self._lines: list[Line] = []
        self._targets: dict[int, Target] = {}
        self._label_cells = LABEL_CELLS if width >= _NARROW else _NARROW_LABEL_CELLS

    def page(self) -> Page:
        """Return what was built."""
        return Page(self._lines, self._targets)

    def add(self, spans: Line, target: Target | None = None) -> None:
        """Add one line, cut to the width."""
        if target is not None:
            self._targets[len(self._lines)] = target
        self._lines.append(cut_line(spans, self.width))

    def heading(self, text: str) -> None:
        """Begin a part, with a gap above unless it is the first."""
        if self._lines:
            self._lines.append(())
        self.add(line(Span(text, Style.BOLD)))

    def fact(self, label: str, text: str, style: Style = Style.PLAIN) -> None:
        """Add a labelled text, wrapped; nothing when it is empty. It is sanitised."""
        if not text:
            return
        room = max(1, self.width - self._label_cells)
        lead = f"{label:<{self._label_cells}}"
        for row in _rows(text, room, wrapped):
            self.add(line(Span(lead, Style.DIM), Span(row, style)))
            lead = " " * self._label_cells

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Add several labelled texts."""
        for label, text in pairs:
            self.fact(label, text)

    def code(self, text: str) -> None:
        """Add a text of several lines with all its blanks, a little indented."""
        for row in _rows(text, max(1, self.width - len(_INDENT)), folded):
            self.add(line(_INDENT, row))

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        right: frozenset[int] = frozenset(),
    ) -> None:
        """Add aligned columns under a header."""
        room = self.width - len(_INDENT)
        head, *body = table(header, rows, right=right, width=room)
        self.add(line(_INDENT, Span(head, Style.DIM)))
        for text in body:
            self.add(line(_INDENT, text))

    def more(self, count: int) -> None:
        """Say how many were left out of a list, if any."""
        if count > 0:
            self.add(line(_INDENT, Span(f"… and {count:,} more", Style.DIM)))


def _rows(
    text: str, room: int, broken: Callable[[str, int], Sequence[str]]
) -> Sequence[str]:
    """Return the sanitised lines of a text, broken to fit; of a huge one the start."""
    kept = text[:_MOST_CHARACTERS]
    lines = sanitize_lines(kept.rstrip("\n"))
    rows = [row for part in lines[:_MOST_LINES] for row in broken(part, room)]
    if len(kept) < len(text) or max(len(lines), len(rows)) > _MOST_LINES:
        return [*rows[:_MOST_LINES], "…"]
    return rows
