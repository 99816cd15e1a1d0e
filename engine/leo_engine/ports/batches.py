"""A plan of many runs, and which of its entries became which run."""

from collections.abc import Mapping

import msgspec

from leo_engine.ports.records import RunRow
from leo_engine.spec.model import Json


class BatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """One carrying out of a plan."""

    batch_id: str
    name: str
    plan_hash: str
    """Equal for plans of the same entries, in whatever order."""
    file: str
    """Path of the plan, as it was given."""
    created_ms: int


class BatchItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a plan, and what became of it."""

    position: int
    """In the plan, from 1."""
    dag: str
    params: Mapping[str, Json] = {}
    run_id: str = ""
    """The run that stands for it, made for it or not; empty: none so far."""
    skipped: str = ""
    """Why nothing was run for it; empty when something was, or is still to be."""
    run: RunRow | None = None
    """That run as it is now, looked up and never copied; None: removed, or none yet."""


BatchItemKey = tuple[str, int]
"""batch_id, position."""
