"""What a run of some tasks only says of itself."""

from leo_engine.ports import RunRow
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cut, cut_middle
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.spans import Line, Span, line

_MOST_NAMED = 3
_NAME_CELLS = 30


def part_text(run: RunRow) -> str:
    """Return `load, clean + downstream`; nothing for a run of the whole file."""
    named = run.options.get("only")
    if not isinstance(named, list):
        return ""
    names = ", ".join(
        cut_middle(sanitize(str(name)), _NAME_CELLS) for name in named[:_MOST_NAMED]
    )
    more = len(named) - _MOST_NAMED
    further = f" and {more} more" if more > 0 else ""
    reach = cut(sanitize(str(run.options.get("reach", ""))), _NAME_CELLS)
    return f"{names}{further}{f' + {reach}' if reach else ''}"


def part_notes(run: RunRow) -> list[Line]:
    """Return what to tell before such a run goes on; nothing of any other."""
    text = part_text(run)
    if not text:
        return []
    what = f"The run is of {counted(run.total, 'task')} of the file only ({text}):"
    return [
        line(Span(what, Style.CARE)),
        line(Span("it keeps to them, whatever the file has besides.", Style.CARE)),
    ]
