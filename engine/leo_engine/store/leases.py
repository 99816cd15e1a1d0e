"""Who owns a run, and until when. Functions run inside the caller's transaction.

The rule: an epoch is handed out once. Whoever takes a run gets the next one, and
a write that carries an older one is refused, whatever clocks and processes do.

Time is read inside the transaction: one that waited for the file must neither hand out
a lease that is half over nor count on one that was renewed meanwhile.
"""

import sqlite3

import msgspec

from leo_engine.errors import LeaseLostError
from leo_engine.ports import Clock, Instant, Lease, LeaseJudge
from leo_engine.store.run_codec import lease_of


class Tenure(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to own, since when, and who judges the others."""

    owner: str
    now: Instant
    lease_ms: int
    judge: LeaseJudge

    @property
    def until(self) -> Instant:
        """When the lease ends that begins now."""
        return ended(self.now, self.lease_ms)

    def respects(self, lease: Lease) -> bool:
        """Tell whether the lease is somebody's and holds."""
        return bool(lease.owner) and self.judge(lease, self.now)


def ended(now: Instant, lease_ms: int) -> Instant:
    """Return when a lease ends that begins now."""
    return Instant(now.wall_ms + lease_ms, now.monotonic_ms + lease_ms)


_SELECT_LEASE = """
SELECT run_key, owner, epoch, expires_ms, expires_monotonic_ms
FROM leases WHERE run_key = ?"""


def lease_for(connection: sqlite3.Connection, run_key: int) -> Lease | None:
    """Return the lease of a run; None when there is no such run."""
    row = connection.execute(_SELECT_LEASE, (run_key,)).fetchone()
    return None if row is None else lease_of(row)


_INSERT_LEASE = """
INSERT INTO leases (run_key, owner, epoch, expires_ms, expires_monotonic_ms)
VALUES (?, ?, 1, ?, ?)"""


def first_lease(cursor: sqlite3.Cursor, run_key: int, tenure: Tenure) -> int:
    """Give a new run its owner and return the epoch."""
    until = tenure.until
    values = (run_key, tenure.owner, until.wall_ms, until.monotonic_ms)
    cursor.execute(_INSERT_LEASE, values)
    return 1


_TAKE = """
UPDATE leases SET
    owner = ?2, epoch = epoch + 1, expires_ms = ?3, expires_monotonic_ms = ?4
WHERE run_key = ?1"""


def take(cursor: sqlite3.Cursor, lease: Lease, tenure: Tenure) -> int:
    """Make a run that nobody owns the tenant's and return the new epoch."""
    until = tenure.until
    values = (lease.run_key, tenure.owner, until.wall_ms, until.monotonic_ms)
    cursor.execute(_TAKE, values)
    return lease.epoch + 1


_RELEASE = "UPDATE leases SET owner = '' WHERE run_key = ? AND epoch = ?"


def release(cursor: sqlite3.Cursor, run_key: int, epoch: int) -> None:
    """Give the lease back; harmless when it is another's by now."""
    cursor.execute(_RELEASE, (run_key, epoch))


class Held(msgspec.Struct, frozen=True):
    """What a write needs to know of its run's lease, which is somebody's."""

    epoch: int
    until_ms: int
    """By the monotonic clock."""


_SELECT_HELD = """
SELECT epoch, expires_monotonic_ms FROM leases WHERE run_key = ? AND owner <> ''"""

_BEAT = """
UPDATE leases SET expires_ms = ?3, expires_monotonic_ms = ?4
WHERE run_key = ?1 AND epoch = ?2 AND owner <> ''"""


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """How this process prolongs the leases it holds."""

    clock: Clock
    lease_ms: int

    def held(self, cursor: sqlite3.Cursor, run_key: int) -> Held | None:
        """Return the lease as it is; None when nobody owns the run."""
        row = cursor.execute(_SELECT_HELD, (run_key,)).fetchone()
        return None if row is None else Held(row[0], row[1])

    def renewed(self, cursor: sqlite3.Cursor, run_key: int, held: Held) -> Held:
        """Return the lease, prolonged when a third of it is over."""
        left_ms = held.until_ms - self.clock.monotonic_ms()
        if 3 * left_ms >= 2 * self.lease_ms:
            return held
        return Held(held.epoch, self._prolong(cursor, run_key, held.epoch))

    def beat(self, cursor: sqlite3.Cursor, run_key: int, epoch: int) -> int:
        """Prolong the lease and return until when, by the monotonic clock.

        Raises:
            LeaseLostError: it has another owner, or none.
        """
        until_ms = self._prolong(cursor, run_key, epoch)
        if not cursor.rowcount:
            raise lease_lost(run_key, epoch)
        return until_ms

    def _prolong(self, cursor: sqlite3.Cursor, run_key: int, epoch: int) -> int:
        until = ended(Instant.of(self.clock), self.lease_ms)
        cursor.execute(_BEAT, (run_key, epoch, until.wall_ms, until.monotonic_ms))
        return until.monotonic_ms


def lease_lost(run_key: int, epoch: int) -> LeaseLostError:
    """Return the error for a write or heartbeat of a former owner."""
    return LeaseLostError(
        f"run {run_key} is not owned under epoch {epoch} any more; nothing was stored"
    )
