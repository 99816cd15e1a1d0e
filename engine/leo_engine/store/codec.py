"""Rows of the tables and the structs they stand for, both ways. Pure.

Each `…Values` names the columns of one SELECT or INSERT, in their order.
"""

from functools import cache

import msgspec

from leo_engine.spec.model import Json
from leo_engine.state.event import Event
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow
from leo_engine.state.status import TaskStatus

EventValues = tuple[int, int, str, str]
"""run_key, seq, kind, body."""
TaskValues = tuple[str, str, int, int, int | None, int | None, str, str, int]
"""task, status, attempt, max_attempts, started, ended, reason, hash, generation."""
AttemptValues = tuple[
    str,
    int,
    str,
    int,
    str,
    int,
    int | None,
    str,
    str,
    int | None,
    int | None,
    int,
    int,
    int,
]
"""task, attempt, executor, slot, handle, started, ended, outcome, reason, exit_code,
signal, cpu_ms, peak_rss_bytes, generation."""
OutputValues = tuple[str, str | None, str | None]
"""task, output, registered."""

_PACK_FROM_BYTES = 4_096
_PLAIN = b"\0"
_DEFLATED = b"\1"

_encoder = msgspec.json.Encoder()


def json_text(value: object) -> str:
    """Return a value as JSON."""
    return _encoder.encode(value).decode()


def pack(content: bytes) -> bytes:
    """Return the content, deflated when that is shorter, after a byte that says so."""
    if len(content) >= _PACK_FROM_BYTES:
        import zlib  # noqa: PLC0415 -- most DAGs are small and never need it

        deflated = zlib.compress(content, 1)
        if len(deflated) < len(content):
            return _DEFLATED + deflated
    return _PLAIN + content


def unpack(packed: bytes) -> bytes:
    """Return what `pack` was given."""
    if packed[:1] == _PLAIN:
        return packed[1:]
    import zlib  # noqa: PLC0415 -- see `pack`

    return zlib.decompress(packed[1:])


@cache
def _event_decoder() -> msgspec.json.Decoder[Event]:
    # Most processes write events and never read one.
    return msgspec.json.Decoder(Event)


def event_values(run_key: int, seq: int, event: Event) -> EventValues:
    """Return the row of an event."""
    kind = str(event.__struct_config__.tag)
    return run_key, seq, kind, _encoder.encode(event).decode()


def event_of(body: str) -> Event:
    """Return the event of a row; raises `msgspec.DecodeError`."""
    return _event_decoder().decode(body)


def task_values(row: TaskRow) -> TaskValues:
    """Return the row of a task."""
    return (
        row.task,
        row.status.value,
        row.attempt,
        row.max_attempts,
        row.started_ms,
        row.ended_ms,
        row.reason,
        row.definition_hash,
        row.generation,
    )


def task_of(values: TaskValues) -> TaskRow:
    """Return the task of a row."""
    return TaskRow(
        task=values[0],
        status=TaskStatus(values[1]),
        attempt=values[2],
        max_attempts=values[3],
        started_ms=values[4],
        ended_ms=values[5],
        reason=values[6],
        definition_hash=values[7],
        generation=values[8],
    )


def attempt_values(row: AttemptRow) -> AttemptValues:
    """Return the row of an attempt."""
    return (
        row.task,
        row.attempt,
        row.executor,
        row.slot,
        row.handle,
        row.started_ms,
        row.ended_ms,
        row.outcome,
        row.reason,
        row.exit_code,
        row.signal,
        row.cpu_ms,
        row.peak_rss_bytes,
        row.generation,
    )


def attempt_of(values: AttemptValues) -> AttemptRow:
    """Return the attempt of a row."""
    return AttemptRow(
        task=values[0],
        attempt=values[1],
        executor=values[2],
        slot=values[3],
        handle=values[4],
        started_ms=values[5],
        ended_ms=values[6],
        outcome=values[7],
        reason=values[8],
        exit_code=values[9],
        signal=values[10],
        cpu_ms=values[11],
        peak_rss_bytes=values[12],
        generation=values[13],
    )


def output_values(row: OutputRow) -> OutputValues:
    """Return the row of an output."""
    output = None if row.output is None else json_text(dict(row.output))
    return row.task, output, row.registered


def output_of(values: OutputValues) -> OutputRow:
    """Return the output of a row."""
    task, output, registered = values
    decoded = None if output is None else json_object(output)
    return OutputRow(task=task, output=decoded, registered=registered)


def json_object(text: str) -> dict[str, Json]:
    """Return a JSON object that this store wrote."""
    return msgspec.json.decode(text, type=dict[str, Json])
