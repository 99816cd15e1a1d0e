"""Everything about one run as one JSON object, of a shape that does not change."""

from collections.abc import Sequence

import msgspec

from leo_engine.ports import RunRow, StoredEvent
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow

FORMAT = 1
"""Grows when a reader of the old shape could misread the new one."""


class ExportedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """The DAG as it was."""

    dag_hash: str
    name: str
    source: str
    source_format: str
    resolved: msgspec.Raw


class RunExport(msgspec.Struct, frozen=True, kw_only=True):
    """A run, whole."""

    format: int = FORMAT
    run: RunRow
    dag_version: ExportedVersion
    tasks: Sequence[TaskRow]
    attempts: Sequence[AttemptRow]
    outputs: Sequence[OutputRow]
    events: Sequence[StoredEvent]
    """The journal, by number."""
