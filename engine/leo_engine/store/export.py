"""Everything about one run as one JSON object, of a shape that does not change."""

from collections.abc import Mapping, Sequence

import msgspec

from leo_engine.ports import DagVersion, RunRow, StoredEvent
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
    sources: Mapping[str, str]
    """{path in the DAG's folder: text} of the Python files that its tasks import."""


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


def exported(
    run: RunRow,
    version: DagVersion,
    *,
    tasks: Sequence[TaskRow],
    attempts: Sequence[AttemptRow],
    outputs: Sequence[OutputRow],
    events: Sequence[StoredEvent],
) -> bytes:
    """Return the run as JSON, its DAG as a JSON object inside."""
    whole = RunExport(
        run=run,
        dag_version=ExportedVersion(
            dag_hash=version.dag_hash,
            name=version.name,
            source=version.source,
            source_format=version.source_format,
            resolved=msgspec.Raw(version.resolved),
            sources={
                path: content.decode(errors="replace")
                for path, content in version.sources.items()
            },
        ),
        tasks=tasks,
        attempts=attempts,
        outputs=outputs,
        events=events,
    )
    return msgspec.json.encode(whole)
