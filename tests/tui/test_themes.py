"""Colours can be read and told apart by everybody, or are not there at all.

Contrast: WCAG 2.2, section 1.4.3. Colour vision: Machado, Oliveira, Fernandes 2009,
severity 1.0. Difference: CIE76 in CIELAB, D65.
"""

import ast
import math
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.app import ComposeResult
from textual.color import Color
from textual.widgets import Input, Static

from leo_tui.theme import ASCII, Glyphs, Style, ThemeName
from leo_tui.viewmodels.spans import Line, Span, line
from leo_tui.viewmodels.tasks.task_state import LOOKS
from leo_tui.widgets.ink import DARK, INKS
from leo_tui.widgets.row_view import RowView
from leo_tui.widgets.themed_app import AsciiSigns, ThemedApp
from leo_tui.widgets.themes import THEMES

ROOT = Path(__file__).parents[2]
Linear = tuple[float, float, float]
VISION = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
STATES = (Style.PLAIN, Style.DIM, Style.GOOD, Style.BUSY, Style.CARE, Style.BAD)
DIM_FACTOR = 0.66
"""How Textual draws dim text: so much of its colour, the rest background."""
DIM_LEAST = 3.8
"""For what is drawn faint on purpose, and has a sign and a word as well."""


def linear(color: str) -> Linear:
    def one(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = Color.parse(color).rgb
    return one(red), one(green), one(blue)


def luminance(color: str) -> float:
    red, green, blue = linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def seen(color: str, vision: str) -> Linear:
    parts = linear(color)
    red, green, blue = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, parts, strict=True))))
        for row in VISION[vision]
    )
    return red, green, blue


def lab(parts: Linear) -> Linear:
    def root(value: float) -> float:
        return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116

    red, green, blue = parts
    x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: str, other: str, vision: str) -> float:
    return math.dist(lab(seen(one, vision)), lab(seen(other, vision)))


def color_of(theme: ThemeName, style: Style) -> str:
    color = INKS[theme][style].color
    assert color is not None
    return color.name


def mixed(color: str, ground: str) -> str:
    return Color.parse(ground).blend(Color.parse(color), DIM_FACTOR).hex


@pytest.mark.parametrize(
    ("theme", "least"), [(ThemeName.DARK, 4.8), (ThemeName.LIGHT, 4.6)]
)
def test_every_ink_can_be_read_on_the_ground(theme: ThemeName, least: float) -> None:
    ground = THEMES[theme].background or ""
    assert THEMES[theme].surface == ground, "dialogs lie on the same ground"
    for style, ink in INKS[theme].items():
        if ink.color is not None and ink.dim:
            assert contrast(mixed(ink.color.name, ground), ground) >= DIM_LEAST
        elif ink.color is not None:
            assert contrast(ink.color.name, ground) >= least, style
    muted = THEMES[theme].variables["text-muted"]
    assert contrast(muted, ground) >= least


@pytest.mark.parametrize(
    ("theme", "least"), [(ThemeName.DARK, 3.6), (ThemeName.LIGHT, 3.9)]
)
def test_states_can_be_read_on_the_cursors_row(theme: ThemeName, least: float) -> None:
    for which in ("block-cursor-background", "block-cursor-blurred-background"):
        ground = THEMES[theme].variables[which]
        for style in STATES:
            assert contrast(color_of(theme, style), ground) >= least, style


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize(
    ("theme", "any_two", "failed_and_ok"),
    [(ThemeName.DARK, 28.0, 46.0), (ThemeName.LIGHT, 18.9, 32.0)],
)
def test_states_are_told_apart_with_any_colour_vision(
    theme: ThemeName, any_two: float, failed_and_ok: float, vision: str
) -> None:
    colors = {style: color_of(theme, style) for style in STATES}
    for one, other in combinations(STATES, 2):
        assert difference(colors[one], colors[other], vision) >= any_two, (one, other)
    apart = difference(colors[Style.BAD], colors[Style.GOOD], vision)
    assert apart >= failed_and_ok


@pytest.mark.parametrize("theme", ThemeName)
def test_a_theme_has_an_ink_for_every_style(theme: ThemeName) -> None:
    assert set(INKS[theme]) == set(Style)


