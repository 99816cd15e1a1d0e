"""Looking after the file: damage, and giving space back to the disk."""

import sqlite3

from leo_engine.store.fault import DAMAGED, error_code

_QUICK_CHECK = "PRAGMA quick_check(20)"
_FOREIGN_KEY_CHECK = "PRAGMA foreign_key_check"
_VACUUM = "PRAGMA incremental_vacuum"
_TRUNCATE_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"


def check(connection: sqlite3.Connection) -> list[str]:
    """Return what is damaged, one line each; empty when nothing is."""
    try:
        found = [str(row[0]) for row in connection.execute(_QUICK_CHECK)]
        orphans = connection.execute(_FOREIGN_KEY_CHECK).fetchall()
    except sqlite3.DatabaseError as error:
        if error_code(error) not in DAMAGED:
            raise
        # Too damaged for the check to get to its end.
        return [str(error)]
    return [line for line in found if line != "ok"] + [
        f"a row of {row['table']} belongs to a row of {row['parent']} that is missing"
        for row in orphans
    ]


def shrink(connection: sqlite3.Connection) -> None:
    """Give freed pages and the write-ahead log back, as far as nobody reads them."""
    # Not `execute`: this pragma frees a page at each step and returns no rows, so that
    # the module would stop after the first.
    connection.executescript(_VACUUM)
    connection.execute(_TRUNCATE_LOG).fetchall()
