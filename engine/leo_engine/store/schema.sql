CREATE TABLE dag_versions (
    dag_hash TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    source_format TEXT NOT NULL,
    source BLOB NOT NULL,
    resolved BLOB NOT NULL
, sources BLOB);

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
);

CREATE INDEX runs_by_time ON runs (created_ms);

CREATE INDEX runs_by_version ON runs (dag_hash);

CREATE TABLE events (
    run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run_key, seq)
) WITHOUT ROWID;

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
) WITHOUT ROWID;

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
) WITHOUT ROWID;

CREATE TABLE outputs (
    run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    task TEXT NOT NULL,
    output TEXT,
    registered TEXT,
    PRIMARY KEY (run_key, task)
);

CREATE TABLE durations (
    dag TEXT NOT NULL,
    task TEXT NOT NULL,
    recent TEXT NOT NULL,
    PRIMARY KEY (dag, task)
) WITHOUT ROWID;

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
);

CREATE INDEX requests_by_run ON requests (run_key);

CREATE TABLE pool_claims (
    run_key INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    task TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    pool TEXT NOT NULL,
    slots INTEGER NOT NULL,
    PRIMARY KEY (run_key, task, attempt)
) WITHOUT ROWID;

CREATE INDEX pool_claims_by_pool ON pool_claims (pool);

CREATE TABLE "audit" (
   "audit_id" INTEGER PRIMARY KEY,
   "at_ms" INTEGER NOT NULL,
   "action" TEXT NOT NULL,
   "run_id" TEXT NOT NULL,
   "subject" TEXT NOT NULL,
   "reason" TEXT NOT NULL
);

CREATE TABLE leases (
    run_key INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    owner TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    expires_monotonic_ms INTEGER NOT NULL
);

CREATE INDEX leases_held ON leases (run_key) WHERE owner <> '';

CREATE TABLE staging (
    run_id TEXT NOT NULL,
    place TEXT NOT NULL,
    state TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    keep_until_ms INTEGER,
    PRIMARY KEY (run_id, place)
) WITHOUT ROWID;

CREATE INDEX staging_held ON staging (run_id) WHERE state <> 'freed';

CREATE TABLE batches (
    batch_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    plan_hash TEXT NOT NULL,
    file TEXT NOT NULL,
    created_ms INTEGER NOT NULL
);

CREATE TABLE batch_items (
    batch_id TEXT NOT NULL REFERENCES batches ON DELETE CASCADE,
    position INTEGER NOT NULL,
    dag TEXT NOT NULL,
    params TEXT NOT NULL,
    run_id TEXT NOT NULL,
    skipped TEXT NOT NULL,
    PRIMARY KEY (batch_id, position)
) WITHOUT ROWID;

CREATE INDEX runs_by_input ON runs (input_hash, created_ms);

