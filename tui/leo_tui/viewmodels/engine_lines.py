"""What the engine did beside the tasks, a line each, newest first."""

from collections.abc import Sequence
from typing import NamedTuple

from leo_engine.ports import AuditEntry
from leo_tui.text.sanitize import sanitize, sanitize_output
from leo_tui.theme import Style
from leo_tui.units import instant
from leo_tui.viewmodels.spans import Line, Span, line


class LogEntry(NamedTuple):
    """One thing that happened."""

    at_ms: int
    text: str
    """Not sanitised: it may name tasks and files."""
    detail: str = ""
    """Where in the program something went wrong, in lines."""


def audit_line(entry: AuditEntry) -> Line:
    """Return `2026-03-01 14:03:05 CET  freed staging  staging/0193…  its run ended`."""
    subject = entry.subject or entry.run_id
    return line(
        Span(instant(entry.at_ms), Style.DIM),
        f"  {sanitize(entry.action)}  {sanitize(subject)}",
        Span(f"  {sanitize(entry.reason)}", Style.DIM),
    )


def engine_lines(
    log: Sequence[LogEntry], audit: Sequence[AuditEntry]
) -> Sequence[Line]:
    """Return what happened in this process and what was recorded in the folder."""
    told = [(entry.at_ms, _log_lines(entry)) for entry in log]
    told += [(entry.at_ms, [audit_line(entry)]) for entry in audit]
    told.sort(key=lambda pair: pair[0], reverse=True)
    return [one for _, lines in told for one in lines]


def _log_lines(entry: LogEntry) -> list[Line]:
    style = Style.BAD if entry.detail else Style.PLAIN
    first = line(
        Span(instant(entry.at_ms), Style.DIM),
        Span(f"  {sanitize(entry.text)}", style),
    )
    details = sanitize_output(entry.detail).splitlines()
    return [first, *(line(Span(f"    {text}", Style.DIM)) for text in details)]
