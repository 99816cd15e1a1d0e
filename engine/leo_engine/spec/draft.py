"""A task on its way from what was written to `spec.model.Task`."""

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

from leo_engine.spec.decode import RawTask
from leo_engine.spec.document import plain_json
from leo_engine.spec.duration import parse_duration_ms
from leo_engine.spec.findings import Findings
from leo_engine.spec.honoured import TaskKind
from leo_engine.spec.model import Json
from leo_engine.spec.names import environment_fault, text_fault
from leo_engine.spec.size import parse_size_bytes
from leo_engine.spec.source import TaskSource
from leo_engine.spec.text_place import Path
from leo_engine.spec.value_text import value_text

Shared = TypeVar("Shared", bound=Hashable)


class Pool:
    """Keeps one object of all that are equal: most tasks of a file are alike."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Hashable] = {}

    def share(self, item: Shared) -> Shared:
        """Return the first object that was equal to `item`."""
        kept = self._kept.setdefault((type(item), item), item)
        return kept if isinstance(kept, type(item)) else item


class Draft:
    """One task as declared; `fields` fills up with those of the model."""

    __slots__ = (
        "base",
        "fields",
        "findings",
        "kind",
        "pool",
        "raw",
        "secrets",
        "source",
    )

    def __init__(  # noqa: PLR0913 -- everything that resolving one task needs
        self,
        base: str,
        source: TaskSource,
        raw: RawTask,
        *,
        kind: TaskKind,
        secrets: Mapping[str, str],
        pool: Pool,
        findings: Findings,
    ) -> None:
        self.base = base
        self.source = source
        self.raw = raw
        self.kind = kind
        self.secrets = secrets
        """Secrets that the DAG declares: `{name: source}`."""
        self.pool = pool
        self.findings = findings
        self.fields: dict[str, object] = {}

    @property
    def path(self) -> Path:
        """Path of the task's table."""
        return ("tasks", self.base)

    def fault(self, key: str, message: str, *, hint: str = "") -> None:
        """Record a finding at one of the task's keys."""
        self.findings.add((*self.path, key), message, hint=hint)

    def text(self, key: str, text: str) -> str:
        """Return a command or path, checked for control characters."""
        fault = text_fault(text)
        if fault:
            self.fault(key, f"{key!r} {fault}")
        return text


def duration_ms(
    written: str | float | None, path: Path, findings: Findings
) -> int | None:
    """Return a duration in milliseconds; None when absent or, with a finding, wrong."""
    return _measured(written, parse_duration_ms, path, findings)


def size_bytes(
    written: str | float | None, path: Path, findings: Findings
) -> int | None:
    """Return a size in bytes; None when absent or, with a finding, wrong."""
    return _measured(written, parse_size_bytes, path, findings)


def _measured(
    written: str | float | None,
    parse: Callable[[str | float], int],
    path: Path,
    findings: Findings,
) -> int | None:
    if written is None:
        return None
    try:
        return parse(written)
    except ValueError as error:
        findings.add(path, str(error))
        return None


def environment(
    written: Mapping[str, Json], path: Path, findings: Findings
) -> tuple[tuple[str, str], ...]:
    """Return variables as pairs of texts, names and values checked."""
    for name, value in written.items():
        fault = environment_fault(name)
        if fault:
            findings.add((*path, name), fault, at_key=True)
        value_fault = text_fault(value) if isinstance(value, str) else ""
        if value_fault:
            findings.add((*path, name), f"the value of {name!r} {value_fault}")
    return tuple((name, value_text(value)) for name, value in written.items())


def plain(value: Json, path: Path, findings: Findings) -> Json:
    """Return a value that JSON can hold; None, with a finding, when it cannot."""
    try:
        return plain_json(value)
    except ValueError as error:
        findings.add(path, str(error))
        return None


def texts(written: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """Return a text or a list of texts as a tuple."""
    if written is None:
        return ()
    return (written,) if isinstance(written, str) else written
