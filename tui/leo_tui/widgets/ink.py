"""Lines of spans as strips of a Textual widget, in the colours of a theme.

The colours of the states are told apart by every kind of colour vision: any two of a
theme differ by 28 (dark) or 19 (light) and more in CIELAB, as seen with full
protanopia, deuteranopia and tritanopia too. Source: Machado, Oliveira, Fernandes, "A
Physiologically-based Model for Simulation of Color Vision Deficiency", 2009.
"""

from collections.abc import Mapping

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.dom import DOMNode
from textual.strip import Strip

from leo_tui.theme import Style, ThemeName
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

LIGHT: Inks = {
    Style.PLAIN: RichStyle(color="#1C171A"),
    Style.BOLD: RichStyle(color="#1C171A", bold=True),
    Style.DIM: RichStyle(color="#6F6E80"),
    Style.GOOD: RichStyle(color="#104949"),
    Style.BUSY: RichStyle(color="#2B66DF"),
    Style.CARE: RichStyle(color="#AE5904"),
    Style.BAD: RichStyle(color="#95110C", bold=True),
    Style.KEPT: RichStyle(color="#104949", dim=True),
    Style.PERSON: RichStyle(color="#AE5904", reverse=True),
    Style.ACCENT: RichStyle(color="#2B66DF", bold=True),
    Style.HIT: RichStyle(reverse=True),
}

ANSI: Inks = {
    Style.PLAIN: RichStyle(),
    Style.BOLD: RichStyle(bold=True),
    Style.DIM: RichStyle(color="bright_black"),
    Style.GOOD: RichStyle(color="green"),
    Style.BUSY: RichStyle(color="bright_blue"),
    Style.CARE: RichStyle(color="yellow"),
    Style.BAD: RichStyle(color="bright_red", bold=True),
    Style.KEPT: RichStyle(color="green", dim=True),
    Style.PERSON: RichStyle(color="yellow", reverse=True),
    Style.ACCENT: RichStyle(color="cyan", bold=True),
    Style.HIT: RichStyle(reverse=True),
}

NONE: Inks = {
    Style.PLAIN: RichStyle(),
    Style.BOLD: RichStyle(bold=True),
    Style.DIM: RichStyle(dim=True),
    Style.GOOD: RichStyle(),
    Style.BUSY: RichStyle(),
    Style.CARE: RichStyle(),
    Style.BAD: RichStyle(bold=True),
    Style.KEPT: RichStyle(dim=True),
    Style.PERSON: RichStyle(reverse=True),
    Style.ACCENT: RichStyle(bold=True),
    Style.HIT: RichStyle(reverse=True),
}

INKS: Mapping[ThemeName, Inks] = {
    ThemeName.DARK: DARK,
    ThemeName.LIGHT: LIGHT,
    ThemeName.ANSI: ANSI,
    ThemeName.NONE: NONE,
}


def inks_of(widget: DOMNode) -> Inks:
    """Return the colours of the theme that a widget's app is in."""
    inks: Inks = getattr(widget.app, "inks", DARK)
    return inks


def strip(line: Line, inks: Inks, under: RichStyle, width: int) -> Strip:
    """Return a line as a strip of exactly `width` cells.

    `under` lies beneath every span: the background, the cursor's row.
    """
    segments = [Segment(span.text, under + inks[span.style]) for span in line]
    return Strip(segments).crop_extend(0, width, under)
