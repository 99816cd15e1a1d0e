"""How a status looks: shape first, colour second, word third."""

from enum import StrEnum

from leo_engine.state.status import RunStatus, TaskStatus


class Style(StrEnum):
    """A way to draw text; the value is the parameter of an SGR sequence.

    Source: ECMA-48, 5th edition, section 8.3.117.
    """

    PLAIN = ""
    BOLD = "1"
    DIM = "90"
    GOOD = "32"
    BUSY = "94"
    CARE = "33"
    BAD = "1;91"
    KEPT = "2;32"
    PERSON = "7;33"
    ACCENT = "36"
    HIT = "7"


class ThemeName(StrEnum):
    """The colours of the screen."""

    DARK = "dark"
    LIGHT = "light"
    ANSI = "ansi"
    """The terminal's own 16."""
    NONE = "none"
    """No colours at all: shape, bold, dim and reverse."""


class Glyphs(StrEnum):
    """What our own signs are drawn with."""

    UNICODE = "unicode"
    ASCII = "ascii"


TASK_GLYPHS = {
    TaskStatus.PENDING: "◦",
    TaskStatus.READY: "◔",
    TaskStatus.RUNNING: "▸",
    TaskStatus.BACKOFF: "↻",
    TaskStatus.SUCCEEDED: "✓",
    TaskStatus.FAILED: "✗",
    TaskStatus.SKIPPED: "↷",
    TaskStatus.UPSTREAM_FAILED: "⊘",
    TaskStatus.CANCELLED: "⊟",
}

TASK_STYLES = {
    TaskStatus.PENDING: Style.DIM,
    TaskStatus.READY: Style.PLAIN,
    TaskStatus.RUNNING: Style.BUSY,
    TaskStatus.BACKOFF: Style.CARE,
    TaskStatus.SUCCEEDED: Style.GOOD,
    TaskStatus.FAILED: Style.BAD,
    TaskStatus.SKIPPED: Style.DIM,
    TaskStatus.UPSTREAM_FAILED: Style.CARE,
    TaskStatus.CANCELLED: Style.DIM,
}

TASK_WORDS = {
    TaskStatus.PENDING: "waiting",
    TaskStatus.READY: "queued",
    TaskStatus.RUNNING: "running",
    TaskStatus.BACKOFF: "retrying",
    TaskStatus.SUCCEEDED: "ok",
    TaskStatus.FAILED: "failed",
    TaskStatus.SKIPPED: "skipped",
    TaskStatus.UPSTREAM_FAILED: "blocked",
    TaskStatus.CANCELLED: "cancelled",
}

PERSON_GLYPH = "⚑"
"""A task that waits for somebody."""

SKIP_GLYPH = TASK_GLYPHS[TaskStatus.SKIPPED]
"""An entry of a batch that needs no run."""

RUN_GLYPHS = {
    RunStatus.PENDING: "◦",
    RunStatus.RUNNING: "▸",
    RunStatus.SUCCEEDED: "✓",
    RunStatus.FAILED: "✗",
    RunStatus.CANCELLED: "⊟",
    RunStatus.TIMED_OUT: "⧗",
    RunStatus.INTERRUPTED: "!",
}

RUN_STYLES = {
    RunStatus.PENDING: Style.DIM,
    RunStatus.RUNNING: Style.BUSY,
    RunStatus.SUCCEEDED: Style.GOOD,
    RunStatus.FAILED: Style.BAD,
    RunStatus.CANCELLED: Style.CARE,
    RunStatus.TIMED_OUT: Style.BAD,
    RunStatus.INTERRUPTED: Style.CARE,
}

_BRAILLE = 0x2800
_BY_DOTS = " ..::++##"


def _pairs(signs: str, ascii_signs: str) -> dict[str, str]:
    return dict(zip(signs, ascii_signs, strict=True))


ASCII = str.maketrans(
    _pairs("◦◔▸↻✓✗↷⊘⊟⊜⚑⧗", ".q>R+X-bc=?T")
    | _pairs("…·•‹›—±≥≤Δ�", "~-*<>-~><d?")
    | _pairs("←→↑↓↔⏎▾▴▼▲●○", "<>^v=$v^v^*o")
    # The frame of the panel with the focus is thick, and stays so.
    | _pairs("─╌┄│┊┆├└┌┐┘┤┬┴┼╭╮╰╯", "---||||`+++++++++++")
    | _pairs("━┃┏┓┗┛┣┫┳┻╋╸╺╹╻", "###############")
    | _pairs("▁▂▃▄▅▆▇█▀▔░▒▓", "_.:-=+*#^-.:%")
    | _pairs("▏▎▍▌▋▊▉▐▕", "|||||||||")
    | {chr(_BRAILLE + dots): _BY_DOTS[dots.bit_count()] for dots in range(256)}
)
"""What stands in for our own signs where the output cannot show them."""


def words(status: str) -> str:
    """Return a run's or task's stored status as words: `timed out`."""
    return status.replace("_", " ")
