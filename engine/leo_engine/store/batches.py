"""Batches: what a plan asked for, and which run each of its entries got.

Entries name runs by id and copy nothing of them: what became of a run is looked up.
"""

import sqlite3
from collections.abc import Sequence

import msgspec

from leo_engine.errors import BatchNotFoundError
from leo_engine.ports import BatchItemKey, BatchItemRow, BatchRow
from leo_engine.store.codec import json_object, json_text
from leo_engine.store.finding import NAMED, NEWEST, id_range
from leo_engine.store.queries import Present
from leo_engine.store.wording import moment

_INSERT_BATCH = """
INSERT INTO batches (batch_id, name, plan_hash, file, created_ms)
VALUES (?, ?, ?, ?, ?)"""

_INSERT_ITEM = """
INSERT INTO batch_items (batch_id, position, dag, params, run_id, skipped)
VALUES (?, ?, ?, ?, ?, ?)"""


def add(cursor: sqlite3.Cursor, batch: BatchRow, items: Sequence[BatchItemRow]) -> None:
    """Store a batch and its entries."""
    cursor.execute(_INSERT_BATCH, msgspec.structs.astuple(batch))
    cursor.executemany(
        _INSERT_ITEM,
        (
            (
                batch.batch_id,
                item.position,
                item.dag,
                json_text(dict(item.params)),
                item.run_id,
                item.skipped,
            )
            for item in items
        ),
    )


_ASSIGN = """
UPDATE batch_items SET run_id = ?3, skipped = ?4 WHERE batch_id = ?1 AND position = ?2
"""


def assign(
    cursor: sqlite3.Cursor, item: BatchItemKey, run_id: str, skipped: str
) -> None:
    """Say which run stands for an entry, or why it is skipped."""
    cursor.execute(_ASSIGN, (*item, run_id, skipped))


_SELECT_BATCHES = """
SELECT batch_id, name, plan_hash, file, created_ms FROM batches
ORDER BY batch_id DESC LIMIT ?"""


def newest(connection: sqlite3.Connection, limit: int) -> list[BatchRow]:
    """Return batches, newest first."""
    return [_batch_of(row) for row in connection.execute(_SELECT_BATCHES, (limit,))]


_SELECT_BY_PREFIX = """
SELECT batch_id, name, plan_hash, file, created_ms FROM batches
WHERE batch_id >= ? AND batch_id < ? ORDER BY batch_id DESC LIMIT ?"""


def find(connection: sqlite3.Connection, prefix: str) -> BatchRow:
    """Return the batch whose id begins so; "latest" and "last" name the newest.

    Raises:
        BatchNotFoundError: none, or several; they are named.
    """
    if prefix.strip().lower() in NEWEST:
        found = newest(connection, 1)
    else:
        values = (*id_range(prefix), NAMED + 1)
        rows = connection.execute(_SELECT_BY_PREFIX, values)
        found = [_batch_of(row) for row in rows]
    if len(found) == 1:
        return found[0]
    raise BatchNotFoundError(_not_one(connection, prefix, found))


_SELECT_ITEMS = """
SELECT item.position, item.dag AS item_dag, item.params AS item_params,
    item.run_id AS item_run_id, item.skipped AS item_skipped,
    runs.*, owner, epoch, expires_ms, expires_monotonic_ms
FROM batch_items AS item
LEFT JOIN runs ON runs.run_id = item.run_id
LEFT JOIN leases ON leases.run_key = runs.run_key
WHERE batch_id = ? ORDER BY position"""


def items(
    connection: sqlite3.Connection, batch_id: str, present: Present
) -> list[BatchItemRow]:
    """Return the entries of a batch by position, each with its run as it is now."""
    return [
        BatchItemRow(
            position=row["position"],
            dag=row["item_dag"],
            params=json_object(row["item_params"]),
            run_id=row["item_run_id"],
            skipped=row["item_skipped"],
            run=None if row["run_key"] is None else present.run_of(row),
        )
        for row in connection.execute(_SELECT_ITEMS, (batch_id,))
    ]


def _batch_of(row: sqlite3.Row) -> BatchRow:
    return BatchRow(**{name: row[name] for name in BatchRow.__struct_fields__})


def _not_one(connection: sqlite3.Connection, prefix: str, found: list[BatchRow]) -> str:
    if found:
        more = ["  and more"] if len(found) > NAMED else []
        lines = [f"  {_named(batch)}" for batch in found[:NAMED]]
        return "\n".join([f"several batches begin with {prefix!r}:", *lines, *more])
    latest = newest(connection, 1)
    hint = f"the newest is {_named(latest[0])}" if latest else "there is none yet"
    return f"no batch begins with {prefix!r}; {hint}"


def _named(batch: BatchRow) -> str:
    return f"{batch.batch_id} ({batch.name}, {moment(batch.created_ms)})"
