"""What `doctor` and `verify` found, as lines."""

from collections.abc import Iterable

from leo_engine.app.types import Finding
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line

_GLYPHS = {
    "ok": Span("✓", Style.GOOD),
    "warning": Span("!", Style.CARE),
    "error": Span("✗", Style.BAD),
}


def finding_lines(findings: Iterable[Finding]) -> list[Line]:
    """Return each finding on a line, what to do about it below."""
    lines: list[Line] = []
    for finding in findings:
        text = f" {sanitize(finding.subject)}: {sanitize(finding.message)}"
        lines.append(line(_GLYPHS.get(finding.severity, "?"), text))
        if finding.remedy:
            lines.append(line(f"    {sanitize(finding.remedy)}"))
    return lines


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether one of them is an error."""
    return any(finding.severity == "error" for finding in findings)