def test_without_colours_the_states_that_matter_still_stand_out() -> None:
    inks = INKS[ThemeName.NONE]
    assert all(ink.color is None and ink.bgcolor is None for ink in inks.values())
    assert inks[Style.BAD].bold
    assert inks[Style.PERSON].reverse
    assert inks[Style.DIM].dim
    assert len({look.glyph for look in LOOKS.values()}) == len(LOOKS)


def test_signs_in_ascii_are_as_wide_as_ours() -> None:
    assert all(len(sign) == 1 and sign.isascii() for sign in ASCII.values())


def shown_texts(path: Path) -> Iterator[str]:
    """Yield the string literals of a module that are not documentation."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    constants = (n for n in ast.walk(tree) if isinstance(n, ast.Constant))
    for node in constants:
        if isinstance(node.value, str) and id(node) not in bare:
            yield node.value


@pytest.mark.parametrize("package", ["engine", "tui"])
def test_every_sign_of_ours_has_one_in_ascii(package: str) -> None:
    uncovered = {
        f"{path.relative_to(ROOT)}: {sign}"
        for path in (ROOT / package).rglob("*.py")
        for text in shown_texts(path)
        for sign in text
        if not sign.isascii() and sign.isprintable() and ord(sign) not in ASCII
    }
    assert uncovered == set()


class Rows(RowView):
    """The states, one a row."""

    def row_count(self) -> int:
        return len(LOOKS)

    def row_line(self, row: int, width: int) -> Line:
        del width
        look = list(LOOKS.values())[row]
        return line(Span(look.glyph, look.style), " ", look.word)


class Shown(ThemedApp[None]):
    """A list, a field and a text."""

    CSS = "Rows { height: 14; border: heavy $border; }"

    def compose(self) -> ComposeResult:
        yield Rows()
        yield Input("text")
        yield Static("text", markup=False)

    def texts(self) -> str:
        return "".join(segment.text for segment in self.segments())

    def segments(self) -> list[Segment]:
        return [part for row in self.screen._compositor.render_strips() for part in row]


@pytest.mark.parametrize("theme", ThemeName)
async def test_the_screen_wears_the_theme(theme: ThemeName) -> None:
    app = Shown(theme=theme)
    async with app.run_test(size=(40, 20)):
        failed = next(part for part in app.segments() if "✗" in part.text)
        assert failed.style is not None
        assert failed.style.bold
        expected = INKS[theme][Style.BAD].color
        if theme is not ThemeName.NONE:
            assert expected is not None
            assert failed.style.color == expected


def is_coloured(style: RichStyle | None) -> bool:
    colors = (style.color, style.bgcolor) if style else ()
    return any(color and not color.is_default for color in colors)


@pytest.mark.parametrize("variable", ["NO_COLOR", "ANOTHER"])
async def test_no_colours_means_no_colours(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    app = Shown(theme=ThemeName.NONE)
    async with app.run_test(size=(40, 20)):
        assert not any(is_coloured(part.style) for part in app.segments())
        assert any(part.style and part.style.reverse for part in app.segments())


async def test_a_theme_asked_for_is_stronger_than_no_color(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Shown(theme=ThemeName.DARK)
    async with app.run_test(size=(40, 20)):
        failed = next(part for part in app.segments() if "✗" in part.text)
        assert failed.style is not None
        assert failed.style.color == DARK[Style.BAD].color


async def test_themes_change_while_the_screen_is_open() -> None:
    app = Shown()
    async with app.run_test(size=(40, 20)) as pilot:
        app.dress(ThemeName.NONE, Glyphs.ASCII)
        await pilot.pause()
        assert app.texts().isascii()
        assert not any(is_coloured(part.style) for part in app.segments())
        app.dress(ThemeName.LIGHT, Glyphs.UNICODE)
        await pilot.pause()
        assert "✗" in app.texts()
        assert any(is_coloured(part.style) for part in app.segments())


def test_ascii_leaves_alone_what_others_wrote() -> None:
    written = [Segment("日本 ✓", RichStyle(bold=True))]
    assert AsciiSigns().apply(written, Color(0, 0, 0)) == [
        Segment("日本 +", RichStyle(bold=True))
    ]
