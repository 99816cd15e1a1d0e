"""Collects everything wrong with a document, and says where each of it stands."""

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from leo_engine.errors import Problem
from leo_engine.spec.document import DocumentFormat, locate
from leo_engine.spec.model import Json
from leo_engine.spec.nearest import did_you_mean
from leo_engine.spec.text_place import (
    LineIndex,
    Path,
    Span,
    excerpt,
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


MOST_PROBLEMS = 1_000
"""More than anybody reads; the rest is counted."""
_MOST_COMPARED = 2_000_000
"""Names that guesses may look at in one document: a second or two."""


class Findings:
    """All findings of one document, without repeats, in the order they were made."""

    def __init__(self, root: dict[str, Json]) -> None:
        self._root = root
        self._findings: dict[tuple[Path, str], Finding] = {}
        self._paths: set[Path] = set()
        self._more = 0
        """Findings beyond `MOST_PROBLEMS`."""
        self._compared = 0

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
        self._paths.update(prefixes(path))
        if (path, message) in self._findings:
            return
        if len(self._findings) >= MOST_PROBLEMS:
            self._more += 1
            return
        finding = Finding(path, message, hint, at_key, needle)
        self._findings[path, message] = finding

    def did_you_mean(self, word: str, names: Collection[str]) -> str:
        """Return `did you mean 'name'?`, or nothing; stops guessing after a while."""
        self._compared += len(names)
        if self._compared > _MOST_COMPARED or len(self._findings) >= MOST_PROBLEMS:
            return ""
        return did_you_mean(word, names)

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
        lines = LineIndex(text)
        problems = [_problem(finding, lines, spans, file) for finding in findings]
        problems.sort(key=lambda problem: (problem.line, problem.column))
        if self._more:
            message = f"and {self._more:,} more problems"
            last = msgspec.structs.replace(problems[-1], message=message, hint="")
            problems.append(last)
        return problems


def _problem(
    finding: Finding, lines: LineIndex, spans: dict[Path, Span], file: str
) -> Problem:
    offset = _offset(finding, lines.text, spans)
    line, column = lines.place(offset)
    return Problem(
        message=printable(finding.message),
        file=file,
        line=line,
        column=column,
        path=finding.path,
        hint=printable(finding.hint),
        excerpt=excerpt(lines.text, offset),
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
