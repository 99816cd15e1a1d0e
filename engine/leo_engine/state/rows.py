"""A run as people query it: a projection of its events and of nothing else."""

from collections.abc import Mapping

import msgspec

from leo_engine.spec.model import Json
from leo_engine.state.status import TaskStatus


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A task of a run as people query it: a projection of the events."""

    task: str
    status: TaskStatus
    attempt: int = 0
    """Number of the latest attempt; 0 before the first."""
    max_attempts: int = 1
    started_ms: int | None = None
    """Start of the latest attempt."""
    ended_ms: int | None = None
    """When it settled."""
    reason: str = ""
    """Why it failed, was skipped, waits for an answer …; one line."""
    definition_hash: str = ""
    generation: int = 1
    """Generation in which it last changed."""


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt as people query it: a projection of the events."""

    task: str
    attempt: int
    executor: str = "subprocess"
    slot: int = 0
    handle: str = ""
    started_ms: int
    ended_ms: int | None = None
    outcome: str = ""
    """Tag of the outcome; empty while it runs."""
    reason: str = ""
    exit_code: int | None = None
    signal: int | None = None
    cpu_ms: int = 0
    peak_rss_bytes: int = 0
    generation: int = 1


class OutputRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a task handed on."""

    task: str
    output: Mapping[str, Json] | None = None
    """From `$LEO_OUTPUT`; with `registered` None as well: reset, forget the row."""
    registered: str | None = None
