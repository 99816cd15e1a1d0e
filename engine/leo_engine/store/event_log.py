"""The journal of a run, read in pages."""

import sqlite3
from collections.abc import Iterator

import msgspec

from leo_engine.errors import StoreError
from leo_engine.ports import StoredEvent
from leo_engine.state.event import Event
from leo_engine.store import codec
from leo_engine.store.readers import Readers

_PAGE = 1_000

_SELECT_EVENTS = """
SELECT seq, body FROM events WHERE run_key = ? AND seq > ? ORDER BY seq LIMIT ?"""


def events(readers: Readers, run_key: int, after_seq: int) -> Iterator[StoredEvent]:
    """Return the events after `after_seq` by number, those added meanwhile as well.

    Raises:
        StoreError: the file fails, or an event in it cannot be read.
    """
    while True:
        with readers.look() as connection:
            page = _page(connection, run_key, after_seq)
        yield from page
        if len(page) < _PAGE:
            return
        after_seq = page[-1].seq


def _page(
    connection: sqlite3.Connection, run_key: int, after_seq: int
) -> list[StoredEvent]:
    rows = connection.execute(_SELECT_EVENTS, (run_key, after_seq, _PAGE))
    return [StoredEvent(seq, _decoded(run_key, seq, body)) for seq, body in rows]


def _decoded(run_key: int, seq: int, body: str) -> Event:
    try:
        return codec.event_of(body)
    except msgspec.DecodeError as error:
        message = f"event {seq} of run {run_key} cannot be read: {error}"
        raise StoreError(message) from error
