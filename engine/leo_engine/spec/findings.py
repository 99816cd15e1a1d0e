"""Collects everything wrong with a document, and says where each of it stands."""

from typing import NamedTuple

from leo_engine.errors import Problem
from leo_engine.spec.document import DocumentFormat, locate
from leo_engine.spec.model import Json
from leo_engine.spec.text_place import (
    Path,
    Span,
    excerpt,
    line_and_column,
    prefixes,
    printable,
)

_TASK_KEY_DEPTH = 2
"""Length of `("tasks", name)`."""


class Finding(NamedTuple):
    """One thing wrong, by its path in the document."""

    path: Path
    message: str
    hint: str
    at_key: bool
    """It is the key that is wrong, not its value."""
    needle: str
    """Text inside the value to point at; empty: its beginning."""


class Findings:
    """All findings of one document, without repeats, in the order they were made."""

    def __init__(self, root: dict[str, Json]) -> None:
        self._root = root
        self._findings: dict[tuple[Path, str], Finding] = {}
        self._paths: set[Path] = set()

    def __bool__(self) -> bool:
        return bool(self._findings)

    def add(
        self,
        path: Path,
        message: str,
        *,
        hint: str = "",
        at_key: bool = False,
        needle: str = "",
    ) -> None:
        """Record one finding; a task's key from `[defaults]` is placed there."""
        path = self._written(path)
        finding = Finding(path, message, hint, at_key, needle)
        if self._findings.setdefault((path, message), finding) is finding:
            self._paths.update(prefixes(path))

    def has(self, path: Path) -> bool:
        """Whether something at or below `path` is already known to be wrong."""
        return path in self._paths

    def _written(self, path: Path) -> Path:
        if path[:1] != ("tasks",) or len(path) <= _TASK_KEY_DEPTH:
            return path
        default: Path = ("defaults", *path[_TASK_KEY_DEPTH:])
        return default if not self._exists(path) and self._exists(default) else path

    def _exists(self, path: Path) -> bool:
        value: Json = self._root
        for part in path:
            if isinstance(value, dict) and part in value:
                value = value[part]
            elif isinstance(value, list) and isinstance(part, int):
                value = value[part] if part < len(value) else None
            else:
                return False
        return True

    def problems(
        self, text: str, document_format: DocumentFormat, file: str
    ) -> list[Problem]:
        """Return all findings with their places, by line; O(text) if there are any."""
        if not self._findings:
            return []
        findings = self._findings.values()
        wanted = {part for finding in findings for part in prefixes(finding.path)}
        spans = locate(text, document_format, wanted)
        problems = [_problem(finding, text, spans, file) for finding in findings]
        return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _problem(
    finding: Finding, text: str, spans: dict[Path, Span], file: str
) -> Problem:
    offset = _offset(finding, text, spans)
    line, column = line_and_column(text, offset)
    return Problem(
        message=printable(finding.message),
        file=file,
        line=line,
        column=column,
        path=finding.path,
        hint=printable(finding.hint),
        excerpt=excerpt(text, offset),
    )


def _offset(finding: Finding, text: str, spans: dict[Path, Span]) -> int:
    for path in prefixes(finding.path):
        if path not in spans:
            continue
        span = spans[path]
        if finding.at_key or path != finding.path:
            return span.key
        inside = text.find(finding.needle, span.start, span.end)
        return inside if finding.needle and inside >= 0 else span.start
    return 0
