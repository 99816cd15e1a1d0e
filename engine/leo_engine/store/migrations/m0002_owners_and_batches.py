"""Leases by the monotonic clock; batches with a name; staging by its place."""

from sqlite_utils import Database

# Made anew rather than altered: SQLite drops columns from version 3.35 on only.
_LEASES = (
    "ALTER TABLE leases RENAME TO former_leases",
    """
CREATE TABLE leases (
    run_key INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    owner TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    expires_monotonic_ms INTEGER NOT NULL
)""",
    """
INSERT INTO leases (run_key, owner, epoch, expires_ms, expires_monotonic_ms)
SELECT run_key, owner, epoch, expires_ms, 0 FROM former_leases""",
    "DROP TABLE former_leases",
    "CREATE INDEX leases_held ON leases (run_key) WHERE owner <> ''",
)

_STAGING = """
CREATE TABLE staging (
    run_id TEXT NOT NULL,
    place TEXT NOT NULL,
    state TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    keep_until_ms INTEGER,
    PRIMARY KEY (run_id, place)
) WITHOUT ROWID"""

_STAGING_HELD = "CREATE INDEX staging_held ON staging (run_id) WHERE state <> 'freed'"

_BATCHES = """
CREATE TABLE batches (
    batch_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    plan_hash TEXT NOT NULL,
    file TEXT NOT NULL,
    created_ms INTEGER NOT NULL
)"""

_BATCH_ITEMS = """
CREATE TABLE batch_items (
    batch_id TEXT NOT NULL REFERENCES batches ON DELETE CASCADE,
    position INTEGER NOT NULL,
    dag TEXT NOT NULL,
    params TEXT NOT NULL,
    run_id TEXT NOT NULL,
    skipped TEXT NOT NULL,
    PRIMARY KEY (batch_id, position)
) WITHOUT ROWID"""

_RUNS_BY_INPUT = "CREATE INDEX runs_by_input ON runs (input_hash, created_ms)"


def apply(database: Database) -> None:
    """Change the tables; no version before this one wrote batches or staging."""
    for statement in (
        *_LEASES,
        "DROP TABLE staging",
        _STAGING,
        _STAGING_HELD,
        "DROP TABLE batch_items",
        "DROP TABLE batches",
        _BATCHES,
        _BATCH_ITEMS,
        _RUNS_BY_INPUT,
    ):
        database.execute(statement)
