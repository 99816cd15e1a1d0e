"""Lines of spans as strips of a Textual widget, in the colours of a theme."""

from collections.abc import Mapping

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line

Inks = Mapping[Style, RichStyle]

DARK: Inks = {
    Style.PLAIN: RichStyle(color="#F3F1F3"),
    Style.BOLD: RichStyle(color="#F3F1F3", bold=True),
    Style.DIM: RichStyle(color="#928995"),
    Style.GOOD: RichStyle(color="#40FAA0"),
    Style.BUSY: RichStyle(color="#98C4FD"),
    Style.CARE: RichStyle(color="#FDCB02"),
    Style.BAD: RichStyle(color="#FF1C1C", bold=True),
    Style.KEPT: RichStyle(color="#40FAA0", dim=True),
    Style.PERSON: RichStyle(color="#FDCB02", reverse=True),
    Style.ACCENT: RichStyle(color="#98C4FD", bold=True),
    Style.HIT: RichStyle(reverse=True),
}


def strip(line: Line, inks: Inks, under: RichStyle, width: int) -> Strip:
    """Return a line as a strip of exactly `width` cells.

    `under` lies beneath every span: the background, the cursor's row.
    """
    segments = [Segment(span.text, under + inks[span.style]) for span in line]
    return Strip(segments).crop_extend(0, width, under)
