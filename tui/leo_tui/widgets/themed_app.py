"""An app that wears one of our themes.

Every strip of every widget passes the app's line filters last: there colours go when
there shall be none, and our signs become ASCII, borders and Textual's own included.
"""

from collections.abc import Sequence
from typing import TypeVar

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter, Monochrome, NoColor

from leo_tui.theme import ASCII, Glyphs, ThemeName
from leo_tui.widgets.ink import INKS, Inks
from leo_tui.widgets.patient_app import PatientApp
from leo_tui.widgets.themes import THEMES

ReturnType = TypeVar("ReturnType")


class AsciiSigns(LineFilter):
    """Draws our own signs with ASCII; what others wrote stays as they wrote it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments of a line with other signs, each as wide as before."""
        del background
        return [
            Segment(text if text.isascii() else text.translate(ASCII), style, control)
            for text, style, control in segments
        ]


class ThemedApp(PatientApp[ReturnType]):
    """An app in one of our themes."""

    def __init__(
        self,
        *,
        theme: ThemeName = ThemeName.DARK,
        glyphs: Glyphs = Glyphs.UNICODE,
    ) -> None:
        self._theme_name = theme
        self._is_ascii = glyphs is Glyphs.ASCII
        self._no_color = NoColor()
        self._ascii_signs = AsciiSigns()
        super().__init__()
        for textual_theme in THEMES.values():
            self.register_theme(textual_theme)
        self.dress(theme, glyphs)

    @property
    def inks(self) -> Inks:
        """The colours of spans."""
        return INKS[self._theme_name]

    @property
    def theme_name(self) -> ThemeName:
        """The theme it wears."""
        return self._theme_name

    @property
    def glyphs(self) -> Glyphs:
        """What our own signs are drawn with."""
        return Glyphs.ASCII if self._is_ascii else Glyphs.UNICODE

    def dress(self, theme: ThemeName, glyphs: Glyphs) -> None:
        """Put on a theme, at the start or at any time."""
        self._theme_name = theme
        self._is_ascii = glyphs is Glyphs.ASCII
        self.no_color = theme is ThemeName.NONE
        self.theme = THEMES[theme].name
        if self.is_running:
            self.refresh_css(animate=False)
            for widget in self.screen.walk_children():
                widget.refresh()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return Textual's filters, but for its greys: NO_COLOR means no colours."""
        theirs = (
            line_filter
            for line_filter in super().get_line_filters()
            if not isinstance(line_filter, Monochrome | NoColor)
        )
        colours = [self._no_color] if self._theme_name is ThemeName.NONE else []
        signs = [self._ascii_signs] if self._is_ascii else []
        return [*theirs, *colours, *signs]
