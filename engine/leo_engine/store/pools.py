"""Pools that several processes share. Runs inside the caller's transaction."""

import sqlite3

from leo_engine.ports import PoolClaim
from leo_engine.store.leases import Tenure
from leo_engine.store.projections import AttemptKey
from leo_engine.store.run_codec import lease_of

_SELECT_CLAIMS = """
SELECT slots, leases.* FROM pool_claims JOIN leases USING (run_key)
WHERE pool = :pool AND NOT (run_key = :run_key AND task = :task AND attempt = :attempt)
"""

_PUT_CLAIM = """
INSERT INTO pool_claims (run_key, task, attempt, pool, slots)
VALUES (:run_key, :task, :attempt, :pool, :slots)
ON CONFLICT DO UPDATE SET pool = excluded.pool, slots = excluded.slots"""


def claim(
    cursor: sqlite3.Cursor, wanted: PoolClaim, limit: int, tenure: Tenure
) -> bool:
    """Claim the slots if the claims of living owners leave room for them.

    Claims of a run that nobody owns stay and count again once it is taken over: its
    attempts may still be running.
    """
    values = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    taken = sum(
        int(row["slots"])
        for row in cursor.execute(_SELECT_CLAIMS, values).fetchall()
        if tenure.respects(lease_of(row))
    )
    slots = min(wanted.slots, limit)
    if taken + slots > limit:
        return False
    cursor.execute(_PUT_CLAIM, values | {"slots": slots})
    return True


_DROP_CLAIM = "DELETE FROM pool_claims WHERE run_key = ? AND task = ? AND attempt = ?"


def drop(cursor: sqlite3.Cursor, claims: list[AttemptKey]) -> None:
    """Give slots back; harmless for attempts that had none."""
    cursor.executemany(_DROP_CLAIM, claims)


_HAS_CLAIMS = "SELECT EXISTS (SELECT 1 FROM pool_claims WHERE run_key = ?)"


def has_claims(cursor: sqlite3.Cursor, run_key: int) -> bool:
    """Tell whether attempts of the run hold slots of a pool."""
    return bool(cursor.execute(_HAS_CLAIMS, (run_key,)).fetchone()[0])
