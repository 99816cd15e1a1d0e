"""Asking the store for a run that may be unknown to it, or gone."""

from leo_engine.errors import RunNotFoundError
from leo_engine.ports import RunRow, RunStore


def known_run(store: RunStore, run_id: str) -> RunRow | None:
    """Return the run with this very id, not with one that begins so; None: unknown."""
    try:
        run = store.find_run(run_id)
    except RunNotFoundError:
        return None
    return run if run.run_id == run_id else None
