"""The first schema: runs, their journal, what is projected from it, and leases."""

from sqlite_utils import Database

_DAG_VERSIONS = """
CREATE TABLE dag_versions (
    dag_hash TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    source_format TEXT NOT NULL,
    source BLOB NOT NULL,
    resolved BLOB NOT NULL
)"""

# AUTOINCREMENT: the key of a removed run must never come to mean another run, or a
# forgotten owner could write into it.
_RUNS = """
CREATE TABLE runs (
    run_key INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    dag TEXT NOT NULL,
    dag_hash TEXT NOT NULL REFERENCES dag_versions,
    file TEXT NOT NULL,
    status TEXT NOT NULL,
    generation INTEGER NOT NULL,
    params TEXT NOT NULL,
    options TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    parent_run TEXT NOT NULL,
    parent_task TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER,
    ended_ms INTEGER,
    paused INTEGER NOT NULL,
    error TEXT NOT NULL,
    total INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    blocked INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    concurrency_key TEXT NOT NULL,
    input_hash TEXT NOT NULL
)"""

_RUNS_BY_TIME = "CREATE INDEX runs_by_time ON runs (created_ms)"
_RUNS_BY_VERSION = "CREATE INDEX runs_by_version ON runs (dag_hash)"

_EVENTS = """
CREATE TABLE events (
    run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run_key, seq)
) WITHOUT ROWID"""

_TASK_RUNS = """
CREATE TABLE task_runs (
    run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    task TEXT NOT NULL,
    position INTEGER NOT NULL,
    status TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    started_ms INTEGER,
    ended_ms INTEGER,
    reason TEXT NOT NULL,
    definition_hash TEXT NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (run_key, task)
) WITHOUT ROWID"""

_ATTEMPTS = """
CREATE TABLE attempts (
    run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    task TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    executor TEXT NOT NULL,
    slot INTEGER NOT NULL,
    handle TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    exit_code INTEGER,
    signal INTEGER,
    cpu_ms INTEGER NOT NULL,
    peak_rss_bytes INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (run_key, task, attempt)
) WITHOUT ROWID"""

_OUTPUTS = """
CREATE TABLE outputs (
    run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    task TEXT NOT NULL,
    output TEXT,
    registered TEXT,
    PRIMARY KEY (run_key, task)
)"""

_DURATIONS = """
CREATE TABLE durations (
    dag TEXT NOT NULL,
    task TEXT NOT NULL,
    recent TEXT NOT NULL,
    PRIMARY KEY (dag, task)
) WITHOUT ROWID"""

_LEASES = """
CREATE TABLE leases (
    run_key INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    owner TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    beats INTEGER NOT NULL
)"""

_LEASES_HELD = "CREATE INDEX leases_held ON leases (run_key) WHERE owner <> ''"

_REQUESTS = """
CREATE TABLE requests (
    request_id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    action TEXT NOT NULL,
    tasks TEXT NOT NULL,
    downstream INTEGER NOT NULL,
    "by" TEXT NOT NULL,
    note TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    answer TEXT
)"""

_REQUESTS_BY_RUN = "CREATE INDEX requests_by_run ON requests (run_key)"

_POOL_CLAIMS = """
CREATE TABLE pool_claims (
    run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    task TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    pool TEXT NOT NULL,
    slots INTEGER NOT NULL,
    PRIMARY KEY (run_key, task, attempt)
) WITHOUT ROWID"""

_POOL_CLAIMS_BY_POOL = "CREATE INDEX pool_claims_by_pool ON pool_claims (pool)"


def apply(database: Database) -> None:
    """Create every table that a single machine needs."""
    for statement in (
        _DAG_VERSIONS,
        _RUNS,
        _RUNS_BY_TIME,
        _RUNS_BY_VERSION,
        _EVENTS,
        _TASK_RUNS,
        _ATTEMPTS,
        _OUTPUTS,
        _DURATIONS,
        _LEASES,
        _LEASES_HELD,
        _REQUESTS,
        _REQUESTS_BY_RUN,
        _POOL_CLAIMS,
        _POOL_CLAIMS_BY_POOL,
    ):
        database.execute(statement)
    _create_quiet_tables(database)


def _create_quiet_tables(database: Database) -> None:
    """Create the tables that are written a few times a run at most.

    They name runs by id, not by key: what they say outlives the run's removal.
    """
    database.create_table(
        "batches",
        {"batch_id": str, "plan_hash": str, "file": str, "created_ms": int},
        pk="batch_id",
        not_null={"plan_hash", "file", "created_ms"},
    )
    database.create_table(
        "batch_items",
        {
            "batch_id": str,
            "position": int,
            "dag": str,
            "params": str,
            "run_id": str,
            "skipped": str,
        },
        pk=("batch_id", "position"),
        not_null={"dag", "params", "run_id", "skipped"},
        foreign_keys=[("batch_id", "batches", "batch_id")],
    )
    database.create_table(
        "staging",
        {
            "run_id": str,
            "kind": str,
            "place": str,
            "state": str,
            "created_ms": int,
            "keep_until_ms": int,
        },
        pk=("run_id", "kind"),
        not_null={"place", "state", "created_ms"},
    )
    database.create_table(
        "audit",
        {
            "audit_id": int,
            "at_ms": int,
            "action": str,
            "run_id": str,
            "subject": str,
            "reason": str,
        },
        pk="audit_id",
        not_null={"at_ms", "action", "run_id", "subject", "reason"},
    )
