"""Rows about a whole run and the structs they stand for, both ways. Pure.

A run has many columns and is written once a group, so here columns go by name.
"""

import sqlite3
from collections.abc import Mapping

import msgspec

from leo_engine.ports import DagVersion, Lease, RunRequest, RunRow
from leo_engine.spec.model import Json
from leo_engine.state.status import RUN_TERMINAL, RunStatus
from leo_engine.store.codec import json_object, json_text, pack, unpack

Named = dict[str, str | int | bytes | None]
"""Values by column."""
ProgressValues = tuple[
    str, int, int | None, int | None, int, str, int, int, int, int, int
]
"""status, generation, started, ended, paused, error, total, succeeded, failed, blocked,
skipped."""
Inputs = tuple[str, str, Mapping[str, Json], Mapping[str, Json], str, str]
"""dag_hash, file, params, options, concurrency_key, input_hash."""


def run_values(run: RunRow) -> Named:
    """Return the columns of a run."""
    return msgspec.structs.asdict(run) | {
        "status": run.status.value,
        "params": json_text(dict(run.params)),
        "options": json_text(dict(run.options)),
        "paused": int(run.paused),
    }


def progress_values(run: RunRow) -> ProgressValues:
    """Return what changes from write to write."""
    return (
        run.status.value,
        run.generation,
        run.started_ms,
        run.ended_ms,
        int(run.paused),
        run.error,
        run.total,
        run.succeeded,
        run.failed,
        run.blocked,
        run.skipped,
    )


def inputs_of(run: RunRow) -> Inputs:
    """Return what the run is run with; comparing two of them is cheap."""
    return (
        run.dag_hash,
        run.file,
        run.params,
        run.options,
        run.concurrency_key,
        run.input_hash,
    )


def inputs_values(run: RunRow) -> tuple[str, ...]:
    """Return the columns of `inputs_of`."""
    return (
        run.dag_hash,
        run.file,
        json_text(dict(run.params)),
        json_text(dict(run.options)),
        run.concurrency_key,
        run.input_hash,
    )


def run_of(row: sqlite3.Row, *, is_owned: bool) -> RunRow:
    """Return the run of a row; one under way that nobody owns is interrupted."""
    values = {name: row[name] for name in RunRow.__struct_fields__}
    status = RunStatus(row["status"])
    values["status"] = (
        status if is_owned or status in RUN_TERMINAL else RunStatus.INTERRUPTED
    )
    values["params"] = json_object(row["params"])
    values["options"] = json_object(row["options"])
    values["paused"] = bool(row["paused"])
    return RunRow(**values)


def lease_of(row: sqlite3.Row) -> Lease:
    """Return the lease of a row that has its columns among others."""
    return Lease(**{name: row[name] for name in Lease.__struct_fields__})


def version_values(version: DagVersion) -> Named:
    """Return the columns of a DAG version."""
    return {
        "dag_hash": version.dag_hash,
        "name": version.name,
        "source_format": version.source_format,
        "source": pack(version.source.encode()),
        "resolved": pack(version.resolved),
        "sources": pack(msgspec.msgpack.encode(version.sources))
        if version.sources
        else None,
    }


def version_of(row: sqlite3.Row) -> DagVersion:
    """Return the DAG version of a row."""
    return DagVersion(
        dag_hash=row["dag_hash"],
        name=row["name"],
        source=unpack(row["source"]).decode(),
        source_format=row["source_format"],
        resolved=unpack(row["resolved"]),
        sources=_sources(row["sources"]),
    )


def _sources(packed: bytes | None) -> Mapping[str, bytes]:
    if packed is None:
        return {}
    return msgspec.msgpack.decode(unpack(packed), type=dict[str, bytes])


def request_values(run_key: int, request: RunRequest) -> Named:
    """Return the columns of a request, without its number."""
    return msgspec.structs.asdict(request) | {
        "run_key": run_key,
        "tasks": json_text(request.tasks),
        "downstream": int(request.downstream),
    }


def request_of(row: sqlite3.Row) -> RunRequest:
    """Return the request of a row."""
    values = {name: row[name] for name in RunRequest.__struct_fields__}
    values["tasks"] = msgspec.json.decode(row["tasks"], type=tuple[str, ...])
    values["downstream"] = bool(row["downstream"])
    return RunRequest(**values)
