"""What the screen itself takes: a box of figures, made anew each second."""

from typing import NamedTuple

from leo_tui.theme import Style
from leo_tui.units import short_size
from leo_tui.viewmodels.panels.page import Page
from leo_tui.viewmodels.spans import Line, Span, line

SLOW_FRAME_MS = 12
"""A look that takes longer is felt."""
_LATE_MS = 2_000
"""The engine gives a sign each second."""


class FrameCounts(NamedTuple):
    """Looks of the screen at what is new, over some time."""

    taken: int = 0
    left_out: int = 0
    """Because the terminal had not taken the ones before."""
    spent_ms: int = 0
    """In all that were taken."""
    longest_ms: int = 0


class Expense(NamedTuple):
    """What this process had taken at some moment."""

    at_ms: int
    """By the monotonic clock."""
    screen_cpu_ms: int
    """Of the thread that draws."""
    cpu_ms: int
    """Of all threads."""
    peak_bytes: int
    """The most memory it ever had."""


def performance_page(
    before: Expense,
    now: Expense,
    counts: FrameCounts,
    *,
    most_fps: int,
    waiting: int,
    silent_ms: int,
) -> Page:
    """Return the box for what lies between two moments.

    `waiting` is how many writes the terminal has not taken, `silent_ms` how long the
    engine has given no sign.
    """
    passed_ms = max(1, now.at_ms - before.at_ms)
    looks = 1_000 * counts.taken / passed_ms
    mean_ms = counts.spent_ms / max(1, counts.taken)
    return Page(
        (
            _row("looks", f"{looks:.1f}/s of {most_fps}"),
            _row("left out", f"{counts.left_out}", is_bad=counts.left_out > 0),
            _row(
                "each took",
                f"{mean_ms:.1f} ms, at most {counts.longest_ms}",
                is_bad=counts.longest_ms > SLOW_FRAME_MS,
            ),
            _row("writes waiting", f"{waiting}", is_bad=waiting > 1),
            _row(
                "screen", _percent(before.screen_cpu_ms, now.screen_cpu_ms, passed_ms)
            ),
            _row("process", _percent(before.cpu_ms, now.cpu_ms, passed_ms)),
            _row("peak memory", short_size(now.peak_bytes)),
            _row("engine", f"{silent_ms} ms ago", is_bad=silent_ms > _LATE_MS),
        )
    )


def _percent(before_ms: int, now_ms: int, passed_ms: int) -> str:
    return f"{100 * (now_ms - before_ms) / passed_ms:.1f} % of a core"


def _row(name: str, value: str, *, is_bad: bool = False) -> Line:
    style = Style.CARE if is_bad else Style.PLAIN
    return line(Span(f" {name:14} ", Style.DIM), Span(value, style))
