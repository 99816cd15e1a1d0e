"""What a store holds, read behind leo-tui's back.

From a copy of the file and its log: opening the original would recover or write back
the log, and so do the work of the process that is being tested.
"""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple


class StoredRun(NamedTuple):
    """A row of runs."""

    run_key: int
    run_id: str
    dag: str
    status: str
    params: dict[str, int]


class StoredAttempt(NamedTuple):
    """A row of attempts."""

    task: str
    number: int
    outcome: str
    reason: str
    exit_code: int | None
    signal: int | None
    handle: str

    @property
    def was_launched(self) -> bool:
        """Whether the store says that a process was started for it."""
        return bool(self.handle)


class StoredEvent(NamedTuple):
    """A row of events."""

    seq: int
    kind: str
    body: str


Journals = dict[str, list[StoredEvent]]
"""{run id: its events by number}."""


class Stored:
    """The contents of a store at one moment."""

    def __init__(self, database: Path) -> None:
        self.runs: list[StoredRun] = []
        self.journals: Journals = {}
        self._attempts: dict[str, list[StoredAttempt]] = {}
        self.claims = 0
        """Slots of shared pools that are held."""
        with _copy(database) as connection:
            if connection is not None:
                self._read(connection)

    def attempts(self, run_id: str) -> list[StoredAttempt]:
        """Return the attempts of a run by task and number."""
        return self._attempts[run_id]

    def _read(self, connection: sqlite3.Connection) -> None:
        select = "SELECT run_key, run_id, dag, status, params FROM runs ORDER BY 1"
        self.runs = [
            StoredRun(key, run_id, dag, status, json.loads(params))
            for key, run_id, dag, status, params in connection.execute(select)
        ]
        for run in self.runs:
            key = (run.run_key,)
            select = "SELECT seq, kind, body FROM events WHERE run_key = ? ORDER BY seq"
            rows = connection.execute(select, key)
            self.journals[run.run_id] = [StoredEvent(*row) for row in rows]
            select = (
                "SELECT task, attempt, outcome, reason, exit_code, signal, handle "
                "FROM attempts WHERE run_key = ? ORDER BY task, attempt"
            )
            rows = connection.execute(select, key)
            self._attempts[run.run_id] = [StoredAttempt(*row) for row in rows]
        (self.claims,) = connection.execute(
            "SELECT count(*) FROM pool_claims"
        ).fetchone()


@contextmanager
def _copy(database: Path) -> Iterator[sqlite3.Connection | None]:
    """Open a copy; None when there is no store yet, or only the beginning of one."""
    if not database.exists():
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            part = database.with_name(database.name + suffix)
            if part.exists():
                shutil.copy(part, folder)
        with closing(sqlite3.connect(Path(folder, database.name))) as connection:
            select = "SELECT count(*) FROM sqlite_schema WHERE name = 'pool_claims'"
            (has_tables,) = connection.execute(select).fetchone()
            yield connection if has_tables else None


def event_count(database: Path) -> int:
    """Return how many events a living engine has stored; 0 while nobody can tell."""
    return _number(database, "SELECT count(*) FROM events")


def newest_epoch(database: Path) -> int:
    """Return how many owners the newest run has had; 0 while nobody can tell."""
    return _number(database, "SELECT epoch FROM leases ORDER BY run_key DESC LIMIT 1")


def is_locked(database: Path) -> bool:
    """Tell whether somebody is in the middle of a write."""
    if not database.exists():
        return False
    address = f"{database.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, timeout=0, uri=True)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def _number(database: Path, select: str) -> int:
    address = f"{database.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            row = connection.execute(select).fetchone()
    except sqlite3.OperationalError:
        return 0
    return int(row[0]) if row else 0


def lost_events(before: Journals, after: Journals) -> Iterator[str]:
    """Yield a complaint for each run whose journal is not the earlier one continued."""
    for run_id, events in before.items():
        now = after.get(run_id)
        if now is None:
            yield f"run {run_id} is gone"
        elif now[: len(events)] != events:
            at = next(
                (old.seq for old, new in zip(events, now, strict=False) if old != new),
                len(now) + 1,
            )
            yield f"event {at} of run {run_id} was stored and is gone or different"
