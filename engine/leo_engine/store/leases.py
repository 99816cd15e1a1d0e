"""Who owns a run. Every function runs inside the caller's transaction.

The rule: an epoch is handed out once. Whoever takes a run gets the next one, and
a write that carries an older one is refused, whatever clocks and processes do.
"""

import sqlite3

import msgspec

from leo_engine.errors import LeaseLostError, StoreError
from leo_engine.ports import Lease, LeaseJudge
from leo_engine.store.run_codec import lease_of
from leo_engine.store.wording import run_gone


class Tenure(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to own, since when, and who judges the others."""

    owner: str
    now_ms: int
    lease_ms: int
    judge: LeaseJudge


_SELECT_LEASE = """
SELECT run_key, owner, epoch, expires_ms, beats FROM leases WHERE run_key = ?"""


def lease_for(connection: sqlite3.Connection, run_key: int) -> Lease | None:
    """Return the lease of a run; None when there is no such run."""
    row = connection.execute(_SELECT_LEASE, (run_key,)).fetchone()
    return None if row is None else lease_of(row)


_SELECT_EPOCH = "SELECT epoch FROM leases WHERE run_key = ?"


def current_epoch(cursor: sqlite3.Cursor, run_key: int) -> int:
    """Return the epoch that writes of the run must carry; 0 without such a run."""
    row = cursor.execute(_SELECT_EPOCH, (run_key,)).fetchone()
    return 0 if row is None else int(row[0])


_INSERT_LEASE = """
INSERT INTO leases (run_key, owner, epoch, expires_ms, beats) VALUES (?, ?, 1, ?, 0)"""


def first_lease(cursor: sqlite3.Cursor, run_key: int, tenure: Tenure) -> int:
    """Give a new run its owner and return the epoch."""
    expires_ms = tenure.now_ms + tenure.lease_ms
    cursor.execute(_INSERT_LEASE, (run_key, tenure.owner, expires_ms))
    return 1


_TAKE = """
UPDATE leases SET owner = ?2, epoch = epoch + 1, expires_ms = ?3, beats = 0
WHERE run_key = ?1"""


def take(cursor: sqlite3.Cursor, run_key: int, tenure: Tenure) -> int:
    """Make the run the tenant's and return the new epoch.

    Raises:
        StoreError: it has an owner.
        RunNotFoundError: there is no such run.
    """
    lease = lease_for(cursor.connection, run_key)
    if lease is None:
        raise run_gone(run_key)
    if lease.owner and tenure.judge(lease, tenure.now_ms):
        message = f"the run is owned by {lease.owner}"
        raise StoreError(message)
    cursor.execute(_TAKE, (run_key, tenure.owner, tenure.now_ms + tenure.lease_ms))
    return lease.epoch + 1


_RELEASE = "UPDATE leases SET owner = '' WHERE run_key = ? AND epoch = ?"


def release(cursor: sqlite3.Cursor, run_key: int, epoch: int) -> None:
    """Give the lease back; harmless when it is another's by now."""
    cursor.execute(_RELEASE, (run_key, epoch))


_BEAT = """
UPDATE leases SET expires_ms = ?3, beats = beats + 1
WHERE run_key = ?1 AND epoch = ?2 AND owner <> ''"""


def beat(cursor: sqlite3.Cursor, run_key: int, epoch: int, expires_ms: int) -> None:
    """Prolong the lease.

    Raises:
        LeaseLostError: it has another owner, or none.
    """
    cursor.execute(_BEAT, (run_key, epoch, expires_ms))
    if not cursor.rowcount:
        raise lease_lost(run_key, epoch)


def lease_lost(run_key: int, epoch: int) -> LeaseLostError:
    """Return the error for a write or heartbeat of a former owner."""
    return LeaseLostError(
        f"run {run_key} is not owned under epoch {epoch} any more; nothing was stored"
    )
