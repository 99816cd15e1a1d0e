"""Runs in sentences."""

from datetime import UTC, datetime

from leo_engine.errors import RunNotFoundError
from leo_engine.ports import RunRow


def moment(at_ms: int) -> str:
    """Return a time in the local time zone: `2026-03-01 09:30:00`."""
    here = datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone()
    return f"{here:%Y-%m-%d %H:%M:%S}"


def named(run: RunRow) -> str:
    """Return a run with what tells it from others: id, DAG and time of creation."""
    return f"{run.run_id} ({run.dag}, {moment(run.created_ms)})"


def run_gone(run_key: int) -> RunNotFoundError:
    """Return the error for a key that means no run."""
    return RunNotFoundError(f"no run has the key {run_key}; it may have been removed")
